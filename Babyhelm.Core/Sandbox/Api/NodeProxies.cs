using Babyhelm.Core.Common;
using Babyhelm.Core.Sandbox.Kubelet;
using Babyhelm.Core.Sandbox.Storage;
using Microsoft.AspNetCore.Http;

namespace Babyhelm.Core.Sandbox.Api;

/// <summary>Requests that go through the API to a node's kubelet. Ours knows what its containers use, and nothing else.</summary>
internal sealed class NodeProxies(ObjectStore store, NodeAgent node, SandboxOptions options)
{
    public const string Subresource = "proxy";

    /// <param name="path">Behind <c>proxy</c>.</param>
    public Task HandleAsync(ApiCall call, string[] path)
    {
        if (store.Get(ApiResource.Nodes, null, call.Name!) is null) return Answers.Error(call.Http, StatusError.NotFound(ApiResource.Nodes, call.Name!));
        if (call.Http.Request.Method is not ("GET" or "HEAD")) return Answers.Error(call.Http, StatusError.MethodNotAllowed());
        var text = new MetricText();
        var answer = path switch
        {
            ["metrics"] => KubeletMetrics.Write(text, node.Pods(), store),
            ["metrics", "cadvisor"] => Cadvisor.Write(text, node.Pods(), options),
            _ => null,
        };
        return answer is null
            ? Answers.Text(call.Http, "404 page not found\n", StatusCodes.Status404NotFound)
            : Answers.Bytes(call.Http, System.Text.Encoding.UTF8.GetBytes(answer), text.ContentType);
    }
}
