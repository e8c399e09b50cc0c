using System.Text.Json.Nodes;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Rollouts;
using Microsoft.Extensions.Logging.Abstractions;

namespace Babyhelm.Tests.Cluster;

/// <summary>What follows rollouts in a web process — cache, reducer, diagnosis, feed, crash logs — over the cluster under test.</summary>
internal sealed class RolloutHarness : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly CrashLogs _crashes;
    private readonly Task _running;

    public RolloutHarness(KubernetesClient client)
    {
        Cache = new(TimeProvider.System, NullLogger<ClusterCache>.Instance);
        Feed = new(Cache, Board, TimeProvider.System);
        _crashes = new(Cache, Board, client, TimeProvider.System);
        _running = Task.WhenAll(Cache.RunAsync(client, _stop.Token), Feed.RunAsync(_stop.Token), _crashes.RunAsync(_stop.Token));
    }

    public ClusterCache Cache { get; }
    public ReleaseBoard Board { get; } = new();
    public RolloutFeed Feed { get; }

    /// <summary>Puts a release on the board as one that was just applied.</summary>
    public ReleaseInfo Begin(string ns, string app, int release, int replicas = 1, bool cron = false)
    {
        var now = DateTimeOffset.UtcNow;
        var info = new ReleaseInfo(AppId(ns, app), Guid.NewGuid(), ns, app, release, ReleaseState.RollingOut, replicas, now) { StartedAt = now, AppliedAt = now, Cron = cron };
        Assert.True(Board.Set(info));
        return info;
    }

    /// <summary>What the tracker of a web process does once the feed says that a rollout is over; answers what it would store.</summary>
    public async Task<RolloutState> EndAsync(ReleaseInfo release, RolloutState seen, CancellationToken cancellation)
    {
        await _crashes.CollectAsync(release.Key, cancellation);
        var end = RolloutReducer.Reduce(Board.Get(release.Key)!, Cache.Get(release.Key), DateTimeOffset.UtcNow);
        if (end.State != seen.State) end = seen;
        Board.Set(release with { State = end.State, FinishedAt = end.FinishedAt, Diagnosis = end.State == ReleaseState.Failed ? end.Diagnosis : null });
        return end;
    }

    /// <summary>Every state that a reader sees, up to the first that fits.</summary>
    public async Task<List<RolloutState>> UntilAsync(string ns, string app, Func<RolloutState, bool> fits, CancellationToken cancellation)
    {
        var states = new List<RolloutState>();
        using var subscription = Feed.Subscribe(ns, app);
        try
        {
            if (subscription.Snapshot.Rollout is { } first)
            {
                states.Add(first);
                if (fits(first)) return states;
            }
            await foreach (var view in subscription.ChangesAsync(cancellation))
            {
                if (view.Rollout is not { } next) continue;
                if (!next.Equals(states.LastOrDefault())) states.Add(next);
                if (fits(next)) return states;
            }
        }
        catch (OperationCanceledException)
        {
            // Told below.
        }
        throw new TimeoutException($"{app}: not in time; last seen: {Told(states.LastOrDefault())}\n{string.Join('\n', subscription.Snapshot.Events.TakeLast(5))}");
    }

    public static string Told(RolloutState? state) => state is null ? "nothing"
        : $"{state.State} {state.Step} {state.Diagnosis?.Code} {string.Join(" | ", state.Diagnosis?.Evidence ?? [])}";

    public static (string Key, string Value)[] Managed => [(Labels.ManagedBy, Labels.ManagedByValue)];

    /// <summary>A deployment as Babyhelm labels it. Its pods are ready once they answer, and believed after 3 s.</summary>
    public static JsonObject Deployment(string ns, string app, int release, string image, int replicas = 1, string memory = "32Mi", string spec = "", string pod = "", string container = "")
    {
        var tags = $$$"""{"app":"{{{app}}}","{{{Labels.ManagedBy}}}":"{{{Labels.ManagedByValue}}}","{{{Labels.App}}}":"{{{app}}}","{{{Labels.Release}}}":"{{{release}}}"}""";
        return Objects.Parse($$$"""
            {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"{{{app}}}","namespace":"{{{ns}}}","labels":{{{tags}}}},
             "spec":{{{{spec}}} "replicas":{{{replicas}}},"selector":{"matchLabels":{"app":"{{{app}}}"}},
                     "template":{"metadata":{"labels":{{{tags}}}},"spec":{{{{pod}}} "terminationGracePeriodSeconds":1,
                       "containers":[{{{{container}}} "name":"{{{app}}}","image":"{{{image}}}","ports":[{"containerPort":8080}],
                         "resources":{"requests":{"cpu":"10m","memory":"16Mi"},"limits":{"cpu":"1","memory":"{{{memory}}}"} } }] } } } }
            """);
    }

    public const string Checked = """ "readinessProbe":{"httpGet":{"path":"/","port":8080},"periodSeconds":1}, """;

    private static Guid AppId(string ns, string app) => new(System.Security.Cryptography.MD5.HashData(System.Text.Encoding.UTF8.GetBytes($"{ns}/{app}")));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        Feed.Dispose();
        _stop.Dispose();
    }
}
