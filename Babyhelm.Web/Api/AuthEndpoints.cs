using Babyhelm.Core.Accounts;
using Babyhelm.Web.Account;
using Microsoft.AspNetCore.Authentication.BearerToken;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Babyhelm.Web.Api;

internal sealed record Credentials(string? Email, string? Password);

internal sealed record RefreshRequest(string? RefreshToken);

/// <summary>Registration and tokens for API clients.</summary>
internal static class AuthEndpoints
{
    public static void MapAuthEndpoints(this IEndpointRouteBuilder api)
    {
        var auth = api.MapGroup("/auth").WithTags("Accounts").RequireRateLimiting(SignInPages.RateLimit);
        auth.MapPost("/register", RegisterAsync).WithSummary("Create an account and sign in").Produces<AccessTokenResponse>().ProducesProblem(400);
        auth.MapPost("/login", LoginAsync).WithSummary("Sign in").Produces<AccessTokenResponse>().ProducesProblem(401);
        auth.MapPost("/refresh", RefreshAsync).WithSummary("Exchange a refresh token").Produces<AccessTokenResponse>().ProducesProblem(401);
    }

    private static async Task<IResult> RegisterAsync(
        Credentials body, RegisterUser register, SignInManager<AppUser> signIn, CancellationToken cancellation)
    {
        var registered = await register.ExecuteAsync(body.Email, body.Password, cancellation);
        return registered.Ok(out var user, out var error) ? await TokensAsync(signIn, user) : Problems.From(error);
    }

    private static async Task<IResult> LoginAsync(Credentials body, PasswordSignIn password, SignInManager<AppUser> signIn) =>
        await password.CheckAsync(body.Email, body.Password) is { } user ? await TokensAsync(signIn, user) : Refused();

    private static async Task<IResult> RefreshAsync(
        RefreshRequest body, SignInManager<AppUser> signIn, UserManager<AppUser> users, IOptionsMonitor<BearerTokenOptions> options, TimeProvider time)
    {
        var ticket = options.Get(IdentityConstants.BearerScheme).RefreshTokenProtector.Unprotect(body.RefreshToken);
        if (ticket?.Properties.ExpiresUtc is not { } expires || time.GetUtcNow() >= expires) return Refused();
        if (await signIn.ValidateSecurityStampAsync(ticket.Principal) is not { } user || await users.IsLockedOutAsync(user)) return Refused();
        return await TokensAsync(signIn, user);
    }

    private static async Task<IResult> TokensAsync(SignInManager<AppUser> signIn, AppUser user) =>
        TypedResults.SignIn(await signIn.CreateUserPrincipalAsync(user), authenticationScheme: IdentityConstants.BearerScheme);

    // One answer for every reason: it must not tell which addresses have accounts.
    private static IResult Refused() => Results.Problem(
        statusCode: 401, title: Problems.Title(401), detail: "E-mail address, password or token is wrong, or the account is locked for a while.",
        extensions: new Dictionary<string, object?> { ["code"] = "sign-in-refused" });
}
