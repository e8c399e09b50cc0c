using Babyhelm.Core.Common;
using Babyhelm.Core.Monitoring.Prometheus;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Babyhelm.Core.Monitoring.Panels;

/// <summary>
/// Live panels. A panel is asked for once, and again with each step of its range, however many look at it; nobody looks, nothing
/// is asked. The caller decides who may look.
/// </summary>
public sealed partial class PanelFeed(PrometheusClient prometheus, IOptions<PrometheusOptions> options, TimeProvider time, ILogger<PanelFeed> logger)
{
    // Of all panels of this process; others wait.
    private const int MaxQueries = 6;

    // What is read last may still be on its way into Prometheus when its time has come.
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(15);

    private readonly Lock _gate = new();
    private readonly Dictionary<PanelKey, PanelTopic> _topics = [];
    private readonly SemaphoreSlim _queries = new(MaxQueries);

    internal int Topics
    {
        get { lock (_gate) return _topics.Count; }
    }

    /// <summary>Starts looking at a panel of <see cref="PanelCatalog"/>.</summary>
    public PanelSubscription Subscribe(PanelKey key)
    {
        lock (_gate)
        {
            if (_topics.TryGetValue(key, out var topic)) return topic.Add(reader => Leave(key, topic, reader));
            _topics[key] = topic = new PanelTopic(PanelSnapshot.Waiting(key, time.GetUtcNow()));
            var first = topic.Add(reader => Leave(key, topic, reader));
            _ = Task.Run(() => RunAsync(topic), CancellationToken.None); // not on the context of who came first
            return first;
        }
    }

    /// <summary>The small charts of a list of a project's applications.</summary>
    public PanelSubscription SubscribeOverview(string ns) => Subscribe(new PanelKey(ns, null, PanelCatalog.Overview, PanelRange.Spark));

    /// <summary>The panel as it is now; shared with those who look at it.</summary>
    public async Task<PanelSnapshot> ReadAsync(PanelKey key, CancellationToken cancellation)
    {
        using var look = Subscribe(key);
        if (look.Snapshot.State != PanelState.Loading) return look.Snapshot;
        await foreach (var snapshot in look.ChangesAsync(cancellation)) return snapshot;
        throw new OperationCanceledException("The panel has ended.", cancellation);
    }

    private void Leave(PanelKey key, PanelTopic topic, PanelSubscription reader)
    {
        lock (_gate)
        {
            if (!topic.Remove(reader)) return;
            _topics.Remove(key);
        }
        topic.End();
    }

    private async Task RunAsync(PanelTopic topic)
    {
        try
        {
            while (await NextAsync(topic) is { } pause) await Task.Delay(pause, time, topic.Ended);
        }
        catch (OperationCanceledException) when (topic.Ended.IsCancellationRequested)
        {
            // Nobody looks any more.
        }
    }

    /// <summary>Asks, and answers how long until the next time; null where nothing will change any more.</summary>
    private async Task<TimeSpan?> NextAsync(PanelTopic topic)
    {
        try
        {
            return await AskAsync(topic) is { State: not PanelState.NotSetUp } snapshot ? Pause(snapshot) : null; // that is settled at start
        }
        catch (Exception e) when (!topic.Ended.IsCancellationRequested)
        {
            // Its readers must not wait for what never comes.
            LogFailure(e, topic.Snapshot.Key.Panel.Code);
            topic.Publish(PanelQuery.Without(topic.Snapshot, new Unavailable("The panel failed. It is tried again.", "metrics-failed"), time.GetUtcNow()));
            return Retry;
        }
    }

    private async Task<PanelSnapshot> AskAsync(PanelTopic topic)
    {
        await _queries.WaitAsync(topic.Ended);
        try
        {
            var snapshot = await PanelQuery.AskAsync(prometheus, topic.Snapshot, TimeSpan.FromSeconds(options.Value.ScrapeSeconds), time, topic.Ended);
            topic.Publish(snapshot);
            return snapshot;
        }
        finally
        {
            _queries.Release();
        }
    }

    /// <summary>Until the next point is there; sooner where there was no answer, or nothing in it.</summary>
    private TimeSpan Pause(PanelSnapshot snapshot)
    {
        var (now, range) = (time.GetUtcNow(), snapshot.Key.Range);
        var next = range.Until(now) + range.Step - now + Late;
        var sooner = snapshot.State switch
        {
            PanelState.Ready or PanelState.Partial => next,
            PanelState.NoSamples or PanelState.NoRequests => range.Step / 60, // a long range is dear, also with nothing in it
            _ => Retry,
        };
        return next < sooner || next < Retry ? next : sooner > Retry ? sooner : Retry;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The panel {Panel} failed")]
    private partial void LogFailure(Exception exception, string panel);
}
