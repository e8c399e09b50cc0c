using System.Net.Sockets;
using System.Security.Authentication;
using Babyhelm.Core.Common;

namespace Babyhelm.Core.Kubernetes.Transport;

/// <summary>Plain words for a broken or impossible connection.</summary>
internal static class ConnectionFault
{
    internal static bool Is(Exception e) => e is HttpRequestException or IOException or AuthenticationException or SocketException;

    internal static Unavailable From(Uri server, Exception e) => new($"The cluster at {Address(server)} {Words(e)}.") { ForEverybody = ClusterConfigInvalid.Unreachable };

    internal static Unavailable Timeout(Uri server, TimeSpan limit) =>
        new($"The cluster at {Address(server)} does not answer: nothing came within {limit.TotalSeconds:0.#} s.") { ForEverybody = ClusterConfigInvalid.Unreachable };

    internal static string Address(Uri server) => server.GetLeftPart(UriPartial.Path).TrimEnd('/');

    private static string Words(Exception e)
    {
        for (var at = e; at is not null; at = at.InnerException)
        {
            if (at is AuthenticationException) return $"cannot be trusted: {Tls(at)}";
            if (at is SocketException socket)
                return socket.SocketErrorCode switch
                {
                    SocketError.ConnectionRefused => "does not answer: connection refused",
                    SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => "does not answer: its host name is not known",
                    SocketError.TimedOut => "does not answer: no connection in time",
                    SocketError.HostUnreachable or SocketError.NetworkUnreachable => "does not answer: there is no way to it in the network",
                    SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown => "closed the connection",
                    var other => $"does not answer: {other}",
                };
        }
        return e switch
        {
            HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => "does not answer: its host name is not known",
            HttpRequestException { HttpRequestError: HttpRequestError.ProxyTunnelError } => "is not reached: the proxy refused the connection",
            HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse } => "does not speak HTTP; is it https instead of http, or another service's port",
            HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => "refused the secure connection; is it http instead of https, or does it want a client certificate",
            _ => "closed the connection",
        };
    }

    /// <summary>Own refusals are sentences already; those of the TLS library end in an error code.</summary>
    private static string Tls(Exception e)
    {
        var text = e.InnerException is AuthenticationException inner ? inner.Message : e.Message;
        return text.TrimEnd('.');
    }
}

/// <summary>The server sent more than the client is ready to hold.</summary>
internal sealed class TooLargeException(long limit) : IOException($"more than {limit} bytes");
