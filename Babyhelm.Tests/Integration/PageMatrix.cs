namespace Babyhelm.Tests.Integration;

/// <summary>Whom a page, a file or a form lets in.</summary>
public enum Opens { Everybody, SignedIn, PlatformAdmins, Members, Editors, Owners }

/// <summary>One route outside the API, with a call that changes nothing which other rows need.</summary>
/// <param name="Ok">What who may come in is answered.</param>
/// <param name="Path">The address, with <c>{project}</c> for the project's name; null for the route itself.</param>
public sealed record PageRow(string Method, string Route, Opens To, int Ok = 200, string? Path = null)
{
    /// <summary>Fields of a form, which goes along with its token.</summary>
    public Dictionary<string, string>? Form { get; init; }

    /// <summary>What who is signed in is answered, where that is something else.</summary>
    public int? OkSignedIn { get; init; }

    /// <summary>What who is signed in and no platform admin is answered.</summary>
    public int Refused { get; init; } = 302;

    public string Call(string project) => (Path ?? Route).Replace("{project}", project, StringComparison.Ordinal);

    public override string ToString() => $"{Method} {Route}";
}

/// <summary>Every route outside the API but static files, and whom it lets in.</summary>
public static class PageMatrix
{
    private static readonly string Nobody = Guid.Empty.ToString();

    public static readonly IReadOnlyList<PageRow> Rows =
    [
        new("GET", "/", Opens.Everybody) { OkSignedIn = 302 },
        new("GET", "/not-found", Opens.Everybody),
        new("GET", "/account/login", Opens.Everybody),
        new("GET", "/account/login-code", Opens.Everybody, 302),
        new("GET", "/account/register", Opens.Everybody),
        new("GET", "/account/forgot-password", Opens.Everybody),
        new("GET", "/account/confirmation-mail", Opens.Everybody),
        new("GET", "/account/reset-password", Opens.Everybody),
        new("GET", "/account/confirm", Opens.Everybody),
        new("GET", "/account/confirm-change", Opens.Everybody),
        new("GET", "/account/denied", Opens.Everybody, 403),
        new("GET", "/account/external", Opens.Everybody),
        new("GET", "/openapi/{documentName}.json", Opens.Everybody, Path: "/openapi/v1.json"),
        new("GET", "/.well-known/jwks.json", Opens.Everybody),
        new("GET", "/healthz/live", Opens.Everybody),
        new("GET", "/healthz/ready", Opens.Everybody),
        // For whoever asks on this machine: see MetricsTests for the others.
        new("GET", "/metrics", Opens.Everybody),
        new("GET", "/metrics/cluster", Opens.Everybody),
        new("POST", "/account/logout", Opens.Everybody, 302),
        new("POST", "/account/passkeys/request", Opens.Everybody),
        new("POST", "/account/external/login", Opens.Everybody, 302),

        new("GET", "/account", Opens.SignedIn),
        new("GET", "/account/security", Opens.SignedIn),
        new("GET", "/account/sessions", Opens.SignedIn),
        new("GET", "/account/tokens", Opens.SignedIn),
        new("GET", "/account/data", Opens.SignedIn),
        new("GET", "/account/personal-data", Opens.SignedIn),
        new("GET", "/account/new-password", Opens.SignedIn, 302),
        new("GET", "/account/second-factor", Opens.SignedIn, 302),
        new("GET", "/account/external/link", Opens.SignedIn),
        new("GET", "/projects", Opens.SignedIn),
        new("GET", "/new-project", Opens.SignedIn),
        new("POST", "/account/theme", Opens.SignedIn, 204) { Form = new() { ["theme"] = "dark" } },
        new("POST", "/account/passkeys/creation", Opens.SignedIn) { Form = new() { ["Add.Name"] = "Phone", ["Add.Password"] = RunningBabyhelm.TestPassword } },
        new("POST", "/account/external/begin-link", Opens.SignedIn, 302),

        new("GET", "/admin/cluster", Opens.PlatformAdmins),
        new("GET", "/admin/platform", Opens.PlatformAdmins),
        new("GET", "/admin/users", Opens.PlatformAdmins),
        new("GET", "/admin/users/{Id}", Opens.PlatformAdmins, 404, $"/admin/users/{Nobody}"),
        new("GET", "/admin/new-user", Opens.PlatformAdmins),
        new("GET", "/admin/invitations", Opens.PlatformAdmins),
        new("GET", "/admin/audit", Opens.PlatformAdmins),
        new("GET", "/admin/mails", Opens.PlatformAdmins),
        new("GET", "/admin/settings", Opens.PlatformAdmins),
        new("GET", "/admin/templates", Opens.PlatformAdmins),
        new("GET", "/admin/templates/{Name}", Opens.PlatformAdmins, Path: "/admin/templates/service"),
        new("GET", "/download/audit.csv", Opens.PlatformAdmins) { Refused = 403 },

        // There is none here: see GrafanaProxyTests for one that answers.
        new("GET", "/grafana/{**path}", Opens.SignedIn, 404, "/grafana/"),

        new("GET", "/projects/{ProjectName}/{TabPath?}", Opens.Members, Path: "/projects/{project}"),
        new("GET", "/projects/{ProjectName}/new", Opens.Members, Path: "/projects/{project}/new"),
        new("GET", "/projects/{ProjectName}/apps/{AppName}/{TabPath?}", Opens.Members, Path: "/projects/{project}/apps/web"),
        new("GET", "/download/projects/{project}/apps/{app}/log.txt", Opens.Members, Path: "/download/projects/{project}/apps/web/log.txt"),
        new("GET", "/projects/{ProjectName}/import", Opens.Members, Path: "/projects/{project}/import"),
        new("GET", "/download/projects/{project}/apps/{app}/manifests.yaml", Opens.Members, Path: "/download/projects/{project}/apps/web/manifests.yaml"),
        new("GET", "/download/projects/{project}/apps/{app}/chart.tgz", Opens.Members, Path: "/download/projects/{project}/apps/web/chart.tgz"),
        new("GET", "/download/projects/{project}/archive.zip", Opens.Members, Path: "/download/projects/{project}/archive.zip"),
        new("GET", "/download/projects/{project}/audit.csv", Opens.Owners),
        new("GET", "/terminal/projects/{project}/apps/{app}", Opens.Editors, 400, "/terminal/projects/{project}/apps/web"),
    ];

    /// <summary>Routes that let nobody in by themselves, and why they are in no row.</summary>
    public static readonly IReadOnlyDictionary<string, string> Others = new Dictionary<string, string>
    {
        ["* /_blazor"] = "the circuit: shows what the page that began it may show, and is not for pages of other sites",
        ["* /_blazor/negotiate"] = "the same",
        ["* /_blazor/disconnect"] = "ends the circuit whose secret id is given",
        ["* /_blazor/initializers"] = "names of scripts, the same for everybody",
        ["POST /hooks/deploy/{token}"] = "the token in the address is the right to it, see HookTests",
        ["GET /{**path}"] = "static files that were added since the build; not in what is published",
        ["HEAD /{**path}"] = "the same",
        ["HEAD /grafana/{**path}"] = "as GET",
        ["POST /grafana/{**path}"] = "no form of Babyhelm's: takes what own pages send, as the browser says, and what is listed, see GrafanaProxyTests and GrafanaWritesTests",
        ["PUT /grafana/{**path}"] = "the same",
        ["PATCH /grafana/{**path}"] = "the same",
        ["DELETE /grafana/{**path}"] = "the same",
        ["GET /_framework/opaque-redirect"] = "leads on after a form that a script sent, where this server itself has encrypted to",
    };

    public static bool IsKnown(Who who) => who is Who.Outsider or Who.Viewer or Who.Editor or Who.Owner or Who.Admin;

    /// <summary>302 leads who is not signed in there, and others to where it says no.</summary>
    public static int Expected(PageRow row, Who who)
    {
        var known = IsKnown(who);
        var ok = known ? row.OkSignedIn ?? row.Ok : row.Ok;
        return row.To switch
        {
            Opens.Everybody => ok,
            _ when !known => 302,
            Opens.SignedIn => ok,
            Opens.PlatformAdmins => who == Who.Admin ? ok : row.Refused,
            _ when who == Who.Outsider => 404,
            Opens.Members => ok,
            Opens.Editors => who == Who.Viewer ? 403 : ok,
            Opens.Owners => who is Who.Owner or Who.Admin ? ok : 403,
            _ => throw new ArgumentOutOfRangeException(nameof(row), row.To, null),
        };
    }
}
