using Babyhelm.Core.Accounts;
using Babyhelm.Core.Accounts.External;
using Babyhelm.Core.Accounts.Sessions;
using Babyhelm.Core.Accounts.Tokens;
using Babyhelm.Core.Administration;
using Babyhelm.Core.Projects;
using Babyhelm.Web.Account;

namespace Babyhelm.Web.Api;

/// <summary>The caller's own account.</summary>
/// <param name="Scope">What the credential of this call allows.</param>
/// <param name="Due">What has to be done first: until then everything else answers 403.</param>
internal sealed record MeAnswer(string Email, PlatformRole Role, AccessScope Scope, DueStep Due);

internal sealed record PreferencesRequest(ThemePreference Theme, string? TimeZone);

/// <param name="RevokeTokens">Whether all personal access tokens go too.</param>
internal sealed record ChangePasswordRequest(string? Password, string? NewPassword, bool RevokeTokens = false);

internal sealed record ChangeEmailRequest(string? Password, string? Email);

internal sealed record PasswordRequest(string? Password);

internal sealed record EnableTwoFactorRequest(string? Password, string? Code);

internal sealed record TwoFactorKeyAnswer(string Key, string Uri);

internal sealed record RenamePasskeyRequest(string? Name);

/// <param name="Name">As in the configuration.</param>
internal sealed record LinkedProviderAnswer(string Name, string Title);

internal sealed record RecoveryCodesAnswer(IReadOnlyList<string> RecoveryCodes);

/// <param name="Project">Name of the one project it is for; null for all.</param>
internal sealed record NewTokenRequest(string? Name, AccessScope Scope, int? Days, string? Project = null);

/// <param name="Token">Only in the answer that created it.</param>
internal sealed record TokenAnswer(
    Guid Id, string Name, string Start, AccessScope Scope, string? Project, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? LastUsedAt, string? Token = null);

/// <summary>The own account: password, address, two-factor, sessions, tokens, invitations, deletion.</summary>
internal static class AccountEndpoints
{
    public static void MapAccountEndpoints(this IEndpointRouteBuilder api)
    {
        var me = api.MapGroup("/me").WithTags("Accounts");
        var anyStep = new ReachableWhileAttribute(DueStep.NewPassword, DueStep.SecondFactor);
        var secondFactor = new ReachableWhileAttribute(DueStep.SecondFactor);
        me.MapGet("", (HttpContext http) =>
        {
            var caller = BearerTokens.CallerOf(http);
            return new MeAnswer(caller.Email, caller.IsAdmin ? PlatformRole.Admin : PlatformRole.User, caller.Scope, caller.Due);
        }).WithSummary("Who you are").WithMetadata(anyStep);
        me.MapGet("/account", (HttpContext http, OwnAccount own, CancellationToken cancellation) =>
            Problems.OkAsync(own.GetAsync(BearerTokens.CallerOf(http), cancellation))).WithSummary("Your account").Produces<AccountView>().ProducesProblem(403);
        me.MapPut("/preferences", (PreferencesRequest body, HttpContext http, OwnAccount own, CancellationToken cancellation) =>
            Problems.NoContentAsync(own.SetPreferencesAsync(BearerTokens.CallerOf(http), body.Theme, body.TimeZone, cancellation))).WithSummary("Theme and time zone").Produces(204).ProducesProblem(400);
        me.MapPost("/password", (ChangePasswordRequest body, HttpContext http, OwnAccount own, CancellationToken cancellation) =>
            Problems.NoContentAsync(own.ChangePasswordAsync(BearerTokens.CallerOf(http), body.Password, body.NewPassword, body.RevokeTokens, cancellation)))
            .WithMetadata(new ReachableWhileAttribute(DueStep.NewPassword)).WithSummary("Change the password; all other sessions end").Produces(204).ProducesProblem(400).ProducesProblem(403).RequireRateLimiting(SignInPages.RateLimit);
        me.MapPost("/email", (ChangeEmailRequest body, HttpContext http, OwnAccount own, CancellationToken cancellation) =>
            Problems.AcceptedAsync(own.ChangeEmailAsync(BearerTokens.CallerOf(http), body.Password, body.Email, cancellation)))
            .WithSummary("Have a link mailed to a new address, which changes the account's when it is opened").Produces(202).ProducesProblem(400).RequireRateLimiting(SignInPages.RateLimit);
        me.MapPost("/two-factor/key", async (HttpContext http, OwnAccount own, CancellationToken cancellation) =>
            (await own.BeginTwoFactorAsync(BearerTokens.CallerOf(http), cancellation)).Answer(k => new TwoFactorKeyAnswer(k.Key, k.Uri)))
            .WithMetadata(secondFactor).WithSummary("A new key for an authenticator app").Produces<TwoFactorKeyAnswer>().ProducesProblem(409);
        me.MapPut("/two-factor", async (EnableTwoFactorRequest body, HttpContext http, OwnAccount own, CancellationToken cancellation) =>
            (await own.EnableTwoFactorAsync(BearerTokens.CallerOf(http), body.Password, body.Code, cancellation)).Answer(codes => new RecoveryCodesAnswer(codes)))
            .WithMetadata(secondFactor).WithSummary("Switch two-factor sign-in on, with a code of the app; answers recovery codes, once").Produces<RecoveryCodesAnswer>().ProducesProblem(400).RequireRateLimiting(SignInPages.RateLimit);
        me.MapPost("/two-factor/disable", (PasswordRequest body, HttpContext http, OwnAccount own, CancellationToken cancellation) =>
            Problems.NoContentAsync(own.DisableTwoFactorAsync(BearerTokens.CallerOf(http), body.Password, cancellation)))
            .WithSummary("Switch two-factor sign-in off").Produces(204).ProducesProblem(400).RequireRateLimiting(SignInPages.RateLimit);
        me.MapPost("/two-factor/recovery-codes", async (PasswordRequest body, HttpContext http, OwnAccount own, CancellationToken cancellation) =>
            (await own.NewRecoveryCodesAsync(BearerTokens.CallerOf(http), body.Password, cancellation)).Answer(codes => new RecoveryCodesAnswer(codes)))
            .WithSummary("New recovery codes; the old ones stop working").Produces<RecoveryCodesAnswer>().ProducesProblem(400).RequireRateLimiting(SignInPages.RateLimit);
        me.MapGet("/passkeys", (HttpContext http, Passkeys passkeys) => Problems.OkAsync(passkeys.ListAsync(BearerTokens.CallerOf(http))))
            .WithSummary("Your passkeys; a browser with a device adds one").Produces<IReadOnlyList<PasskeyView>>().ProducesProblem(403);
        me.MapPatch("/passkeys/{id}", (string id, RenamePasskeyRequest body, HttpContext http, Passkeys passkeys, CancellationToken cancellation) =>
            Problems.NoContentAsync(passkeys.RenameAsync(BearerTokens.CallerOf(http), id, body.Name, cancellation)))
            .WithSummary("Give a passkey another name").Produces(204).ProducesProblem(400).ProducesProblem(404);
        me.MapPost("/passkeys/{id}/remove", (string id, PasswordRequest body, HttpContext http, Passkeys passkeys, CancellationToken cancellation) =>
            Problems.NoContentAsync(passkeys.RemoveAsync(BearerTokens.CallerOf(http), id, body.Password, cancellation)))
            .WithSummary("Remove a passkey; the last way to sign in stays").Produces(204).ProducesProblem(400).ProducesProblem(404).ProducesProblem(409).RequireRateLimiting(SignInPages.RateLimit);
        me.MapGet("/providers", async (HttpContext http, ExternalSignIn external) =>
            (await external.LinksAsync(BearerTokens.CallerOf(http))).Answer(links => links.Select(l => new LinkedProviderAnswer(l.LoginProvider, l.ProviderDisplayName ?? l.LoginProvider)).ToList()))
            .WithSummary("Providers that sign you in; a browser links one").Produces<IReadOnlyList<LinkedProviderAnswer>>().ProducesProblem(403);
        me.MapDelete("/providers/{provider}", (string provider, HttpContext http, ExternalSignIn external, CancellationToken cancellation) =>
            Problems.NoContentAsync(external.UnlinkAsync(BearerTokens.CallerOf(http), provider, cancellation)))
            .WithSummary("Remove the link with a provider; the last way to sign in stays").Produces(204).ProducesProblem(404).ProducesProblem(409);
        me.MapGet("/data", (HttpContext http, PersonalData data, CancellationToken cancellation) =>
            DownloadAsync(data, BearerTokens.CallerOf(http), cancellation)).WithSummary("All that is stored about you, as a file").Produces<StoredData>().ProducesProblem(403);
        me.MapGet("/deletion", (HttpContext http, PersonalData data, CancellationToken cancellation) =>
            Problems.OkAsync(data.EndingAsync(BearerTokens.CallerOf(http), cancellation))).WithSummary("What the deletion of your account means, and what stands in its way").Produces<AccountEnding>().ProducesProblem(403);
        me.MapPost("/delete", (PasswordRequest body, HttpContext http, UserAdministration users, OwnAccount own, CancellationToken cancellation) =>
            Problems.NoContentAsync(users.DeleteOwnAsync(BearerTokens.CallerOf(http), body.Password, own, cancellation)))
            .WithSummary("Delete your account; projects that only you own have to go first").Produces(204).ProducesProblem(400).ProducesProblem(409).RequireRateLimiting(SignInPages.RateLimit);

        me.MapGet("/sessions", (HttpContext http, OwnAccount own, CancellationToken cancellation) =>
            Problems.OkAsync(own.SessionsAsync(BearerTokens.CallerOf(http), cancellation))).WithSummary("Where you are signed in").Produces<IReadOnlyList<SessionView>>();
        me.MapDelete("/sessions/{id:guid}", (Guid id, HttpContext http, OwnAccount own, CancellationToken cancellation) =>
            Problems.NoContentAsync(own.EndSessionAsync(BearerTokens.CallerOf(http), id, cancellation))).WithSummary("End one session").Produces(204).ProducesProblem(404);
        me.MapDelete("/sessions", (HttpContext http, OwnAccount own, CancellationToken cancellation) =>
            Problems.NoContentAsync(own.SignOutElsewhereAsync(BearerTokens.CallerOf(http), cancellation))).WithSummary("End all sessions but this one").Produces(204);

        me.MapGet("/tokens", ListTokensAsync).WithSummary("Your personal access tokens").Produces<IReadOnlyList<TokenAnswer>>().ProducesProblem(403);
        me.MapPost("/tokens", CreateTokenAsync).WithSummary("Create a personal access token; its text is in this answer only").Produces<TokenAnswer>(201).ProducesProblem(400).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409);
        me.MapDelete("/tokens/{id:guid}", (Guid id, HttpContext http, PersonalTokens tokens, CancellationToken cancellation) =>
            Problems.NoContentAsync(tokens.RevokeAsync(BearerTokens.CallerOf(http), id, cancellation))).WithSummary("Revoke a token").Produces(204).ProducesProblem(404);

        me.MapGet("/invitations", (HttpContext http, ProjectMembers members, CancellationToken cancellation) =>
            Problems.OkAsync(members.MineAsync(BearerTokens.CallerOf(http), cancellation))).WithSummary("Projects that you are invited to").Produces<IReadOnlyList<MyInvitation>>();
        me.MapPost("/invitations/{project}/accept", (string project, HttpContext http, ProjectMembers members, CancellationToken cancellation) =>
            Problems.NoContentAsync(members.AnswerAsync(BearerTokens.CallerOf(http), project, accept: true, cancellation))).WithSummary("Become a member").Produces(204).ProducesProblem(404);
        me.MapPost("/invitations/{project}/decline", (string project, HttpContext http, ProjectMembers members, CancellationToken cancellation) =>
            Problems.NoContentAsync(members.AnswerAsync(BearerTokens.CallerOf(http), project, accept: false, cancellation))).WithSummary("Decline an invitation").Produces(204).ProducesProblem(404);
    }

    /// <summary>A file with all that is stored about the caller.</summary>
    public static async Task<IResult> DownloadAsync(PersonalData data, Caller caller, CancellationToken cancellation) =>
        (await data.ReadAsync(caller, cancellation)).Ok(out var stored, out var error)
            ? Results.File(PersonalData.ToJson(stored), "application/json", "babyhelm-account.json")
            : Problems.From(error);

    private static async Task<IResult> ListTokensAsync(HttpContext http, PersonalTokens tokens, ProjectCommands projects, CancellationToken cancellation)
    {
        var caller = BearerTokens.CallerOf(http);
        if ((await tokens.ListAsync(caller, cancellation)).Failed(out var error, out var found)) return Problems.From(error);
        var names = (await projects.ListAsync(caller, cancellation)).ToDictionary(p => p.Id, p => p.Name);
        return Results.Ok(found.Select(t => Answer(t, t.Project is { } id ? names.GetValueOrDefault(id, "") : null)));
    }

    private static async Task<IResult> CreateTokenAsync(NewTokenRequest body, HttpContext http, PersonalTokens tokens, ProjectCommands projects, CancellationToken cancellation)
    {
        var caller = BearerTokens.CallerOf(http);
        Guid? only = null;
        if (body.Project is { } name)
        {
            if ((await projects.GetAsync(caller, name, cancellation)).Failed(out var missing, out var project)) return Problems.From(missing);
            only = project.Id;
        }
        var created = await tokens.CreateAsync(caller, new NewPersonalToken(body.Name, body.Scope, body.Days, only), cancellation);
        return created.Ok(out var token, out var error)
            ? Results.Created($"/api/v1/me/tokens/{token.View.Id}", Answer(token.View, body.Project) with { Token = token.Token })
            : Problems.From(error);
    }

    private static TokenAnswer Answer(PersonalTokenView t, string? project) =>
        new(t.Id, t.Name, t.Start, t.Scope, project, t.CreatedAt, t.ExpiresAt, t.LastUsedAt);
}
