using Babyhelm.Core.Common;

namespace Babyhelm.Tests.Common;

/// <summary>A work queue for tests that look at what commands write, not at what the background does.</summary>
internal sealed class NoWork : IWorkQueue
{
    public Task EnqueueAsync(WorkItem item, CancellationToken cancellation) => Task.CompletedTask;
}
