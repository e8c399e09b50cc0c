using Babyhelm.Core.Accounts.Sessions;
using Babyhelm.Core.Grafana;

namespace Babyhelm.Web.Components;

/// <summary>Builds every address of a page. Names are slugs, yet they are escaped: they may come from a typed address.</summary>
public static class Urls
{
    public const string Home = "/";
    public const string Login = "/account/login";
    public const string Register = "/account/register";
    public const string Logout = "/account/logout";
    public const string ForgotPassword = "/account/forgot-password";
    public const string ConfirmationMail = "/account/confirmation-mail";
    public const string Denied = "/account/denied";
    public const string ExternalLogin = "/account/external/login";
    public const string ExternalLink = "/account/external/begin-link";
    public const string ExternalLinkDone = "/account/external/link";

    /// <summary>The page where a provider's answer is looked at; without an answer it says that it failed.</summary>
    public const string ExternalFailed = "/account/external";

    /// <summary>Where the account page lists linked providers.</summary>
    public const string ExternalLinks = AccountSecurity;

    /// <summary>The own account; <c>/account/{part}</c> has its other parts.</summary>
    public const string Account = "/account";
    public const string AccountSecurity = "/account/security";
    public const string AccountSessions = "/account/sessions";
    public const string AccountTokens = "/account/tokens";
    public const string AccountData = "/account/data";
    public const string PersonalData = "/account/personal-data";
    public const string NotFound = "/not-found";
    public const string Projects = "/projects";

    /// <summary>Not below /projects: a project may be called new.</summary>
    public const string NewProject = "/new-project";
    public const string Cluster = "/admin/cluster";
    public const string Platform = "/admin/platform";
    public const string Users = "/admin/users";

    /// <summary>Not below the users, as that is where each has a page.</summary>
    public const string NewUser = "/admin/new-user";
    public const string Invitations = "/admin/invitations";
    public const string Audit = "/admin/audit";
    public const string Mails = "/admin/mails";
    public const string Settings = "/admin/settings";
    public const string Templates = "/admin/templates";

    /// <summary>Files for the browser's session: the API takes tokens only.</summary>
    public const string Downloads = "/download";
    public const string ReturnUrlParameter = "returnUrl";

    public static string Template(string name) => $"{Templates}/{Uri.EscapeDataString(name)}";

    public static string LoginThen(string? returnUrl) => With(Login, returnUrl);

    public static string RegisterThen(string? returnUrl) => With(Register, returnUrl);

    public static string ExternalThen(string? returnUrl) => With(ExternalFailed, returnUrl);

    /// <summary>Where a provider sends people back to; to be entered there.</summary>
    public static string ExternalCallback(string provider) => $"/account/external/{provider}/callback";

    /// <summary>What has to be done before anything else.</summary>
    public static string Due(DueStep step, string? returnUrl) => With(step == DueStep.NewPassword ? "/account/new-password" : "/account/second-factor", returnUrl);

    /// <summary>The second step of a sign-in.</summary>
    public static string LoginCode(string? returnUrl, bool remember, bool recovery = false) =>
        With("/account/login-code", returnUrl, ("remember", remember), ("recovery", recovery));

    public static string Project(string project) => $"{Projects}/{Uri.EscapeDataString(project)}";

    /// <param name="tab">Null for the applications.</param>
    public static string Project(string project, string? tab) => tab is null ? Project(project) : $"{Project(project)}/{tab}";

    public static string User(Guid id) => $"{Users}/{id}";

    /// <param name="project">Null for the whole audit log.</param>
    public static string AuditDownload(string? project) => project is null
        ? $"{Downloads}/audit.csv"
        : $"{Downloads}/projects/{Uri.EscapeDataString(project)}/audit.csv";

    /// <summary>WebSockets of terminals.</summary>
    public const string Terminals = "/terminal";
    public const string TerminalRoute = $"{Terminals}/projects/{{project}}/apps/{{app}}";

    /// <param name="pod">Null for one that runs.</param>
    /// <param name="container">Null for the application's own.</param>
    public static string Terminal(string project, string app, string? pod, string? container) => WithQuery(
        $"{Terminals}/projects/{Uri.EscapeDataString(project)}/apps/{Uri.EscapeDataString(app)}", ("pod", pod), ("container", container));

    public static string Import(string project) => $"{Project(project)}/import";

    public const string ArchiveRoute = $"{Downloads}/projects/{{project}}/archive.zip";

    public static string Archive(string project) => $"{Downloads}/projects/{Uri.EscapeDataString(project)}/archive.zip";

    public const string ExportRoute = $"{Downloads}/projects/{{project}}/apps/{{app}}";

    /// <param name="file">Name of the file.</param>
    public static string Export(string project, string app, string file) =>
        $"{Downloads}/projects/{Uri.EscapeDataString(project)}/apps/{Uri.EscapeDataString(app)}/{file}";

    /// <summary>What build servers call, followed by a token.</summary>
    public const string DeployHooks = "/hooks/deploy";

    public const string LogDownloadRoute = $"{Downloads}/projects/{{project}}/apps/{{app}}/log.txt";

    public static string LogDownload(string project, string app) =>
        $"{Downloads}/projects/{Uri.EscapeDataString(project)}/apps/{Uri.EscapeDataString(app)}/log.txt";

    /// <summary>The page with those parameters that have a value.</summary>
    public static string WithQuery(string page, params (string Name, string? Value)[] parameters)
    {
        var given = parameters.Where(p => !string.IsNullOrEmpty(p.Value)).Select(p => $"{p.Name}={Uri.EscapeDataString(p.Value!)}").ToList();
        return given.Count == 0 ? page : $"{page}?{string.Join('&', given)}";
    }

    /// <summary>One panel of a dashboard in Grafana, without anything around it. The browser adds its theme.</summary>
    public static string GrafanaPanel(string dashboard, int panel, string range, params (string Name, string? Value)[] variables) => WithQuery(
        $"{GrafanaProxy.Path}/d-solo/{dashboard}/babyhelm", [("orgId", "1"), ("panelId", $"{panel}"), ("from", $"now-{range}"), ("to", "now"), ("refresh", "30s"), .. Variables(variables)]);

    /// <summary>A dashboard in Grafana, as a page of its own.</summary>
    public static string GrafanaDashboard(string dashboard, string range, params (string Name, string? Value)[] variables) => WithQuery(
        $"{GrafanaProxy.Path}/d/{dashboard}/babyhelm", [("orgId", "1"), ("from", $"now-{range}"), ("to", "now"), ("refresh", "30s"), .. Variables(variables)]);

    public static string NewApplication(string project) => $"{Project(project)}/new";

    /// <param name="tab">Null for the overview.</param>
    public static string Application(string project, string app, string? tab = null) =>
        $"{Project(project)}/apps/{Uri.EscapeDataString(app)}{(tab is null ? "" : $"/{tab}")}";

    /// <summary>One release, opened in the list.</summary>
    public static string Release(string project, string app, int number) => $"{Application(project, app, "releases")}?release={number}";

    /// <summary>One release, opened in the list and compared with another.</summary>
    public static string Comparison(string project, string app, int number, int with) => $"{Release(project, app, number)}&with={with}";

    /// <summary>
    /// The given address if it is a path of this site, else <paramref name="otherwise"/>: a link must not lead
    /// through the sign-in page to a foreign site. Browsers read <c>//host</c> and <c>/\host</c> as foreign.
    /// </summary>
    public static string Local(string? returnUrl, string otherwise) =>
        returnUrl is ['/', ..] && returnUrl is not (['/', '/' or '\\', ..]) && !returnUrl.Any(char.IsControl)
            ? returnUrl
            : otherwise;

    private static IEnumerable<(string Name, string? Value)> Variables((string Name, string? Value)[] variables) => variables.Select(v => ($"var-{v.Name}", v.Value));

    private static string With(string page, string? returnUrl, params (string Name, bool On)[] switches)
    {
        var query = switches.Where(s => s.On).Select(s => $"{s.Name}=true").ToList();
        if (Local(returnUrl, Home) is var local && local != Home) query.Add($"{ReturnUrlParameter}={Uri.EscapeDataString(local)}");
        return query.Count == 0 ? page : $"{page}?{string.Join('&', query)}";
    }
}
