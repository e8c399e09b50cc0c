namespace Babyhelm.Core.Rollouts;

/// <summary>One application in the feed: its newest view and who reads it.</summary>
internal sealed class FeedTopic(AppKey key)
{
    private readonly HashSet<RolloutSubscription> _readers = [];
    private RolloutView? _view;

    public AppKey Key => key;

    /// <summary>Guards the view and the readers: an evaluation and what it publishes are one step.</summary>
    public Lock Gate { get; } = new();

    /// <summary>Subscriptions taken out or being taken out. Guarded by the feed.</summary>
    public int References { get; set; }

    /// <summary>Watched for its outcome, readers or not. Guarded by the feed.</summary>
    public bool Tracked { get; set; }

    /// <summary>Not evaluated again before this moment.</summary>
    public DateTimeOffset NotBefore { get; private set; }

    /// <summary>The one entry of the schedule that counts. Guarded by the schedule.</summary>
    public DateTimeOffset? Scheduled { get; set; }

    /// <summary>Takes over a view; call inside <see cref="Gate"/>.</summary>
    public void Publish(RolloutView view, DateTimeOffset notBefore)
    {
        NotBefore = notBefore;
        if (view.Equals(_view)) return;
        _view = view;
        foreach (var reader in _readers) reader.Push(view);
    }

    /// <summary>Adds a reader at the newest view; call inside <see cref="Gate"/>.</summary>
    public RolloutSubscription Add(Action<RolloutSubscription> onDispose)
    {
        var subscription = new RolloutSubscription(_view!, onDispose);
        _readers.Add(subscription);
        return subscription;
    }

    public bool HasView => _view is not null;

    public void Remove(RolloutSubscription subscription)
    {
        lock (Gate) _readers.Remove(subscription);
    }
}
