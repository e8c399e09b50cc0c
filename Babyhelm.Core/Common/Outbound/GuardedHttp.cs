using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;

namespace Babyhelm.Core.Common.Outbound;

/// <summary>What a foreign server answered.</summary>
/// <param name="Body">As UTF-8, whole.</param>
public sealed record GuardedAnswer(HttpStatusCode Status, HttpResponseHeaders Headers, string Body);

/// <summary>The address is one that requests of users may not reach.</summary>
/// <param name="Host">As it was given.</param>
public sealed record AddressRefused(string Host) : Error("address-refused",
    $"{Host} is an address of this host or of a private network, which Babyhelm does not ask for users. A platform admin can open networks in the settings.");

/// <summary>The server gave no answer that could be used: unknown name, no connection, bad certificate, too slow, too long.</summary>
/// <param name="Host">As it was given.</param>
/// <param name="Reason">A sentence without addresses.</param>
public sealed record NoAnswer(string Host, string Reason) : Error("no-answer", $"{Host} could not be asked: {Reason}");

/// <summary>Resolves a host's name; throws <see cref="SocketException"/> where there is none.</summary>
public delegate Task<IPAddress[]> ResolveHost(string host, CancellationToken cancellation);

/// <summary>Networks beside the internet that may be reached, as an administrator has opened them.</summary>
public delegate Task<IReadOnlyList<IPNetwork>> OpenNetworks(CancellationToken cancellation);

/// <summary>
/// The one client for addresses that users give. Each connection, those of redirects too, goes to an address that was
/// looked at after the name was resolved, and the name is not resolved again for it. No proxy, no cookies, no
/// decompression, no connection is kept; a redirect never carries credentials on.
/// </summary>
public sealed class GuardedHttp : IDisposable
{
    /// <summary>Longest body that is read, in bytes.</summary>
    public const int MaxBody = 256 * 1024;

    private const int MaxRedirects = 5;

    /// <summary>Of a whole request with its redirects and body.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(10);

    private readonly ResolveHost _resolve;
    private readonly OpenNetworks _open;
    private readonly TimeSpan _timeout;
    private readonly HttpClient _client;

    public GuardedHttp(OpenNetworks open, ResolveHost? resolve = null, TimeSpan? timeout = null)
    {
        (_open, _resolve, _timeout) = (open, resolve ?? Dns.GetHostAddressesAsync, timeout ?? DefaultTimeout);
        _client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = true, // takes the Authorization header off, and never goes from https to http
            MaxAutomaticRedirections = MaxRedirects,
            ConnectCallback = ConnectAsync,
            MaxResponseHeadersLength = 32,
            MaxResponseDrainSize = 0,
            PooledConnectionLifetime = TimeSpan.Zero, // what an administrator closes is closed at once
            UseCookies = false,
            UseProxy = false,
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>Sends the request and reads the answer, whatever its status. <see cref="AddressRefused"/> or <see cref="NoAnswer"/> where there is none.</summary>
    public async Task<Result<GuardedAnswer>> SendAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        var host = request.RequestUri!.IdnHost;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(_timeout);
        try
        {
            using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            var body = await ReadAsync(response.Content, limit.Token);
            return body is null ? new NoAnswer(host, "its answer is too long.") : new GuardedAnswer(response.StatusCode, response.Headers, body);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new NoAnswer(host, $"it did not answer within {_timeout.TotalSeconds:0} seconds.");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return Refusal(e) is { } refused ? new AddressRefused(refused) : new NoAnswer(host, Reason(e));
        }
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var host = context.DnsEndPoint.Host;
        var found = IPAddress.TryParse(host, out var literal) ? [literal] : await _resolve(host, cancellation);
        var open = await _open(cancellation);
        var permitted = found.Where(address => AddressRules.Permits(address, open)).ToArray();
        if (permitted.Length == 0) throw found.Length == 0 ? new SocketException((int)SocketError.HostNotFound) : new RefusedAddressException(host);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(permitted, context.DnsEndPoint.Port, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task<string?> ReadAsync(HttpContent content, CancellationToken cancellation)
    {
        await using var stream = await content.ReadAsStreamAsync(cancellation);
        var buffer = new byte[MaxBody + 1];
        var length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation);
        return length > MaxBody ? null : Encoding.UTF8.GetString(buffer, 0, length);
    }

    private static string? Refusal(Exception? e)
    {
        for (; e is not null; e = e.InnerException)
            if (e is RefusedAddressException refused) return refused.Host;
        return null;
    }

    private static string Reason(Exception e) => e switch
    {
        { InnerException: AuthenticationException } => "its certificate is not valid, or it does not speak TLS.",
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => "its name is not known.",
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } or { InnerException: SocketException } =>
            e.InnerException is SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain } ? "its name is not known." : "it takes no connection.",
        _ => "its answer can't be read.",
    };

    public void Dispose() => _client.Dispose();

    private sealed class RefusedAddressException(string host) : IOException($"{host} may not be reached.")
    {
        public string Host => host;
    }
}
