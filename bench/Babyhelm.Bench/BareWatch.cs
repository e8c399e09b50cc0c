using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Babyhelm.Bench;

/// <summary>
/// The least that any reader of the same pods has to do: one watch over HTTP whose lines are searched for a piece of text,
/// not even parsed. What the live feed takes longer than this is its own.
/// </summary>
internal sealed class BareWatch : IAsyncDisposable
{
    private readonly HttpClient _http;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _reading;
    private volatile Awaited? _awaited;

    private sealed record Awaited(byte[] Pod, byte[] Text, TaskCompletionSource<long> Seen);

    private BareWatch(HttpClient http, Stream stream)
    {
        _http = http;
        _reading = ReadAsync(stream);
    }

    /// <param name="version">Only changes after this version are sent.</param>
    public static async Task<BareWatch> StartAsync(SandboxAddress address, string selector, string version, CancellationToken cancellation)
    {
        var handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                CertificateChainPolicy = new X509ChainPolicy
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust,
                    CustomTrustStore = { X509Certificate2.CreateFromPem(address.Authority) },
                    RevocationMode = X509RevocationMode.NoCheck,
                },
            },
        };
        var http = new HttpClient(handler) { BaseAddress = new Uri(address.Server), Timeout = Timeout.InfiniteTimeSpan };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", address.Token);
        var path = $"/api/v1/pods?watch=true&labelSelector={Uri.EscapeDataString(selector)}&resourceVersion={version}&timeoutSeconds=3600";
        var answer = await http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, cancellation);
        answer.EnsureSuccessStatusCode();
        return new BareWatch(http, await answer.Content.ReadAsStreamAsync(cancellation));
    }

    /// <summary>The moment (<see cref="Stopwatch.GetTimestamp"/>) at which a line with both texts has come. One at a time.</summary>
    public Task<long> ExpectAsync(string pod, string text)
    {
        var awaited = new Awaited(Encoding.UTF8.GetBytes($"\"name\":\"{pod}\""), Encoding.UTF8.GetBytes(text), new(TaskCreationOptions.RunContinuationsAsynchronously));
        _awaited = awaited;
        return awaited.Seen.Task;
    }

    private async Task ReadAsync(Stream stream)
    {
        var buffer = new byte[256 * 1024];
        var length = 0;
        try
        {
            while (await stream.ReadAsync(buffer.AsMemory(length), _stop.Token) is > 0 and var read)
            {
                length += read;
                var start = 0;
                for (int end; (end = buffer.AsSpan(start, length - start).IndexOf((byte)'\n')) >= 0; start += end + 1) Look(buffer.AsSpan(start, end));
                buffer.AsSpan(start, length - start).CopyTo(buffer);
                length -= start;
                if (length == buffer.Length) Array.Resize(ref buffer, buffer.Length * 2);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The end that was asked for.
        }
    }

    private void Look(ReadOnlySpan<byte> line)
    {
        if (_awaited is not { } awaited || line.IndexOf(awaited.Pod) < 0 || line.IndexOf(awaited.Text) < 0) return;
        awaited.Seen.TrySetResult(Stopwatch.GetTimestamp());
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _reading;
        _http.Dispose();
        _stop.Dispose();
    }
}
