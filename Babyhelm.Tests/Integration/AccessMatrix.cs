using Babyhelm.Core.Accounts;
using Babyhelm.Core.Projects;

namespace Babyhelm.Tests.Integration;

/// <summary>Who calls in the matrix. The tokens belong to the owner of the project, but for those that say whose they are.</summary>
public enum Who
{
    Anonymous, Outsider, Viewer, Editor, Owner, Admin, Locked,
    ReadToken, DeployToken, AdminToken, ThisProjectToken, OtherProjectToken,
    LockedOnesToken, PlatformAdminsReadToken, PlatformAdminsToken,
}

/// <summary>What a route asks of its caller.</summary>
public enum Needs
{
    /// <summary>Nothing: the sign-in family.</summary>
    Nothing,

    /// <summary>Any good credential.</summary>
    SomeCredential,

    /// <summary>A credential for all projects, with the scope admin.</summary>
    Everywhere,

    /// <summary>Being signed in, not by a token.</summary>
    InPerson,
    PlatformAdmin,

    /// <summary>A platform admin, signed in and not by a token.</summary>
    PlatformAdminInPerson,
    View,
    ViewAudit,
    Deploy,
    ManageHooks,
    UseTerminal,
    ManageRegistries,
    ManageAlerts,
    ManageChannels,
    ManageMembers,
    Leave,
    DeleteProject,
}

/// <summary>One route with a call that changes nothing which other rows need.</summary>
/// <param name="Ok">What who may do it is answered.</param>
/// <param name="Path">The call's path below /api/v1, with <c>{project}</c> for the project's name.</param>
public sealed record Row(string Method, string Route, Needs Needs, int Ok, string? Path = null, object? Body = null)
{
    /// <summary>Each allowed call has a project of its own.</summary>
    public bool OwnProject { get; init; }

    /// <summary>Each allowed call is made by a new user: it ends sessions.</summary>
    public bool OwnUser { get; init; }

    public string Call(string project) => (Path ?? Route).Replace("{project}", project, StringComparison.Ordinal).Replace("{app}", "web", StringComparison.Ordinal);

    public override string ToString() => $"{Method} {Route}";
}

/// <summary>Every route of the API, with what it needs, and what follows from that for each caller.</summary>
public static class AccessMatrix
{
    private static readonly string Nobody = Guid.Empty.ToString();
    private static readonly object Spec = new { name = "web", image = "demo/hello:1" };

    public static readonly IReadOnlyList<Row> Rows =
    [
        new("POST", "auth/register", Needs.Nothing, 400, Body: new { email = "", password = "" }),
        new("POST", "auth/login", Needs.Nothing, 401, Body: new { email = "nobody@example.com", password = "wrong one" }),
        new("POST", "auth/refresh", Needs.Nothing, 401, Body: new { refreshToken = "nonsense" }),
        new("POST", "auth/forgot-password", Needs.Nothing, 202, Body: new { email = "nobody@example.com" }),
        new("POST", "auth/resend-confirmation", Needs.Nothing, 202, Body: new { email = "nobody@example.com" }),
        new("POST", "auth/reset-password", Needs.Nothing, 400, Body: new { user = Nobody, code = "x", password = "a good long one" }),
        new("POST", "auth/confirm-email", Needs.Nothing, 400, Body: new { user = Nobody, code = "x" }),
        new("POST", "auth/logout", Needs.InPerson, 204) { OwnUser = true },

        new("GET", "me", Needs.SomeCredential, 200),
        new("GET", "me/account", Needs.InPerson, 200),
        new("GET", "me/data", Needs.InPerson, 200),
        new("GET", "me/deletion", Needs.InPerson, 200),
        new("PUT", "me/preferences", Needs.InPerson, 400, Body: new { theme = "dark", timeZone = "Nowhere/City" }),
        new("POST", "me/password", Needs.InPerson, 400, Body: new { password = "", newPassword = "a good long one" }),
        new("POST", "me/email", Needs.InPerson, 400, Body: new { password = "", email = "new@example.com" }),
        new("POST", "me/two-factor/key", Needs.InPerson, 200),
        new("PUT", "me/two-factor", Needs.InPerson, 400, Body: new { password = "", code = "000000" }),
        new("POST", "me/two-factor/disable", Needs.InPerson, 400, Body: new { password = "" }),
        new("POST", "me/two-factor/recovery-codes", Needs.InPerson, 400, Body: new { password = "" }),
        new("GET", "me/passkeys", Needs.InPerson, 200),
        new("PATCH", "me/passkeys/{id}", Needs.InPerson, 404, "me/passkeys/none", new { name = "Phone" }),
        new("POST", "me/passkeys/{id}/remove", Needs.InPerson, 404, "me/passkeys/none/remove", new { password = "" }),
        new("GET", "me/providers", Needs.InPerson, 200),
        new("DELETE", "me/providers/{provider}", Needs.InPerson, 404, "me/providers/none"),
        new("POST", "me/delete", Needs.InPerson, 400, Body: new { password = "" }),
        new("GET", "me/sessions", Needs.InPerson, 200),
        new("DELETE", "me/sessions", Needs.InPerson, 204) { OwnUser = true },
        new("DELETE", "me/sessions/{id}", Needs.InPerson, 404, $"me/sessions/{Nobody}"),
        new("GET", "me/tokens", Needs.InPerson, 200),
        new("POST", "me/tokens", Needs.InPerson, 400, Body: new { name = "", scope = "read" }),
        new("DELETE", "me/tokens/{id}", Needs.InPerson, 404, $"me/tokens/{Nobody}"),
        new("GET", "me/invitations", Needs.InPerson, 200),
        new("POST", "me/invitations/{project}/accept", Needs.InPerson, 404),
        new("POST", "me/invitations/{project}/decline", Needs.InPerson, 404),

        new("GET", "projects", Needs.SomeCredential, 200),
        new("POST", "projects", Needs.Everywhere, 400, Body: new { name = "" }),
        new("GET", "projects/{project}", Needs.View, 200),
        new("DELETE", "projects/{project}", Needs.DeleteProject, 202) { OwnProject = true },
        new("GET", "projects/{project}/members", Needs.View, 200),
        new("PUT", "projects/{project}/members/{email}", Needs.ManageMembers, 202, "projects/{project}/members/matrix@example.com", new { role = "viewer" }),
        new("DELETE", "projects/{project}/members/{email}", Needs.ManageMembers, 404, "projects/{project}/members/nobody@example.com"),
        new("POST", "projects/{project}/transfer", Needs.ManageMembers, 400, Body: new { email = "nobody@example.com" }),
        new("POST", "projects/{project}/leave", Needs.Leave, 204) { OwnProject = true },
        new("GET", "projects/{project}/quota", Needs.View, 200),
        new("PUT", "projects/{project}/quota", Needs.PlatformAdmin, 400, Body: new { cpu = "nonsense" }),
        new("GET", "admin/quota", Needs.PlatformAdmin, 200),
        new("PUT", "admin/quota", Needs.PlatformAdmin, 400, Body: new { pods = 0 }),
        new("GET", "projects/{project}/registries", Needs.View, 200),
        new("POST", "projects/{project}/registries", Needs.ManageRegistries, 400, Body: new { name = "" }),
        new("PUT", "projects/{project}/registries/{name}", Needs.ManageRegistries, 404, "projects/{project}/registries/none", new { }),
        new("POST", "projects/{project}/registries/{name}/test", Needs.ManageRegistries, 404, "projects/{project}/registries/none/test"),
        new("DELETE", "projects/{project}/registries/{name}", Needs.ManageRegistries, 404, "projects/{project}/registries/none"),
        new("GET", "projects/{project}/alerts", Needs.View, 200),
        new("GET", "projects/{project}/alerts/rules", Needs.View, 200),
        new("PUT", "projects/{project}/alerts/rules/{name}", Needs.ManageAlerts, 400, "projects/{project}/alerts/rules/cpu", new { threshold = -1 }),
        new("DELETE", "projects/{project}/alerts/rules/{name}", Needs.ManageAlerts, 404, "projects/{project}/alerts/rules/none"),
        new("GET", "projects/{project}/alerts/silences", Needs.View, 200),
        new("POST", "projects/{project}/alerts/silences", Needs.ManageAlerts, 400, Body: new { reason = "" }),
        new("DELETE", "projects/{project}/alerts/silences/{id}", Needs.ManageAlerts, 404, $"projects/{{project}}/alerts/silences/{Nobody}"),
        new("GET", "projects/{project}/alerts/channels", Needs.View, 200),
        new("POST", "projects/{project}/alerts/channels", Needs.ManageChannels, 400, Body: new { name = "", kind = "webhook" }),
        new("PUT", "projects/{project}/alerts/channels/{name}", Needs.ManageChannels, 404, "projects/{project}/alerts/channels/none", new { }),
        new("DELETE", "projects/{project}/alerts/channels/{name}", Needs.ManageChannels, 404, "projects/{project}/alerts/channels/none"),
        new("POST", "projects/{project}/alerts/channels/{name}/test", Needs.ManageChannels, 404, "projects/{project}/alerts/channels/none/test"),
        new("GET", "projects/{project}/alerts/deliveries", Needs.View, 200),
        new("POST", "projects/{project}/alerts/deliveries/{id}/retry", Needs.ManageChannels, 404, $"projects/{{project}}/alerts/deliveries/{Nobody}/retry"),
        new("GET", "projects/{project}/alerts/times", Needs.View, 200),
        new("PUT", "projects/{project}/alerts/times", Needs.ManageAlerts, 400, Body: new { groupWaitSeconds = -1 }),
        new("GET", "projects/{project}/audit", Needs.ViewAudit, 200),
        new("GET", "projects/{project}/audit.csv", Needs.ViewAudit, 200),

        new("GET", "projects/{project}/apps", Needs.View, 200),
        new("POST", "projects/{project}/apps", Needs.Deploy, 409, Body: Spec),
        new("POST", "projects/{project}/apps/preview", Needs.Deploy, 200, Body: Spec),
        new("GET", "projects/{project}/apps/{app}", Needs.View, 200),
        new("PUT", "projects/{project}/apps/{app}", Needs.Deploy, 409, "projects/{project}/apps/{app}?expectedRelease=99", Spec),
        new("POST", "projects/{project}/apps/{app}/rollback", Needs.Deploy, 404, Body: new { release = 99 }),
        new("POST", "projects/{project}/apps/{app}/repair", Needs.Deploy, 202),
        new("POST", "projects/{project}/apps/{app}/restart", Needs.Deploy, 404, "projects/{project}/apps/ghost/restart"),
        new("POST", "projects/{project}/apps/{app}/scale", Needs.Deploy, 202, Body: new { replicas = 1 }),
        new("POST", "projects/{project}/apps/{app}/stop", Needs.Deploy, 404, "projects/{project}/apps/ghost/stop"),
        new("POST", "projects/{project}/apps/{app}/start", Needs.Deploy, 409),
        new("POST", "projects/{project}/apps/{app}/pause", Needs.Deploy, 409),
        new("POST", "projects/{project}/apps/{app}/resume", Needs.Deploy, 409),
        new("POST", "projects/{project}/apps/{app}/cancel", Needs.Deploy, 409),
        new("POST", "projects/{project}/apps/{app}/pin", Needs.Deploy, 409, "projects/{project}/apps/{app}/pin?expectedRelease=99"),
        new("POST", "projects/{project}/apps/{app}/run", Needs.Deploy, 409),
        new("GET", "projects/{project}/apps/{app}/runs", Needs.View, 200),
        new("POST", "projects/{project}/import", Needs.Deploy, 400, Body: new { compose = "" }),
        new("GET", "projects/{project}/archive", Needs.View, 200),
        new("POST", "projects/{project}/archive", Needs.Deploy, 400, Body: new { archive = "" }),
        new("GET", "projects/{project}/apps/{app}/manifests", Needs.View, 200),
        new("GET", "projects/{project}/apps/{app}/chart", Needs.View, 200),
        new("GET", "projects/{project}/apps/{app}/hook", Needs.View, 404, "projects/{project}/apps/ghost/hook"),
        new("POST", "projects/{project}/apps/{app}/hook", Needs.ManageHooks, 404, "projects/{project}/apps/ghost/hook"),
        new("POST", "projects/{project}/apps/{app}/hook/rotate", Needs.ManageHooks, 404),
        new("DELETE", "projects/{project}/apps/{app}/hook", Needs.ManageHooks, 404),
        new("PATCH", "projects/{project}/apps/{app}/settings", Needs.Deploy, 204, Body: new { autoRollback = true }),
        new("DELETE", "projects/{project}/apps/{app}", Needs.Deploy, 404, "projects/{project}/apps/ghost"),
        new("GET", "projects/{project}/apps/{app}/releases", Needs.View, 200),
        new("GET", "projects/{project}/apps/{app}/releases/{number}", Needs.View, 200, "projects/{project}/apps/{app}/releases/1"),
        new("GET", "projects/{project}/apps/{app}/releases/{number}/compare/{other}", Needs.View, 200, "projects/{project}/apps/{app}/releases/1/compare/1"),
        new("GET", "projects/{project}/apps/{app}/releases/{number}/manifests", Needs.View, 200, "projects/{project}/apps/{app}/releases/1/manifests"),
        new("GET", "projects/{project}/apps/{app}/rollout", Needs.View, 200),
        new("GET", "projects/{project}/apps/{app}/logs", Needs.View, 200),
        new("GET", "projects/{project}/apps/{app}/events", Needs.View, 200),
        new("GET", "projects/{project}/apps/{app}/terminal", Needs.UseTerminal, 400), // no WebSocket

        new("GET", "projects/{project}/metrics", Needs.View, 200),
        new("GET", "projects/{project}/apps/{app}/metrics", Needs.View, 200),
        new("GET", "prometheus/api/v1/query", Needs.SomeCredential, 200, "prometheus/api/v1/query?query=up"),
        new("POST", "prometheus/api/v1/query", Needs.SomeCredential, 400, Body: new { }), // no form
        new("GET", "prometheus/api/v1/query_range", Needs.SomeCredential, 200, "prometheus/api/v1/query_range?query=up&start=1&end=2&step=1"),
        new("POST", "prometheus/api/v1/query_range", Needs.SomeCredential, 400, Body: new { }),
        new("GET", "prometheus/api/v1/series", Needs.SomeCredential, 200),
        new("POST", "prometheus/api/v1/series", Needs.SomeCredential, 200, Body: new { }),
        new("GET", "prometheus/api/v1/labels", Needs.SomeCredential, 200),
        new("POST", "prometheus/api/v1/labels", Needs.SomeCredential, 200, Body: new { }),
        new("GET", "prometheus/api/v1/label/{name}/values", Needs.SomeCredential, 200, "prometheus/api/v1/label/job/values"),
        new("GET", "prometheus/api/v1/status/buildinfo", Needs.SomeCredential, 200),
        new("GET", "prometheus/api/v1/metadata", Needs.SomeCredential, 200),
        new("GET", "prometheus/api/v1/rules", Needs.SomeCredential, 200),

        new("GET", "audit", Needs.PlatformAdmin, 200),
        new("GET", "audit.csv", Needs.PlatformAdmin, 200),
        new("GET", "admin/cluster", Needs.PlatformAdmin, 200),
        new("POST", "admin/cluster/refresh", Needs.PlatformAdmin, 200),
        new("GET", "admin/platform", Needs.PlatformAdmin, 200),
        new("GET", "admin/users", Needs.PlatformAdmin, 200),
        new("POST", "admin/users", Needs.PlatformAdminInPerson, 400, Body: new { email = "", password = "" }),
        new("GET", "admin/users/{id}", Needs.PlatformAdmin, 404, $"admin/users/{Nobody}"),
        new("PATCH", "admin/users/{id}", Needs.PlatformAdminInPerson, 404, $"admin/users/{Nobody}", new { locked = true }),
        new("DELETE", "admin/users/{id}", Needs.PlatformAdminInPerson, 404, $"admin/users/{Nobody}"),
        new("POST", "admin/invitations", Needs.PlatformAdminInPerson, 400, Body: new { email = "" }),
        new("GET", "admin/invitations", Needs.PlatformAdmin, 200),
        new("DELETE", "admin/invitations/{email}", Needs.PlatformAdminInPerson, 404, "admin/invitations/nobody@example.com"),
        new("DELETE", "admin/users/{id}/tokens", Needs.PlatformAdminInPerson, 404, $"admin/users/{Nobody}/tokens"),
        new("DELETE", "admin/users/{id}/sessions", Needs.PlatformAdminInPerson, 404, $"admin/users/{Nobody}/sessions"),
        new("GET", "admin/mails", Needs.PlatformAdminInPerson, 200),
        new("GET", "admin/templates", Needs.PlatformAdmin, 200),
        new("GET", "admin/templates/{template}", Needs.PlatformAdmin, 200, "admin/templates/service"),
        new("GET", "admin/templates/{template}/revisions/{revision}", Needs.PlatformAdmin, 404, "admin/templates/service/revisions/0"),
        new("PUT", "admin/templates/{template}", Needs.PlatformAdmin, 404, "admin/templates/none", new { source = "a: b" }),
        new("POST", "admin/templates/{template}/preview", Needs.PlatformAdmin, 404, "admin/templates/none/preview", new { source = "a: b" }),
        new("GET", "admin/settings", Needs.PlatformAdmin, 200),
        new("PUT", "admin/settings", Needs.PlatformAdmin, 204, Body: new { registration = "open" }),
    ];

    /// <summary>401, 403 and 404 for who may not (404: as if the project were missing), else what the row says.</summary>
    public static int Expected(Row row, Who who)
    {
        if (row.Needs == Needs.Nothing) return row.Ok;
        if (who is Who.Anonymous or Who.Locked or Who.LockedOnesToken) return 401;
        var scope = Scope(who);
        return row.Needs switch
        {
            Needs.SomeCredential => row.Ok,
            Needs.Everywhere => scope >= AccessScope.Admin && who is not (Who.OtherProjectToken or Who.ThisProjectToken) ? row.Ok : 403,
            Needs.InPerson => scope == AccessScope.Session ? row.Ok : 403,
            Needs.PlatformAdmin => who is Who.Admin or Who.PlatformAdminsToken ? row.Ok : 403,
            Needs.PlatformAdminInPerson => who == Who.Admin ? row.Ok : 403,
            _ when who is Who.Outsider or Who.OtherProjectToken => 404,
            _ => ProjectPermissions.WhyNot(Role(who), Action(row.Needs)) is null && scope >= ProjectPermissions.Needed(Action(row.Needs)) ? row.Ok : 403,
        };
    }

    private static AccessScope Scope(Who who) => who switch
    {
        Who.ReadToken or Who.PlatformAdminsReadToken => AccessScope.Read,
        Who.DeployToken => AccessScope.Deploy,
        Who.AdminToken or Who.ThisProjectToken or Who.OtherProjectToken or Who.PlatformAdminsToken => AccessScope.Admin,
        _ => AccessScope.Session,
    };

    private static ProjectRole Role(Who who) => who switch
    {
        Who.Viewer => ProjectRole.Viewer,
        Who.Editor => ProjectRole.Editor,
        _ => ProjectRole.Owner,
    };

    private static ProjectAction Action(Needs needs) => Enum.Parse<ProjectAction>(needs.ToString());
}
