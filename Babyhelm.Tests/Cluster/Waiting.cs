using System.Text.Json.Nodes;
using Babyhelm.Core.Kubernetes;

namespace Babyhelm.Tests.Cluster;

/// <summary>Waits for states of objects with a watch; a deadline of the token ends it, saying what was seen last.</summary>
internal static class Waiting
{
    /// <summary>The first state of the object that fits; it need not exist yet.</summary>
    public static async Task<T> UntilAsync<T>(
        KubernetesClient client, ResourceType type, string? ns, string name, Func<T, bool> fits, CancellationToken cancellation) where T : class =>
        await SeenAsync<T>(client, type, new() { Namespace = ns, FieldSelector = $"metadata.name={name}" },
            e => e.Kind is WatchEventKind.Added or WatchEventKind.Modified && fits(e.Object!), $"{type.Plural}/{name}", cancellation);

    /// <summary>The first object of a selection that fits.</summary>
    public static async Task<T> AnyAsync<T>(
        KubernetesClient client, ResourceType type, string? ns, string? labelSelector, Func<T, bool> fits, CancellationToken cancellation) where T : class =>
        await SeenAsync<T>(client, type, new() { Namespace = ns, LabelSelector = labelSelector },
            e => e.Kind is WatchEventKind.Added or WatchEventKind.Modified && fits(e.Object!), $"{type.Plural} {labelSelector}", cancellation);

    /// <summary>Returns when the object is not there (any more).</summary>
    public static async Task GoneAsync(KubernetesClient client, ResourceType type, string? ns, string name, CancellationToken cancellation)
    {
        while (true)
        {
            // The state first: a deletion before the watch began is not told.
            var found = await client.ListAsync<JsonObject>(type, ns, null, $"metadata.name={name}", cancellation);
            if (found.Error is null && found.Value.Items.Count == 0) return;
            if (found.Error is not null)
            {
                await Task.Delay(200, cancellation);
                continue;
            }
            var options = new WatchOptions { Namespace = ns, FieldSelector = $"metadata.name={name}", ResourceVersion = found.Value.ResourceVersion };
            await foreach (var e in client.WatchAsync<JsonObject>(type, options, cancellation))
                if (e.Kind is WatchEventKind.Deleted or WatchEventKind.Error) break;
        }
    }

    private static async Task<T> SeenAsync<T>(
        KubernetesClient client, ResourceType type, WatchOptions options, Func<WatchEvent<T>, bool> fits, string what, CancellationToken cancellation) where T : class
    {
        var last = new Queue<string>();
        try
        {
            while (true)
            {
                await foreach (var e in client.WatchAsync<T>(type, options, cancellation))
                {
                    if (e.Kind == WatchEventKind.Bookmark) continue;
                    if (e.Kind != WatchEventKind.Error && fits(e)) return e.Object!;
                    last.Enqueue($"{e.Kind} {e.Error?.ToString() ?? e.Object!.ToString()}");
                    if (last.Count > 3) last.Dequeue();
                }
                await Task.Delay(100, cancellation);
            }
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"Not in time: {what}. Last seen:\n{string.Join("\n", last)}");
        }
    }
}
