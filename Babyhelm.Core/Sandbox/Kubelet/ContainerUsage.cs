namespace Babyhelm.Core.Sandbox.Kubelet;

/// <summary>What a container has used so far.</summary>
/// <param name="Cpu">Seconds of processor time.</param>
/// <param name="Memory">Bytes in its working set now.</param>
internal readonly record struct UsageReading(double Cpu, long Memory, long Received, long Sent, long Written);

/// <summary>
/// What one run of a container uses: a small idle base, and for each request some processor time, memory that is given back
/// within minutes, and the bytes of both directions. Follows from the clock and the requests alone.
/// </summary>
internal sealed class ContainerUsage(TimeProvider time, string image, double? cpuLimit, long? memoryLimit)
{
    private const double IdleCores = 0.001;
    private const double CpuPerRequest = 0.002;
    private const double CpuPerByte = 20e-9;
    private const long MemoryPerRequest = 256 * 1024;
    private const long HeadersReceived = 320;
    private const long HeadersSent = 180;

    /// <summary>Most memory beyond the idle one where there is no limit.</summary>
    private const long MostMemory = 256L << 20;

    /// <summary>Of the memory that requests took, so much of the rest is still held after this time: 1/e.</summary>
    private static readonly TimeSpan MemoryKept = TimeSpan.FromMinutes(2);

    // Between 8 and 24 MiB, the same for an image each time.
    private readonly long _idleMemory = (8L << 20) + (long)(ImageBehavior.Vary(TimeSpan.FromSeconds(1), image).TotalSeconds * (12L << 20));
    private readonly Lock _gate = new();
    private long _last = time.GetTimestamp();
    private double _cpu;
    private double _work;
    private double _memory;
    private long _received;
    private long _sent;
    private long _written = 4096;

    /// <param name="received">Bytes of the request's body.</param>
    /// <param name="sent">Bytes of the answer's body.</param>
    public void Request(long received, long sent, long written)
    {
        lock (_gate)
        {
            Advance();
            _work += CpuPerRequest + CpuPerByte * (received + sent);
            _memory += MemoryPerRequest;
            _received += HeadersReceived + received;
            _sent += HeadersSent + sent;
            _written += written;
        }
    }

    public UsageReading Read()
    {
        lock (_gate)
        {
            Advance();
            return new(_cpu, Memory(), _received, _sent, _written);
        }
    }

    /// <summary>Work that there is no processor for waits: no container uses more than its limit.</summary>
    private void Advance()
    {
        var now = time.GetTimestamp();
        var passed = time.GetElapsedTime(_last, now);
        _last = now;
        var most = passed.TotalSeconds * (cpuLimit ?? Environment.ProcessorCount);
        var done = Math.Min(_work, Math.Max(0, most - IdleCores * passed.TotalSeconds));
        _work -= done;
        _cpu += done + Math.Min(most, IdleCores * passed.TotalSeconds);
        _memory *= Math.Exp(-passed / MemoryKept);
    }

    private long Memory()
    {
        var most = memoryLimit is { } limit ? limit * 9 / 10 : _idleMemory + MostMemory;
        return Math.Min(_idleMemory + (long)_memory, most);
    }
}
