using System.Net;
using Babyhelm.Core.Accounts;
using Babyhelm.Core.Applications;
using Babyhelm.Core.Common;
using Babyhelm.Core.Common.Outbound;
using Babyhelm.Core.Data;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Configuration;
using Babyhelm.Core.Manifests;
using Babyhelm.Core.Monitoring;
using Babyhelm.Core.Monitoring.Alerts.Evaluation;
using Babyhelm.Core.Monitoring.Alerts.Notification;
using Babyhelm.Core.Projects;
using Babyhelm.Core.Rollouts;
using Babyhelm.Tests.Common;
using Babyhelm.Tests.Integration;
using Babyhelm.Tests.Rollouts;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Babyhelm.Tests.Monitoring.Alerts;

/// <summary>A project <c>shop</c> with a live application <c>web</c>, and all that evaluates its rules, with a clock that the test turns.</summary>
internal sealed class AlertStage : IAsyncDisposable
{
    private readonly MigratedDatabase _database;
    private readonly List<ServiceProvider> _processes = [];

    private AlertStage(MigratedDatabase database, AlertServer server) => (_database, Server) = (database, server);

    public TurnedClock Clock { get; } = new(Make.T0);

    public AlertServer Server { get; }

    public ClusterCache Cache { get; private set; } = null!;

    public Project Project { get; private set; } = null!;

    public Application App { get; private set; } = null!;

    public Release Release { get; private set; } = null!;

    public Caller Owner { get; private set; } = null!;

    /// <summary>The first process.</summary>
    public IServiceProvider Services => _processes[0];

    /// <param name="settings">Configuration beside that of the server.</param>
    public static async Task<AlertStage> SetAsync(MigratedDatabase database, IReadOnlyDictionary<string, string?>? settings = null, bool prometheus = true)
    {
        var stage = new AlertStage(database, await AlertServer.StartAsync());
        stage.Cache = new ClusterCache(stage.Clock, NullLogger<ClusterCache>.Instance);
        stage.Cache.SetStatus(CacheStatus.Fresh);
        stage.Start(settings, prometheus);
        await stage.FillAsync();
        stage.Well();
        return stage;
    }

    /// <summary>One more process on the same database and cluster.</summary>
    public IServiceProvider Start(IReadOnlyDictionary<string, string?>? settings = null, bool prometheus = true)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([
            new("ConnectionStrings:Babyhelm", _database.Connection), new("Prometheus:Url", prometheus ? Server.Url.ToString() : null), new("Alerts:TelegramUrl", new Uri(Server.Url, "telegram").ToString()),
        ]).AddInMemoryCollection(settings ?? new Dictionary<string, string?>()).Build();
        var services = new ServiceCollection().AddLogging().AddSingleton<TimeProvider>(Clock).AddSingleton<IConfiguration>(configuration).AddSingleton<IWorkQueue, NoWork>();
        services.AddAuthentication();
        services.AddData(configuration).AddAccounts().AddMonitoring().AddSingleton(Cache).AddSingleton(new KubernetesClient(ClusterConfig.For(Server.Url)));
        services.AddSingleton(new GuardedHttp(_ => Task.FromResult<IReadOnlyList<IPNetwork>>([IPNetwork.Parse("127.0.0.0/8")])));
        _processes.Add(services.BuildServiceProvider());
        return _processes[^1];
    }

    public T Get<T>() where T : notnull => Services.GetRequiredService<T>();

    /// <summary>The cluster as it should be.</summary>
    public void Well()
    {
        Cache.Apply(Make.Deployment(available: 1));
        Cache.Apply(Make.ReadyPod());
    }

    /// <summary>One look at all rules, and all deliveries that are due.</summary>
    public async Task LookAsync(IServiceProvider? process = null)
    {
        process ??= Services;
        await process.GetRequiredService<EvaluateAlerts>().EvaluateAsync(default);
        var deliver = process.GetRequiredService<DeliverAlerts>();
        foreach (var item in await deliver.DueAsync(default)) await deliver.RunAsync(item.Id, default);
    }

    /// <summary>Turns the clock with a look each 30 s or, over longer times, each minute.</summary>
    public async Task PassAsync(TimeSpan time)
    {
        var step = TimeSpan.FromSeconds(time > TimeSpan.FromMinutes(3) ? 60 : 30);
        for (var passed = TimeSpan.Zero; passed < time; passed += step)
        {
            Clock.Turn(step);
            await LookAsync();
        }
    }

    public async Task<IReadOnlyList<AlertInstance>> AlertsAsync(string? rule = null)
    {
        await using var db = await _database.Contexts.CreateDbContextAsync();
        return await db.Set<AlertInstance>().AsNoTracking().Where(a => rule == null || a.Rule == rule).OrderBy(a => a.Since).ThenBy(a => a.Id).ToListAsync();
    }

    /// <summary>States of the rule's alerts, the oldest first, as one text.</summary>
    public async Task<string> StatesAsync(string rule) => string.Join(' ', (await AlertsAsync(rule)).Select(a => a.State));

    public async Task ChangeAsync(Func<BabyhelmDbContext, Task> change)
    {
        await using var db = await _database.Contexts.CreateDbContextAsync();
        await change(db);
    }

    private async Task FillAsync()
    {
        await using var db = await _database.Contexts.CreateDbContextAsync();
        await db.Set<Project>().ExecuteDeleteAsync(); // of the test before
        await db.Set<EvaluationState>().ExecuteUpdateAsync(set => set.SetProperty(e => e.EvaluatedAt, (DateTimeOffset?)null).SetProperty(e => e.PrometheusProblem, (string?)null));
        var email = $"{Guid.NewGuid():N}@example.com";
        var user = new AppUser { Id = Guid.NewGuid(), UserName = email, Email = email, NormalizedEmail = email.ToUpperInvariant(), NormalizedUserName = email.ToUpperInvariant() };
        Project = new Project { Name = "shop", Namespace = Make.Ns, State = ProjectState.Ready, CreatedAt = Make.T0 };
        Project.Members.Add(new ProjectMember { ProjectId = Project.Id, UserId = user.Id, Role = ProjectRole.Owner });
        App = new Application { ProjectId = Project.Id, Name = Make.App, HostLabel = "web-shop", Spec = new AppSpec { Name = Make.App, Image = "demo/hello:1" }, LatestRelease = 1, CreatedAt = Make.T0, UpdatedAt = Make.T0 };
        Release = NewRelease(1, ReleaseState.Live);
        db.AddRange(user, Project, App, Release);
        await db.SaveChangesAsync();
        Owner = Caller.Of(user, null);
    }

    public Release NewRelease(int number, ReleaseState state, DateTimeOffset? finished = null, int? rollbackOf = null) => new()
    {
        ApplicationId = App.Id,
        Number = number,
        State = state,
        Spec = App.Spec,
        Manifests = "{}",
        TemplateVersion = "1",
        CreatedBy = "Babyhelm",
        CreatedAt = Make.T0,
        FinishedAt = finished,
        RollbackOf = rollbackOf,
    };

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes) await process.DisposeAsync();
        await Server.DisposeAsync();
    }
}
