using System.Security.Claims;
using System.Text.Encodings.Web;
using Babyhelm.Core.Audit;
using Babyhelm.Core.Common;
using Babyhelm.Core.Grafana;
using Babyhelm.Web.Api;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace Babyhelm.Web.Grafana;

/// <summary>
/// Signs in what Grafana's data source asks, for the user whom Grafana names. Only where there is no <c>Authorization</c>: who sends
/// a credential of their own is who that says.
/// </summary>
internal sealed class GrafanaDataSource(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder, DataSourceSignIn signIn, RefusalCounts refusals)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    public const string SchemeName = "GrafanaDataSource";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (Request.Headers.Authorization.Count > 0 || !Request.Headers.TryGetValue(DataSourceHeaders.Token, out var tokens)) return AuthenticateResult.NoResult();
        var address = Context.Connection.RemoteIpAddress;
        if (tokens is not [{ } token] || Request.Headers[DataSourceHeaders.User] is not [{ } login] || await signIn.FindAsync(token, login, address, Context.RequestAborted) is not { } caller)
        {
            refusals.Add(RefusalCounts.Token, address);
            return AuthenticateResult.Fail("The data source's token or its user is not valid.");
        }
        BearerTokens.SetCaller(Context, caller);
        var identity = new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, caller.UserId.ToString())], SchemeName);
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), SchemeName));
    }

    /// <summary>The scheme for tokens, which stands beside this one, says it.</summary>
    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) => Task.CompletedTask;

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.StatusCode = StatusCodes.Status401Unauthorized;
        return Task.CompletedTask;
    }
}
