using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Babyhelm.Core.Common;
using Babyhelm.Core.Grafana;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Monitoring.Panels;
using Babyhelm.Core.Monitoring.Scoped;
using Babyhelm.Tests.Integration;
using Babyhelm.Web.Components;

namespace Babyhelm.Tests.Grafana;

/// <summary>The files for Grafana: what they ask is what the scoped endpoint takes, and what pages refer to is there.</summary>
public sealed partial class DashboardTests
{
    private static readonly string Folder = Path.Combine(RepositoryRoot.Path, "deploy", "grafana");
    private static readonly NamespaceScope Scope = new(["bh-shop"]);

    public static TheoryData<string> Names => [.. DashboardFile.All.Keys];

    /// <summary>With <c>BABYHELM_WRITE_DOCS=1</c> it writes the files instead.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void A_dashboard_has_the_panels_of_the_catalogue(string name)
    {
        var file = Path.Combine(Folder, "dashboards", name);
        if (Environment.GetEnvironmentVariable("BABYHELM_WRITE_DOCS") == "1") File.WriteAllText(file, DashboardFile.All[name]);
        Assert.Equal(DashboardFile.All[name], File.ReadAllText(file));
        Assert.Equal(DashboardFile.All.Keys.Order(), Directory.GetFiles(Path.Combine(Folder, "dashboards")).Select(f => Path.GetFileName(f)).Order());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_query_of_a_dashboard_is_one_that_Babyhelm_takes(string name)
    {
        var dashboard = Read(name);
        var panels = dashboard["panels"]!.AsArray();
        var ids = panels.Select(p => p!["id"]!.GetValue<int>()).ToList();
        Assert.Equal(ids.Distinct(), ids);
        Assert.All(panels, p => Assert.Equal("babyhelm", p!["datasource"]!["uid"]!.GetValue<string>()));
        var queries = panels.SelectMany(p => p!["targets"]!.AsArray()).Select(t => t!["expr"]!.GetValue<string>()).ToList();
        Assert.True(queries.Count >= 8, $"{queries.Count} queries");
        foreach (var query in queries)
        {
            var limited = QueryScope.Limit(Filled(query), Scope);
            Assert.True(limited.Ok(out var text, out var error), $"{query}: {error?.Message}");
            Assert.Contains("""namespace=~"bh-shop" """.Trim(), text, StringComparison.Ordinal);
        }
        foreach (var variable in dashboard["templating"]!["list"]!.AsArray())
        {
            var match = LabelValues().Match(variable!["query"]!["query"]!.GetValue<string>());
            Assert.True(match.Success, $"{variable}");
            Assert.Null(QueryScope.LimitSelector(Filled(match.Groups[1].Value), Scope).Error);
        }
    }

    [Fact]
    public void What_pages_refer_to_is_in_the_dashboards()
    {
        foreach (var (name, uid, panels) in new[] { ("namespace.json", GrafanaDashboards.Namespace, PanelCatalog.Project), ("application.json", GrafanaDashboards.Application, PanelCatalog.Application) })
        {
            var dashboard = Read(name);
            Assert.Equal(uid, dashboard["uid"]!.GetValue<string>());
            var titles = dashboard["panels"]!.AsArray().ToDictionary(p => p!["id"]!.GetValue<int>(), p => p!["title"]!.GetValue<string>());
            Assert.All(panels, p => Assert.StartsWith(p.Title, titles[GrafanaDashboards.PanelId(p.Code)], StringComparison.Ordinal));
        }
        Assert.Equal("/grafana/d-solo/babyhelm-application/babyhelm?orgId=1&panelId=2&from=now-6h&to=now&refresh=30s&var-namespace=bh-shop&var-application=a%26b",
            Urls.GrafanaPanel(GrafanaDashboards.Application, 2, "6h", ("namespace", "bh-shop"), ("application", "a&b")));
    }

    [Fact]
    public void The_files_name_no_address_outside_and_what_the_code_has()
    {
        var texts = Directory.GetFiles(Folder, "*", SearchOption.AllDirectories).ToDictionary(f => Path.GetRelativePath(Folder, f), File.ReadAllText);
        Assert.Equal(["dashboards/application.json", "dashboards/namespace.json", "dashboards/platform.json", "grafana.ini", "provisioning/dashboards/babyhelm.yaml", "provisioning/datasources/babyhelm.yaml"], texts.Keys.Order(StringComparer.Ordinal));
        foreach (var (name, text) in texts)
            Assert.All(Address().Matches(text), m => Assert.True(m.Value.StartsWith("https://babyhelm.example.com/", StringComparison.Ordinal), $"{name}: {m.Value}"));

        var source = Assert.Single(Yaml.Parse(texts["provisioning/datasources/babyhelm.yaml"]).Value)!["datasources"]![0]!;
        Assert.Equal(("babyhelm", "prometheus", "proxy", DataSourceHeaders.Token, "$BABYHELM_DATASOURCE_TOKEN"),
            (Text(source["uid"]), Text(source["type"]), Text(source["access"]), Text(source["jsonData"]!["httpHeaderName1"]), Text(source["secureJsonData"]!["httpHeaderValue1"])));
        Assert.Equal("$BABYHELM_URL/api/v1/prometheus", Text(source["url"]));
        Assert.Single(Yaml.Parse(texts["provisioning/dashboards/babyhelm.yaml"]).Value);

        var ini = Ini(texts["grafana.ini"]);
        var defaults = new GrafanaOptions();
        Assert.Equal((defaults.UserHeader, $"Name:{defaults.NameHeader} Email:{defaults.EmailHeader} Role:{defaults.RoleHeader}"), (ini["auth.proxy.header_name"], ini["auth.proxy.headers"]));
        Assert.EndsWith($"{GrafanaProxy.Path}/", ini["server.root_url"], StringComparison.Ordinal);
        foreach (var on in new[] { "auth.proxy.enabled", "server.serve_from_sub_path", "dataproxy.send_user_header", "auth.disable_login_form", "security.disable_initial_admin_creation", "security.allow_embedding", "security.content_security_policy" })
            Assert.Equal((on, "true"), (on, ini[on]));
        foreach (var off in new[] { "auth.anonymous.enabled", "auth.basic.enabled", "users.allow_sign_up", "snapshots.enabled", "public_dashboards.enabled", "metrics.enabled", "unified_alerting.enabled", "auth.proxy.enable_login_token", "plugins.plugin_admin_enabled" })
            Assert.Equal((off, "false"), (off, ini[off]));
        Assert.Equal("0", ini["auth.proxy.sync_ttl"]);
    }

    private static string Text(JsonNode? node) => node!.GetValue<string>();

    /// <summary>A query as Grafana sends it, with its variables filled in.</summary>
    private static string Filled(string query) => query.Replace("$namespace", "bh-shop", StringComparison.Ordinal).Replace("$application", "web", StringComparison.Ordinal).Replace("$__rate_interval", "1m0s", StringComparison.Ordinal);

    private static JsonNode Read(string name) => JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, "dashboards", name)))!;

    private static Dictionary<string, string> Ini(string text)
    {
        var (settings, section) = (new Dictionary<string, string>(), "");
        foreach (var line in text.Split('\n').Select(l => l.Trim()).Where(l => l.Length > 0 && l[0] is not (';' or '#')))
        {
            if (line[0] == '[') section = line.Trim('[', ']');
            else settings.Add($"{section}.{line.Split('=', 2)[0].Trim()}", line.Split('=', 2)[1].Trim());
        }
        return settings;
    }

    [GeneratedRegex(@"^label_values\((.+), \w+\)$")]
    private static partial Regex LabelValues();

    [GeneratedRegex(@"\w+://[^\s""']*")]
    private static partial Regex Address();
}
