using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Configuration;
using Babyhelm.Tests.Grafana;
using Babyhelm.Tests.Monitoring;

namespace Babyhelm.Tests.Integration;

/// <summary>One web process with a fast sandbox of its own, shared by the tests of a collection.</summary>
public class SharedBabyhelm : IAsyncLifetime
{
    public static readonly Dictionary<string, string> FastSandbox = new()
    {
        ["Sandbox__PullDelay"] = "00:00:00.600",
        ["Sandbox__StartDelay"] = "00:00:00.050",
        ["Sandbox__SandboxDelay"] = "00:00:00.050",
        ["Sandbox__CrashDelay"] = "00:00:00.100",
        ["Sandbox__BackOff"] = "00:00:00.500",
        ["Sandbox__Second"] = "00:00:00.250",
    };

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("babyhelm-shared-");
    private RunningBabyhelm? _app;
    private KubernetesClient? _cluster;

    public RunningBabyhelm App => _app!;

    /// <summary>Kubernetes itself, past Babyhelm.</summary>
    public KubernetesClient Cluster => _cluster!;

    /// <summary>What the first two users, registered at the same moment, are told of themselves.</summary>
    public IReadOnlyList<Answer> FirstTwo { get; private set; } = [];

    /// <summary>The platform admin.</summary>
    public ApiUser Admin { get; private set; } = null!;

    /// <summary>Settings that the tests of one collection need and others don't.</summary>
    protected virtual IReadOnlyDictionary<string, string> Own => new Dictionary<string, string>();

    public string KubeConfigPath => Path.Combine(_folder.FullName, "kubeconfig");

    /// <summary>Says who people are, for sign-in through a provider.</summary>
    public TestProvider Provider { get; private set; } = null!;

    public virtual async Task InitializeAsync()
    {
        Provider = await TestProvider.StartAsync();
        _app = await RunningBabyhelm.StartAsync(settings: new Dictionary<string, string>([.. FastSandbox, .. Provider.Settings, .. Own])
        {
            ["Sandbox__KubeConfigPath"] = KubeConfigPath,
            ["Prometheus__Url"] = (await TestPrometheus.All).Url.ToString(),
        });
        var users = await Task.WhenAll(ApiUser.RegisterAsync(_app), ApiUser.RegisterAsync(_app));
        FirstTwo = await Task.WhenAll(users.Select(u => u.GetAsync("me")));
        Admin = users[FirstTwo[0]["role"]!.GetValue<string>() == "admin" ? 0 : 1];
        users.Single(u => u != Admin).Dispose();
        _cluster = new KubernetesClient(ClusterConfig.Load(new KubernetesOptions { KubeConfig = KubeConfigPath }).Value);
    }

    public virtual async Task DisposeAsync()
    {
        Admin?.Dispose();
        _cluster?.Dispose();
        if (_app is not null) await _app.DisposeAsync();
        if (Provider is not null) await Provider.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}

/// <summary>Tests of applications and projects, one after the other on one web process.</summary>
[CollectionDefinition(Name)]
public sealed class BabyhelmCollection : ICollectionFixture<SharedBabyhelm>
{
    public const string Name = "one web process";
}

/// <summary>The same for accounts, whose tests change settings of the platform.</summary>
[CollectionDefinition(Name)]
public sealed class AccountCollection : ICollectionFixture<SharedBabyhelm>
{
    public const string Name = "one web process for accounts";
}

/// <summary>The same, and open pages and terminals notice each second whether their user may still be there. It has a Grafana.</summary>
public sealed class WatchfulBabyhelm : SharedBabyhelm
{
    private GrafanaVisit? _grafanaVisit;

    public TestGrafana Grafana { get; private set; } = null!;

    protected override IReadOnlyDictionary<string, string> Own =>
        new Dictionary<string, string>(Grafana.Settings) { ["Grafana__AdminRole"] = "Editor", ["Circuits__CheckSeconds"] = "1" };

    /// <summary>A user who is nobody's in particular: all tests that take nothing from their user are this one.</summary>
    internal async Task<GrafanaVisit> VisitGrafanaAsync()
    {
        if (_grafanaVisit is not null) return _grafanaVisit;
        using var user = await ApiUser.RegisterAsync(App);
        return _grafanaVisit = await GrafanaVisit.SignInAsync(App, user.Email);
    }

    public override async Task InitializeAsync()
    {
        Grafana = await TestGrafana.StartAsync();
        await base.InitializeAsync();
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        if (Grafana is not null) await Grafana.DisposeAsync();
    }
}

/// <summary>The same for pages of applications and projects, in a browser, and for what ends when a right does.</summary>
[CollectionDefinition(Name)]
public sealed class PageCollection : ICollectionFixture<WatchfulBabyhelm>
{
    public const string Name = "one web process for pages";
}

/// <summary>The same for what is open for long: logs and terminals; and for tests of every route.</summary>
[CollectionDefinition(Name)]
public sealed class StreamCollection : ICollectionFixture<SharedBabyhelm>, ICollectionFixture<AccessCast>
{
    public const string Name = "one web process for streams";
}
