using Babyhelm.Core.Accounts;
using Babyhelm.Core.Accounts.Mail;
using Babyhelm.Core.Administration;
using Microsoft.AspNetCore.Mvc;

namespace Babyhelm.Web.Api;

/// <summary>Which users: query parameters.</summary>
internal sealed record UserParameters(
    [FromQuery] string? Search, [FromQuery] Choice<UserFilter>? Filter, [FromQuery] Choice<UserSort>? Sort, [FromQuery] bool? Descending, [FromQuery] int? Page)
{
    public UserQuery Query => new(Search, Filter?.Value ?? UserFilter.All, Sort?.Value ?? UserSort.Email, Descending ?? false, Page ?? 1);
}

/// <summary>Which rows of a list: query parameters.</summary>
internal sealed record ListParameters([FromQuery] string? Search, [FromQuery] int? Page);

internal sealed record CreateUserRequest(string? Email, string? Password, PlatformRole Role = PlatformRole.User);

internal sealed record CreatedUserAnswer(Guid Id);

internal sealed record InviteUserRequest(string? Email, PlatformRole Role = PlatformRole.User);

/// <summary>Fields that are left out stay as they are.</summary>
/// <param name="Confirmed">Only true: a confirmed address stays confirmed.</param>
/// <param name="TwoFactor">Only false: the user switches it on.</param>
/// <param name="MustResetPassword">Only true: choosing a new password ends it.</param>
internal sealed record ChangeUserRequest(PlatformRole? Role, bool? Locked, bool? Confirmed, bool? TwoFactor, bool? MustResetPassword);

internal sealed record SettingsAnswer(
    RegistrationMode Registration, SecondFactorRule SecondFactor, int KeepReleases, int KeepReleaseDays, bool Terminals,
    string? IngressClass, string? TlsIssuer, string? LoadBalancerClass, IReadOnlyList<string> OutboundNetworks)
{
    public static SettingsAnswer Of(PlatformSettings s) => new(
        s.Registration, s.SecondFactor, s.KeepReleases, s.KeepReleaseDays, s.Terminals, s.IngressClass, s.TlsIssuer, s.LoadBalancerClass, s.OutboundNetworks);
}

/// <summary>Users, settings and the outbox, for platform admins.</summary>
internal static class AdminEndpoints
{
    public static void MapAdminEndpoints(this IEndpointRouteBuilder api)
    {
        var admin = api.MapGroup("/admin").WithTags("Administration");
        admin.MapGet("/users", ([AsParameters] UserParameters given, HttpContext http, UserList users, CancellationToken cancellation) =>
            Problems.OkAsync(users.ListAsync(BearerTokens.CallerOf(http), given.Query, cancellation)))
            .WithSummary("Users: search, filter (all, admins, locked, unconfirmed, twoFactor for an authenticator app, passkey, noSecondFactor), sort (email, created, lastSignIn), 50 a page").Produces<UserPage>().ProducesProblem(403);
        admin.MapGet("/users/{id:guid}", (Guid id, HttpContext http, UserList users, CancellationToken cancellation) =>
            Problems.OkAsync(users.GetAsync(BearerTokens.CallerOf(http), id, cancellation)))
            .WithSummary("One user with projects and providers").Produces<UserDetail>().ProducesProblem(403).ProducesProblem(404);
        admin.MapPost("/users", async (CreateUserRequest body, HttpContext http, UserAdministration users, CancellationToken cancellation) =>
            (await users.CreateAsync(BearerTokens.CallerOf(http), body.Email, body.Password, body.Role, cancellation)).Ok(out var id, out var error)
                ? Results.Created($"/api/v1/admin/users/{id}", new CreatedUserAnswer(id)) : Problems.From(error))
            .WithSummary("Create a user").Produces<CreatedUserAnswer>(201).ProducesProblem(400).ProducesProblem(403).ProducesProblem(409);
        admin.MapPatch("/users/{id:guid}", ChangeAsync).WithSummary("Change role, lock or unlock, confirm, reset two-factor, force a password reset")
            .Produces(204).ProducesProblem(400).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409);
        admin.MapDelete("/users/{id:guid}", (Guid id, string? transferTo, HttpContext http, UserAdministration users, CancellationToken cancellation) =>
            Problems.NoContentAsync(users.DeleteAsync(BearerTokens.CallerOf(http), id, transferTo, cancellation)))
            .WithSummary("Delete a user; projects that nobody else owns go to transferTo").Produces(204).ProducesProblem(400).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409);
        admin.MapPost("/invitations", (InviteUserRequest body, HttpContext http, UserAdministration users, CancellationToken cancellation) =>
            Problems.AcceptedAsync(users.InviteAsync(BearerTokens.CallerOf(http), body.Email, body.Role, cancellation)))
            .WithSummary("Invite an address to make an account").Produces(202).ProducesProblem(400).ProducesProblem(403).ProducesProblem(409);
        admin.MapGet("/invitations", ([AsParameters] ListParameters given, HttpContext http, OpenInvitations invitations, CancellationToken cancellation) =>
            Problems.OkAsync(invitations.ListAsync(BearerTokens.CallerOf(http), new InvitationQuery(given.Search, given.Page ?? 1), cancellation)))
            .WithSummary("Invitations that are open, 50 a page; with their links, in person, where no mail server is configured").Produces<InvitationPage>().ProducesProblem(403);
        admin.MapDelete("/invitations/{email}", (string email, HttpContext http, UserAdministration users, CancellationToken cancellation) =>
            Problems.NoContentAsync(users.UninviteAsync(BearerTokens.CallerOf(http), email, cancellation)))
            .WithSummary("Take the invitations of an address back: their links stop working").Produces(204).ProducesProblem(403).ProducesProblem(404);
        admin.MapDelete("/users/{id:guid}/tokens", (Guid id, HttpContext http, UserAdministration users, CancellationToken cancellation) =>
            Problems.NoContentAsync(users.RevokeTokensAsync(BearerTokens.CallerOf(http), id, cancellation)))
            .WithSummary("Revoke all personal tokens of a user").Produces(204).ProducesProblem(403).ProducesProblem(404);
        admin.MapDelete("/users/{id:guid}/sessions", (Guid id, HttpContext http, UserAdministration users, CancellationToken cancellation) =>
            Problems.NoContentAsync(users.EndSessionsAsync(BearerTokens.CallerOf(http), id, cancellation)))
            .WithSummary("Sign a user out everywhere").Produces(204).ProducesProblem(403).ProducesProblem(404);
        admin.MapGet("/mails", ([AsParameters] ListParameters given, HttpContext http, Outbox outbox, CancellationToken cancellation) =>
            Problems.OkAsync(outbox.ListAsync(BearerTokens.CallerOf(http), new MailQuery(given.Search, given.Page ?? 1), cancellation)))
            .WithSummary("The outbox: mails of 14 days, the newest first, 50 a page; search is part of the address or subject. Those that were sent are without their text").Produces<MailPage>().ProducesProblem(403);
        admin.MapGet("/settings", async (HttpContext http, PlatformSettingsCommands settings, CancellationToken cancellation) =>
            (await settings.ReadAsync(BearerTokens.CallerOf(http), cancellation)).Answer(SettingsAnswer.Of))
            .WithSummary("Settings of the platform").Produces<SettingsAnswer>().ProducesProblem(403);
        admin.MapPut("/settings", (PlatformSettingsChange body, HttpContext http, PlatformSettingsCommands settings, CancellationToken cancellation) =>
            Problems.NoContentAsync(settings.ChangeAsync(BearerTokens.CallerOf(http), body, cancellation)))
            .WithSummary("Change them: registration is open, invitation or closed; secondFactor, in person only, is off, admins or everyone; which releases are kept; whether there are terminals; ingressClass, tlsIssuer and loadBalancerClass, empty for the cluster's own; outboundNetworks beside the internet that users' addresses may lead to. What is left out stays")
            .Produces(204).ProducesProblem(400).ProducesProblem(403).ProducesProblem(409);
    }

    private static async Task<IResult> ChangeAsync(Guid id, ChangeUserRequest body, HttpContext http, UserAdministration users, CancellationToken cancellation)
    {
        var caller = BearerTokens.CallerOf(http);
        if (body.Confirmed == false) return Problems.From(new Core.Common.Invalid("confirmed", "A confirmed address stays confirmed."));
        if (body.TwoFactor == true) return Problems.From(new Core.Common.Invalid("twoFactor", "Only the user can switch two-factor sign-in on."));
        if (body.MustResetPassword == false) return Problems.From(new Core.Common.Invalid("mustResetPassword", "It ends when the user chooses a new password."));
        Func<Task<Core.Common.Result<Core.Common.Done>>>?[] changes =
        [
            body.Role is { } role ? () => users.SetRoleAsync(caller, id, role, cancellation) : null,
            body.Confirmed is not null ? () => users.ConfirmAsync(caller, id, cancellation) : null,
            body.TwoFactor is not null ? () => users.ResetTwoFactorAsync(caller, id, cancellation) : null,
            body.MustResetPassword is not null ? () => users.ForcePasswordResetAsync(caller, id, cancellation) : null,
            body.Locked is { } locked ? () => locked ? users.LockAsync(caller, id, cancellation) : users.UnlockAsync(caller, id, cancellation) : null,
        ];
        // One thing at a time: half of a change must not be done when the other half is refused.
        if (changes.Count(c => c is not null) != 1) return Problems.From(new Core.Common.Invalid("", "Change exactly one of role, locked, confirmed, twoFactor, mustResetPassword."));
        return await Problems.NoContentAsync(changes.First(c => c is not null)!());
    }
}
