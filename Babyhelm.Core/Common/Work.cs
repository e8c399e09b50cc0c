namespace Babyhelm.Core.Common;

/// <summary>Something to do in the background, named by what it is about. Doing it twice must be safe.</summary>
/// <param name="Kind">Which <see cref="IWorkHandler"/> does it.</param>
/// <param name="Id">The thing it is about. One (kind, id) runs once at a time in the whole installation.</param>
public readonly record struct WorkItem(string Kind, Guid Id);

/// <summary>Hands work to the background. Commands call it after their commit; a sweep takes up what was never handed over.</summary>
public interface IWorkQueue
{
    Task EnqueueAsync(WorkItem item, CancellationToken cancellation);
}

/// <summary>Does one kind of work, level-triggered: it looks at what is there and brings it to what should be.</summary>
public interface IWorkHandler
{
    string Kind { get; }

    /// <summary>Answers null when done, or the time after which to try again.</summary>
    Task<TimeSpan?> RunAsync(Guid id, CancellationToken cancellation);
}

/// <summary>Lists the work that the stored state asks for, whether or not it was ever enqueued.</summary>
public interface IWorkSource
{
    Task<IReadOnlyList<WorkItem>> DueAsync(CancellationToken cancellation);
}
