using System.Net.Http.Headers;
using System.Security.Claims;
using System.Text.Json;
using Babyhelm.Core.Accounts.External;
using Babyhelm.Web.Components;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OAuth;
using Microsoft.AspNetCore.Identity;

namespace Babyhelm.Web.Account;

/// <summary>Sign-in through the configured providers: authorization code with PKCE (RFC 7636), one callback address for each.</summary>
internal static partial class ExternalProviders
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(15);
    private const int MaxAnswer = 1024 * 1024;

    public static WebApplicationBuilder AddExternalProviders(this WebApplicationBuilder builder)
    {
        var authentication = builder.Services.AddAuthentication();
        // Faulty ones are told of together at the start, where the options are validated.
        foreach (var provider in Of(builder.Configuration).Where(p => p is { Name.Length: > 0, ClientId.Length: > 0, ClientSecret.Length: > 0, AuthorizationUrl: not null, TokenUrl: not null }))
            authentication.AddOAuth(provider.Name, provider.Title ?? provider.Name, options => Configure(options, provider));
        return builder;
    }

    public static IReadOnlyList<ExternalProviderOptions> Of(IConfiguration configuration) =>
        configuration.GetSection("Accounts").Get<AccountOptions>()?.Providers.DistinctBy(p => p.Name, StringComparer.OrdinalIgnoreCase).ToList() ?? [];

    private static void Configure(OAuthOptions options, ExternalProviderOptions provider)
    {
        options.SignInScheme = IdentityConstants.ExternalScheme;
        options.ClientId = provider.ClientId!;
        options.ClientSecret = provider.ClientSecret!;
        options.AuthorizationEndpoint = provider.AuthorizationUrl!.ToString();
        options.TokenEndpoint = provider.TokenUrl!.ToString();
        options.UserInformationEndpoint = provider.UserInfoUrl?.ToString() ?? "";
        options.CallbackPath = Urls.ExternalCallback(provider.Name);
        options.AccessDeniedPath = Urls.Login;
        options.ReturnUrlParameter = Urls.ReturnUrlParameter;
        options.UsePkce = true;
        options.SaveTokens = false;
        options.BackchannelTimeout = Timeout;
        options.RemoteAuthenticationTimeout = TimeSpan.FromMinutes(10);
        // Lax: the provider's redirect comes from another site.
        options.CorrelationCookie = new LoopbackAwareCookie { Name = "babyhelm-oauth.", HttpOnly = true, SameSite = SameSiteMode.Lax, IsEssential = true };
        foreach (var scope in provider.Scopes) options.Scope.Add(scope);
        options.Events.OnCreatingTicket = context => ReadUserAsync(context, provider);
        options.Events.OnRemoteFailure = context =>
        {
            LogFailure(context.HttpContext.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger("Babyhelm.Web.Account.ExternalProviders"), provider.Name, context.Failure?.Message ?? "cancelled");
            context.HandleResponse();
            context.Response.Redirect(Urls.ExternalFailed);
            return Task.CompletedTask;
        };
    }

    /// <summary>Asks the provider who it is. What it does not answer in the agreed form is a failed sign-in.</summary>
    private static async Task ReadUserAsync(OAuthCreatingTicketContext context, ExternalProviderOptions provider)
    {
        using var user = await GetAsync(context, provider.UserInfoUrl!);
        var root = user.RootElement;
        if (Text(root, provider.IdField) is not { Length: > 0 } id) throw new AuthenticationFailureException($"The user info has no '{provider.IdField}'.");
        var (email, verified) = (Text(root, provider.EmailField), root.TryGetProperty(provider.EmailVerifiedField, out var flag) && IsTrue(flag));
        if (provider.EmailsUrl is not null)
        {
            using var emails = await GetAsync(context, provider.EmailsUrl);
            var primary = emails.RootElement.ValueKind == JsonValueKind.Array
                ? emails.RootElement.EnumerateArray().FirstOrDefault(e => e.ValueKind == JsonValueKind.Object && e.TryGetProperty("primary", out var p) && IsTrue(p)) : default;
            (email, verified) = primary.ValueKind == JsonValueKind.Object ? (Text(primary, "email"), primary.TryGetProperty("verified", out var v) && IsTrue(v)) : (null, false);
        }
        context.Identity!.AddClaim(new Claim(ClaimTypes.NameIdentifier, id));
        if (email is not null) context.Identity.AddClaim(new Claim(ClaimTypes.Email, email));
        if (verified) context.Identity.AddClaim(new Claim(ExternalIdentity.EmailVerifiedClaim, "true"));
    }

    private static async Task<JsonDocument> GetAsync(OAuthCreatingTicketContext context, Uri url)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("Babyhelm", null)); // GitHub answers nobody without one
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", context.AccessToken);
        using var response = await context.Backchannel.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, context.HttpContext.RequestAborted);
        if (!response.IsSuccessStatusCode) throw new AuthenticationFailureException($"The user info was answered with {(int)response.StatusCode}.");
        try
        {
            await response.Content.LoadIntoBufferAsync(MaxAnswer);
            return JsonDocument.Parse(await response.Content.ReadAsStringAsync(context.HttpContext.RequestAborted));
        }
        catch (Exception e) when (e is JsonException or HttpRequestException)
        {
            throw new AuthenticationFailureException("The user info can't be read.", e);
        }
    }

    private static string? Text(JsonElement item, string field) =>
        item.ValueKind == JsonValueKind.Object && item.TryGetProperty(field, out var value)
            ? value.ValueKind switch { JsonValueKind.String => value.GetString(), JsonValueKind.Number => value.GetRawText(), _ => null }
            : null;

    // Some providers write it as text.
    private static bool IsTrue(JsonElement value) => value.ValueKind == JsonValueKind.True || (value.ValueKind == JsonValueKind.String && value.GetString() == "true");

    [LoggerMessage(LogLevel.Warning, "Signing in with {Provider} failed: {Problem}")]
    private static partial void LogFailure(ILogger logger, string provider, string problem);
}
