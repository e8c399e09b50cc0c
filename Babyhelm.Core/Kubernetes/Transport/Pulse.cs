namespace Babyhelm.Core.Kubernetes.Transport;

/// <summary>Knows when a cluster that did not answer answers again, and tells those who wait for it.</summary>
internal sealed class Pulse
{
    private TaskCompletionSource _back = New();
    private int _away;

    /// <summary>Ends with the first answer after a failure. Take it before an attempt, so that none is missed.</summary>
    internal Task Back => Volatile.Read(ref _back).Task;

    /// <summary>A connection failed, broke or stayed silent.</summary>
    internal void Lost() => Volatile.Write(ref _away, 1);

    /// <summary>The cluster said something; cheap while it was not away.</summary>
    internal void Alive()
    {
        if (Volatile.Read(ref _away) == 0 || Interlocked.Exchange(ref _away, 0) == 0) return;
        Interlocked.Exchange(ref _back, New()).TrySetResult();
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
