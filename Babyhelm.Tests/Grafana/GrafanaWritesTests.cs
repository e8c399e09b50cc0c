using Babyhelm.Core.Grafana;

namespace Babyhelm.Tests.Grafana;

/// <summary>Which changes pass to Grafana: for a viewer, and for a platform admin who may edit.</summary>
public sealed class GrafanaWritesTests
{
    private const string Apis = "/apis/dashboard.grafana.app/v1beta1/namespaces/default";

    [Theory]
    [InlineData("GET", "/api/admin/settings", true, true)]
    [InlineData("HEAD", "/d/babyhelm-platform/x", true, true)]
    // what panels ask
    [InlineData("POST", "/api/ds/query?ds_type=prometheus&requestId=Q1", true, true)]
    [InlineData("POST", "/api/datasources/uid/babyhelm/resources/api/v1/labels", true, true)]
    [InlineData("POST", "/api/datasources/1/resources/api/v1/series", true, true)]
    [InlineData("POST", "/api/datasources/proxy/uid/babyhelm/api/v1/query_range", true, true)]
    [InlineData("POST", "/api/datasources/proxy/1/api/v1/query", true, true)]
    [InlineData("POST", "/api/frontend-metrics", true, true)]
    [InlineData("POST", "/apis/features.grafana.app/v0alpha1/namespaces/default/ofrep/v1/evaluate/flags", true, true)]
    [InlineData("PUT", "/api/ds/query", false, false)]
    [InlineData("DELETE", "/api/datasources/uid/babyhelm/resources/x", false, false)]
    [InlineData("POST", "/api/ds/query/", false, false)]
    [InlineData("POST", "/api//ds/query", false, false)]
    [InlineData("POST", "/API/ds/query", false, false)]
    [InlineData("POST", "/api/ds%2Fquery", false, false)]
    [InlineData("POST", "/api/datasources/uid/babyhelm/resources/", false, false)]
    [InlineData("POST", "/x/api/ds/query", false, false)]
    // dashboards
    [InlineData("POST", "/api/dashboards/db", false, true)]
    [InlineData("DELETE", "/api/dashboards/uid/a-B_1", false, true)]
    [InlineData("POST", "/api/folders", false, true)]
    [InlineData("PUT", "/api/folders/x1/permissions", false, true)]
    [InlineData("PATCH", "/api/annotations/7", false, true)]
    [InlineData("POST", "/api/library-elements", false, true)]
    [InlineData("PUT", Apis + "/dashboards/x1?dryRun=All", false, true)]
    [InlineData("POST", Apis + "/librarypanels", false, true)]
    [InlineData("POST", "/apis/folder.grafana.app/v1beta1/namespaces/default/folders", false, true)]
    [InlineData("POST", Apis + "/snapshots", false, false)]
    [InlineData("POST", Apis + "/dashboards/x1/public", false, false)]
    // nobody's
    [InlineData("PUT", "/api/user", false, false)]
    [InlineData("PUT", "/api/user/password", false, false)]
    [InlineData("PUT", "/api/user/preferences", false, false)]
    [InlineData("POST", "/api/user/using/2", false, false)]
    [InlineData("POST", "/api/users/1/using/2", false, false)]
    [InlineData("PUT", "/api/users/1", false, false)]
    [InlineData("POST", "/api/datasources", false, false)]
    [InlineData("PUT", "/api/datasources/1", false, false)]
    [InlineData("PUT", "/api/datasources/uid/babyhelm", false, false)]
    [InlineData("DELETE", "/api/datasources/name/Babyhelm", false, false)]
    [InlineData("POST", "/apis/prometheus.datasource.grafana.app/v0alpha1/namespaces/default/datasources", false, false)]
    [InlineData("POST", "/api/plugins/x/install", false, false)]
    [InlineData("POST", "/api/plugins/x/resources/y", false, false)]
    [InlineData("POST", "/api/serviceaccounts", false, false)]
    [InlineData("POST", "/api/auth/keys", false, false)]
    [InlineData("PATCH", "/api/org/users/1", false, false)]
    [InlineData("POST", "/api/orgs", false, false)]
    [InlineData("POST", "/api/admin/users", false, false)]
    [InlineData("POST", "/api/admin/provisioning/datasources/reload", false, false)]
    [InlineData("POST", "/api/snapshots", false, false)]
    [InlineData("POST", "/api/dashboards/uid/x1/public-dashboards", false, false)]
    [InlineData("POST", "/api/live/publish", false, false)]
    [InlineData("POST", "/login", false, false)]
    public void A_change_passes_only_where_it_is_listed(string method, string path, bool viewer, bool editor) =>
        Assert.Equal((viewer, editor), (GrafanaWrites.Allows(method, $"/grafana{path}", edits: false), GrafanaWrites.Allows(method, $"/grafana{path}", edits: true)));
}
