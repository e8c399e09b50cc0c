using System.Collections.Concurrent;
using Babyhelm.Core.Sandbox.Controllers;
using Babyhelm.Core.Sandbox.Storage;
using Microsoft.Extensions.Logging;

namespace Babyhelm.Core.Sandbox.Kubelet;

/// <summary>What all pods of the node share.</summary>
internal sealed record KubeletContext(
    Registry Registry, Deletion Deletion, EventRecorder Events, PodNetwork Network, SandboxOptions Options, TimeProvider Time, ILogger Logger)
{
    /// <summary>Images that were pulled before, and how often; bounded by <see cref="MaxImages"/>.</summary>
    public ConcurrentDictionary<string, int> Images { get; } = new(StringComparer.Ordinal);

    private const int MaxImages = 10_000;

    public Task Delay(TimeSpan delay, CancellationToken ct) => delay <= TimeSpan.Zero ? Task.CompletedTask : Task.Delay(delay, Time, ct);

    public Task Seconds(double seconds, CancellationToken ct) => Delay(Options.Second * seconds, ct);

    public int KeepImage(string image)
    {
        if (Images.Count >= MaxImages) Images.Clear();
        return Images.AddOrUpdate(image, 1, (_, pulls) => pulls + 1);
    }
}
