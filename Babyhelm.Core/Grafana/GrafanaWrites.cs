using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace Babyhelm.Core.Grafana;

/// <summary>
/// What changes something in Grafana passes only where it is listed here. Grafana trusts its users with more than Babyhelm does: with a
/// profile whose e-mail address decides who they are, and as admins with data sources that ask whatever its machine reaches.
/// </summary>
internal static partial class GrafanaWrites
{
    /// <param name="target">As it came, and <see cref="GrafanaAddress.IsPlain"/>.</param>
    /// <param name="edits">Whether the user is one who may change dashboards.</param>
    public static bool Allows(string method, string target, bool edits)
    {
        if (HttpMethods.IsGet(method) || HttpMethods.IsHead(method)) return true;
        var path = target.Split('?', 2)[0];
        return (HttpMethods.IsPost(method) && Question().IsMatch(path)) || (edits && Edit().IsMatch(path));
    }

    /// <summary>Questions that come by POST, as they are long: of panels and variables to their data source, and which features are on. And how fast a page was.</summary>
    [GeneratedRegex(@"\A/grafana/(?:api/(?:ds/query|frontend-metrics|datasources/(?:uid/)?[A-Za-z0-9_-]+/resources/.+|datasources/proxy/(?:uid/)?[A-Za-z0-9_-]+/.+)|apis/features\.grafana\.app/[a-z0-9]+/namespaces/[A-Za-z0-9_-]+/ofrep/v1/evaluate/flags(?:/[A-Za-z0-9_.-]+)?)\z", RegexOptions.CultureInvariant)]
    private static partial Regex Question();

    /// <summary>Dashboards with their folders, annotations and shared panels, in the older API and the newer one.</summary>
    [GeneratedRegex(@"\A/grafana/(?:api/(?:dashboards/(?:db|calculate-diff|uid/[A-Za-z0-9_-]+(?:/restore)?)|(?:folders|annotations|library-elements)(?:/[A-Za-z0-9_-]+)*)|apis/(?:dashboard|folder)\.grafana\.app/[a-z0-9]+/namespaces/[A-Za-z0-9_-]+/(?:dashboards|librarypanels|folders)(?:/[A-Za-z0-9_-]+)?)\z", RegexOptions.CultureInvariant)]
    private static partial Regex Edit();
}
