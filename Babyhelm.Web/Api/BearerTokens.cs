using System.Security.Claims;
using System.Text.Encodings.Web;
using Babyhelm.Core.Accounts;
using Babyhelm.Core.Accounts.Sessions;
using Babyhelm.Core.Accounts.Tokens;
using Babyhelm.Core.Audit;
using Babyhelm.Web.Account;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace Babyhelm.Web.Api;

/// <summary>Signs in the requests of API clients: an access token or a personal one, in the Authorization header only.</summary>
internal sealed class BearerTokens(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder, TokenSignIn signIn, RefusalCounts refusals)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    public const string SchemeName = "Bearer";
    private const string Prefix = SchemeName + " ";
    private static readonly object CallerKey = new();

    /// <summary>Who calls, for handlers behind the policy of the API.</summary>
    public static Caller CallerOf(HttpContext http) => (Caller)http.Items[CallerKey]!;

    /// <summary>For another scheme that has found out who calls.</summary>
    public static void SetCaller(HttpContext http, Caller caller) => http.Items[CallerKey] = caller;

    /// <summary>What the caller has to do first; nothing where nobody calls.</summary>
    public static DueStep DueOf(HttpContext http) => (http.Items[CallerKey] as Caller)?.Due ?? DueStep.None;

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        if (!header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)) return AuthenticateResult.NoResult();
        var address = Context.Connection.RemoteIpAddress;
        var caller = await signIn.FindAsync(header[Prefix.Length..].Trim(), address?.ToString(), Context.RequestAborted);
        if (caller is null)
        {
            refusals.Add(RefusalCounts.Token, address);
            return AuthenticateResult.Fail("The token is not valid.");
        }
        SetCaller(Context, caller);
        var identity = new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, caller.UserId.ToString())], SchemeName);
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), SchemeName));
    }

    /// <summary>The policy refuses nobody for another reason; what a user may do, the commands know.</summary>
    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) => Problems.From(DueSteps.Refusal(CallerOf(Context))).ExecuteAsync(Context);

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.StatusCode = StatusCodes.Status401Unauthorized;
        Response.Headers.WWWAuthenticate = Request.Headers.ContainsKey("Authorization") ? """Bearer error="invalid_token" """.Trim() : SchemeName;
        return Task.CompletedTask;
    }
}
