using System.Buffers;
using Babyhelm.Core.Common;

namespace Babyhelm.Core.Monitoring.Prometheus;

/// <summary>A good answer that is still being read. It holds a connection, and whatever else it was given, until it is disposed.</summary>
public sealed class PrometheusAnswer : IDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly CancellationTokenSource _limit;
    private readonly long _maxBytes;
    private IDisposable? _held;

    internal PrometheusAnswer(HttpResponseMessage response, CancellationTokenSource limit, long maxBytes) => (_response, _limit, _maxBytes) = (response, limit, maxBytes);

    /// <summary>Also disposed when the answer is.</summary>
    internal PrometheusAnswer Holding(IDisposable held)
    {
        _held = held;
        return this;
    }

    /// <summary>
    /// Copies the JSON. <see cref="Unavailable"/> where it breaks off, is too slow or longer than is taken: what was copied until
    /// then is not whole.
    /// </summary>
    public async Task<Result<Done>> CopyToAsync(Stream target, CancellationToken cancellation)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _limit.Token);
        var buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
        try
        {
            await using var source = await _response.Content.ReadAsStreamAsync(either.Token);
            for (var total = 0L; ;)
            {
                int read;
                try
                {
                    read = await source.ReadAsync(buffer, either.Token);
                }
                catch (Exception e) when (PrometheusClient.Problem(e, cancellation) is { } problem)
                {
                    return problem;
                }
                if (read == 0) return Done.Result;
                total += read;
                if (total > _maxBytes) return new Unavailable($"The answer is longer than {_maxBytes / 1024 / 1024} MiB. Ask for less.", "metrics-too-long");
                await target.WriteAsync(buffer.AsMemory(0, read), either.Token);
            }
        }
        catch (OperationCanceledException e) when (PrometheusClient.Problem(e, cancellation) is { } problem)
        {
            return problem;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public void Dispose()
    {
        _response.Dispose();
        _limit.Dispose();
        _held?.Dispose();
    }
}
