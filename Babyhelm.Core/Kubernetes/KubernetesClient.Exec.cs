using System.Net.WebSockets;
using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes.Exec;
using Babyhelm.Core.Kubernetes.Transport;

namespace Babyhelm.Core.Kubernetes;

/// <summary>Commands in containers.</summary>
public sealed partial class KubernetesClient
{
    /// <summary>
    /// Starts a command in a running container. Fails with a <see cref="KubernetesError"/> for a pod that is not there and for
    /// a missing permission (<c>get</c> on <c>pods/exec</c>, since 1.35 <c>create</c> too), and with an
    /// <see cref="ExecError"/> for what concerns the container; newer servers tell the latter only as the session's result.
    /// </summary>
    /// <param name="cancellation">For the beginning; the session lives on until it is disposed.</param>
    public async Task<Result<ExecSession>> ExecAsync(string ns, string pod, ExecOptions options, CancellationToken cancellation = default)
    {
        if (RequestProblem.Of(ResourceType.Pods, ns, pod) is { } problem) return problem;
        if (options.Problem is { } wrong) return wrong;
        var handshake = new WebSocketHandshake(ExecProtocol.V5, ExecProtocol.V4);
        var request = new ClusterRequest(HttpMethod.Get, ResourceType.Pods.Path(ns, pod) + "/exec" + ExecProtocol.Query(options))
        {
            Handshake = handshake,
            // The kubelet answers 406 to one that wants JSON.
            Accept = "*/*",
        };
        if (!(await _transport.SendAsync(request, RequestTimeout, cancellation)).Ok(out var response, out var error)) return ExecProtocol.Explain(error);
        var (protocol, fault) = handshake.Read(response);
        if (protocol is null)
        {
            response.Dispose();
            return new ExecError(ExecProblem.Garbled, $"The cluster does not speak the protocol of exec: {fault}.");
        }
        var stream = await response.Content.ReadAsStreamAsync(cancellation);
        var socket = WebSocket.CreateFromStream(stream, new WebSocketCreationOptions { SubProtocol = protocol, KeepAliveInterval = TimeSpan.Zero });
        var session = new ExecSession(socket, response, options, config.Server, _time);
        if (options.Size is not { } size || (await session.ResizeAsync(size, cancellation)).Ok(out _, out error)) return session;
        await session.DisposeAsync();
        return error;
    }
}
