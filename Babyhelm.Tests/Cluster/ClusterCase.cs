using System.Text.Json.Nodes;
using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Transport;

namespace Babyhelm.Tests.Cluster;

/// <summary>A case with a namespace of its own, which is deleted afterwards however the case ends.</summary>
public abstract class ClusterCase(ClusterTarget target) : IClassFixture<ClusterTarget>, IAsyncLifetime
{
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromMinutes(6));

    protected ClusterTarget Target => target;
    protected KubernetesClient Client => target.Client;
    protected string Ns { get; private set; } = "";

    /// <summary>Ends a case that hangs.</summary>
    protected CancellationToken Limit => _limit.Token;

    public virtual async Task InitializeAsync() => Ns = await target.NewNamespaceAsync(Limit);

    public virtual async Task DisposeAsync()
    {
        await target.DeleteNamespaceAsync(Ns);
        _limit.Dispose();
    }

    /// <summary>Applies and expects success.</summary>
    protected async Task<Written> ApplyAsync(JsonObject manifest, bool force = true)
    {
        var applied = await Client.ApplyAsync(manifest, force, cancellation: Limit);
        Assert.True(applied.Error is null, applied.Error?.Message);
        return applied.Value;
    }

    /// <summary>Applies as another field manager.</summary>
    private protected Task<Result<JsonObject>> ApplyAsAsync(string manager, JsonObject manifest, bool force = false)
    {
        var found = RequestProblem.Read(manifest).Value;
        var query = new Query().Add("fieldManager", manager).Add("force", force);
        return RawAsync(HttpMethod.Patch, found.Type.Path(found.Namespace, found.Name) + query, manifest, "application/apply-patch+yaml");
    }

    /// <summary>A request that the client has no method for; answers the JSON of the body.</summary>
    private protected async Task<Result<JsonObject>> RawAsync(HttpMethod method, string path, JsonNode? body = null, string contentType = "application/json")
    {
        if ((await target.Transport.SendAsync(new ClusterRequest(method, path) { Body = body, ContentType = contentType }, TimeSpan.FromSeconds(30), Limit))
            .Failed(out var error, out var response)) return error;
        using (response) return JsonNode.Parse(await response.Content.ReadAsStringAsync(Limit))!.AsObject();
    }

    protected async Task<JsonObject> ReadAsync(ResourceType type, string name) => (await Client.GetAsync(type, Ns, name, Limit)).Value;

    protected Task<T> UntilAsync<T>(ResourceType type, string name, Func<T, bool> fits) where T : class =>
        Waiting.UntilAsync(Client, type, Ns, name, fits, Limit);

    /// <summary>The error, which must be the API server's.</summary>
    protected static KubernetesError Refusal<T>(Result<T> result) => Assert.IsType<KubernetesError>(result.Error);
}
