namespace Babyhelm.Core.Kubernetes;

/// <summary>What informers of different types have in common.</summary>
public interface IInformer
{
    ResourceType Type { get; }

    InformerStatus Status { get; }

    /// <summary>Runs until cancelled, and then ends without an exception. Once per informer.</summary>
    Task RunAsync(CancellationToken cancellation);

    /// <summary>Ends when the whole state has been read once, or it is known that an optional type is not served.</summary>
    Task WaitForSyncAsync(CancellationToken cancellation);
}
