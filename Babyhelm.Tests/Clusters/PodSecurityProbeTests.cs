using Babyhelm.Core.Clusters;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Configuration;
using Babyhelm.Tests.Kubernetes;

namespace Babyhelm.Tests.Clusters;

public class PodSecurityProbeTests
{
    [Theory]
    [InlineData(201, """{"kind":"Namespace","apiVersion":"v1","metadata":{"name":"babyhelm-preflight"}}""", PodSecurityState.Off)]
    [InlineData(409, """{"kind":"Status","code":409,"reason":"AlreadyExists","message":"namespaces \"babyhelm-preflight\" already exists"}""", PodSecurityState.Off)]
    [InlineData(422, """{"kind":"Status","code":422,"reason":"Invalid","message":"Namespace \"babyhelm-preflight\" is invalid: metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: \"babyhelm-preflight\": must be one of privileged, baseline, restricted"}""", PodSecurityState.On)]
    [InlineData(422, """{"kind":"Status","code":422,"reason":"Invalid","message":"must be one of privileged, baseline, restricted"}""", PodSecurityState.On)]
    [InlineData(422, """{"kind":"Status","code":422,"reason":"Invalid","message":"metadata.name: Invalid value"}""", PodSecurityState.Unknown)]
    [InlineData(403, """{"kind":"Status","code":403,"reason":"Forbidden","message":"admission webhook denied the request: label pod-security.kubernetes.io/enforce is ours"}""", PodSecurityState.Unknown)]
    public async Task The_answer_to_an_unknown_level_tells(int status, string body, PodSecurityState state)
    {
        await using var server = await ApiServer.StartAsync(exchange => exchange.AnswerAsync(status, body));
        using var client = new KubernetesClient(new ClusterConfig { Server = server.Address, Source = "test" });
        var (found, why) = await PodSecurityProbe.AskAsync(client, default);
        Assert.Equal(state, found);
        Assert.Equal(state == PodSecurityState.Unknown, why is not null);
        // Never more than a question.
        Assert.Contains("dryRun=All", Assert.Single(server.Seen).PathAndQuery, StringComparison.Ordinal);
    }
}
