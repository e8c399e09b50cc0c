namespace Babyhelm.Core.Sandbox.Kubelet;

/// <summary>The last lines that one run of a container wrote. Bounded in lines and in the length of each.</summary>
internal sealed class ContainerLog(int capacity, TimeProvider time)
{
    private const int LongestLine = 16 * 1024;

    private readonly Queue<(long Number, DateTimeOffset At, string Text)> _lines = new();
    private readonly Lock _gate = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _next;

    public bool Ended { get; private set; }

    public void Append(string text)
    {
        lock (_gate)
        {
            if (Ended) return;
            _lines.Enqueue((_next++, time.GetUtcNow(), text.Length > LongestLine ? text[..LongestLine] : text));
            if (_lines.Count > capacity) _lines.Dequeue();
            Signal();
        }
    }

    public void End()
    {
        lock (_gate)
        {
            Ended = true;
            Signal();
        }
    }

    /// <summary>Lines from a number on, the number to go on from, and what completes when there is more or an end.</summary>
    public (List<(DateTimeOffset At, string Text)> Lines, long Next, bool Ended, Task More) Read(long from)
    {
        lock (_gate)
            return ([.. _lines.Where(l => l.Number >= from).Select(l => (l.At, l.Text))], _next, Ended, _changed.Task);
    }

    private void Signal()
    {
        var changed = _changed;
        _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        changed.TrySetResult();
    }
}
