using Babyhelm.Core.Accounts;
using Babyhelm.Core.Accounts.Sessions;
using Babyhelm.Core.Accounts.Tokens;
using Babyhelm.Web.Account;
using Microsoft.IdentityModel.Tokens;

namespace Babyhelm.Web.Api;

internal sealed record Credentials(string? Email, string? Password, string? TwoFactorCode = null, string? RecoveryCode = null);

internal sealed record EmailRequest(string? Email);

/// <param name="User">Both from the link.</param>
internal sealed record ResetPasswordRequest(Guid User, string? Code, string? Password);

internal sealed record ConfirmEmailRequest(Guid User, string? Code, string? NewEmail = null);

/// <param name="Invitation">The token of an invitation's link.</param>
internal sealed record RegisterRequest(string? Email, string? Password, string? Invitation = null);

internal sealed record RefreshRequest(string? RefreshToken);

/// <summary>Registration and tokens for API clients.</summary>
internal static class AuthEndpoints
{
    public static void MapAuthEndpoints(this IEndpointRouteBuilder api)
    {
        var auth = api.MapGroup("/auth").WithTags("Accounts").RequireRateLimiting(SignInPages.RateLimit);
        auth.MapPost("/register", RegisterAsync).WithSummary("Create an account and sign in; 202 where the address has to be confirmed first").Produces<TokenPair>().Produces(202).ProducesProblem(403).ProducesProblem(400);
        auth.MapPost("/login", LoginAsync).WithSummary("Sign in").Produces<TokenPair>().ProducesProblem(401);
        auth.MapPost("/forgot-password", async (EmailRequest body, AccountRecovery recovery, HttpContext http, CancellationToken cancellation) =>
        {
            await recovery.ForgotPasswordAsync(body.Email, AddressOf(http), cancellation);
            return Results.Accepted();
        }).WithSummary("Mail a link to choose a new password; answers the same for every address").Produces(202);
        auth.MapPost("/reset-password", (ResetPasswordRequest body, AccountRecovery recovery, HttpContext http, CancellationToken cancellation) =>
            Problems.NoContentAsync(recovery.ResetPasswordAsync(body.User, body.Code, body.Password, AddressOf(http), cancellation)))
            .WithSummary("Choose a new password with the link of the mail").Produces(204).ProducesProblem(400);
        auth.MapPost("/confirm-email", (ConfirmEmailRequest body, AccountRecovery recovery, HttpContext http, CancellationToken cancellation) =>
            Problems.NoContentAsync(body.NewEmail is { } newEmail
                ? recovery.ConfirmNewEmailAsync(body.User, newEmail, body.Code, AddressOf(http), cancellation)
                : recovery.ConfirmEmailAsync(body.User, body.Code, AddressOf(http), cancellation)))
            .WithSummary("Confirm an address with the link of the mail").Produces(204).ProducesProblem(400);
        auth.MapPost("/resend-confirmation", async (EmailRequest body, AccountRecovery recovery, CancellationToken cancellation) =>
        {
            await recovery.ResendConfirmationAsync(body.Email, cancellation);
            return Results.Accepted();
        }).WithSummary("Mail the link that confirms an address again; answers the same for every address").Produces(202);
        auth.MapPost("/refresh", RefreshAsync).WithSummary("Exchange a refresh token, which is good once").Produces<TokenPair>().ProducesProblem(401);
    }

    /// <summary>For who is signed in.</summary>
    public static void MapLogout(this IEndpointRouteBuilder api) =>
        api.MapPost("/auth/logout", LogoutAsync).WithTags("Accounts").WithSummary("End this session with its tokens").Produces(204).ProducesProblem(403)
            .WithMetadata(new ReachableWhileAttribute(DueStep.NewPassword, DueStep.SecondFactor));

    /// <summary>The public keys of access tokens (RFC 7517), for services that check them themselves.</summary>
    public static void MapSigningKeys(this IEndpointRouteBuilder app) =>
        app.MapGet("/.well-known/jwks.json", async (SigningKeys keys, HttpContext http) =>
        {
            http.Response.Headers.CacheControl = "public, max-age=300";
            return Results.Json(new
            {
                keys = (await keys.AllAsync(http.RequestAborted)).Select(key =>
                {
                    var point = key.ECDsa.ExportParameters(includePrivateParameters: false).Q;
                    return new
                    {
                        kty = "EC",
                        crv = "P-256",
                        use = "sig",
                        alg = SecurityAlgorithms.EcdsaSha256,
                        kid = key.KeyId,
                        x = Base64UrlEncoder.Encode(point.X),
                        y = Base64UrlEncoder.Encode(point.Y),
                    };
                }),
            });
        }).ExcludeFromDescription();

    private static async Task<IResult> RegisterAsync(
        RegisterRequest body, RegisterUser register, ApiSessions sessions, HttpContext http, CancellationToken cancellation)
    {
        var registered = await register.ExecuteAsync(new Registration(body.Email, body.Password, body.Invitation, AddressOf(http)), cancellation);
        if (registered.Failed(out var error, out var done)) return Problems.From(error);
        return done.User is { } user ? await BeginAsync(sessions, user, secondFactor: false, http) : Results.Accepted();
    }

    private static async Task<IResult> LoginAsync(Credentials body, PasswordSignIn password, ApiSessions sessions, HttpContext http)
    {
        var (outcome, user, withCode) = await password.CheckAsync(body.Email, body.Password, body.TwoFactorCode, body.RecoveryCode);
        return outcome switch
        {
            SignInOutcome.Done => await BeginAsync(sessions, user!, withCode, http),
            SignInOutcome.NeedsCode => Refused("two-factor-required", "Send twoFactorCode, from the authenticator app, or a recoveryCode."),
            SignInOutcome.NeedsConfirmation => Refused("confirmation-required", "Open the link in the mail that was sent to this address, then sign in."),
            SignInOutcome.NeedsPasskey => Refused("passkey-required", "This installation asks for a second factor, and the account's only one is a passkey. Sign in with it in a browser, and use a personal access token here."),
            SignInOutcome.NeedsNewPassword => Refused("new-password-required", "An administrator asks for a new password. Open the link in the mail that was sent to you."),
            _ => Refused(),
        };
    }

    private static async Task<IResult> RefreshAsync(RefreshRequest body, ApiSessions sessions, HttpContext http, CancellationToken cancellation) =>
        (await sessions.RefreshAsync(body.RefreshToken, AddressOf(http), cancellation)).Ok(out var pair, out _) ? Results.Ok(pair) : Refused();

    private static Task<IResult> LogoutAsync(HttpContext http, SessionStore sessions) =>
        Problems.NoContentAsync(sessions.SignOutAsync(BearerTokens.CallerOf(http), CancellationToken.None));

    private static async Task<IResult> BeginAsync(ApiSessions sessions, AppUser user, bool secondFactor, HttpContext http) =>
        Results.Ok(await sessions.BeginAsync(user, secondFactor, AddressOf(http), http.Request.Headers.UserAgent.ToString(), http.RequestAborted));

    private static string? AddressOf(HttpContext http) => http.Connection.RemoteIpAddress?.ToString();

    // One answer for every reason: it must not tell which addresses have accounts.
    private static IResult Refused(
        string code = "sign-in-refused", string detail = "E-mail address, password, code or token is wrong, or the account is locked for a while.") =>
        Results.Problem(statusCode: 401, title: Problems.Title(401), detail: detail, extensions: new Dictionary<string, object?> { ["code"] = code });
}
