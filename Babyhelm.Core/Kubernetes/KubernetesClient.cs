using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes.Configuration;
using Babyhelm.Core.Kubernetes.Resources;
using Babyhelm.Core.Kubernetes.Transport;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Babyhelm.Core.Kubernetes;

/// <summary>
/// A Kubernetes API over HTTP. Every failure is a value: <see cref="KubernetesError"/> for what the server refused,
/// <see cref="Unavailable"/> for a server that cannot be reached, <see cref="Invalid"/> for a request that makes no sense.
/// Answers 429 and 5xx are retried only where the server says when. Safe for use from many threads.
/// </summary>
public sealed partial class KubernetesClient(ClusterConfig config, TimeProvider? time = null, ILogger<KubernetesClient>? logger = null) : IDisposable
{
    /// <summary>Owner of every field that Babyhelm applies.</summary>
    public const string FieldManager = "babyhelm";

    private const int PageSize = 500;
    private const int MaxListAttempts = 3;
    private const long MaxBody = 64 * 1024 * 1024;

    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly ClusterTransport _transport = new(config, time ?? TimeProvider.System, logger ?? NullLogger<KubernetesClient>.Instance);

    /// <summary>Time for the server to begin its answer, and again to finish it. Streams have it for the beginning only.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The API server's address.</summary>
    public Uri Server => config.Server;

    /// <summary>Ends when the cluster answers anybody again after it did not. Take it before an attempt, so that none is missed.</summary>
    internal Task Back => _transport.Pulse.Back;

    /// <summary>What the configuration was read from.</summary>
    public string Source => config.Source;

    /// <summary>False where nobody checks that the server is the right one: without TLS, or with its checks switched off.</summary>
    public bool ChecksCertificate => config.Server.Scheme == Uri.UriSchemeHttps && !config.SkipsTlsVerification;

    public async Task<Result<T>> GetAsync<T>(ResourceType type, string? ns, string name, CancellationToken cancellation = default) where T : class =>
        RequestProblem.Of(type, ns, name) is { } problem ? problem : await AskAsync<T>(new(HttpMethod.Get, type.Path(ns, name)), cancellation);

    /// <summary>The whole object, as the server sent it.</summary>
    public Task<Result<JsonObject>> GetAsync(ResourceType type, string? ns, string name, CancellationToken cancellation = default) =>
        GetAsync<JsonObject>(type, ns, name, cancellation);

    /// <summary>All objects of a type, read in pages, consistent at one version.</summary>
    /// <param name="ns">Null for all namespaces.</param>
    public Task<Result<ResourceList<T>>> ListAsync<T>(
        ResourceType type, string? ns = null, string? labelSelector = null, string? fieldSelector = null,
        CancellationToken cancellation = default) where T : class =>
        ListAsync<T>(type, ns, labelSelector, fieldSelector, static item => item, metadataOnly: false, cancellation);

    /// <param name="slim">Applied to each page as it comes, so that at most one page is held whole; null drops the object.</param>
    /// <param name="metadataOnly">The server sends nothing of an object but its metadata.</param>
    internal async Task<Result<ResourceList<T>>> ListAsync<T>(
        ResourceType type, string? ns, string? labelSelector, string? fieldSelector, Func<T, T?> slim, bool metadataOnly, CancellationToken cancellation) where T : class
    {
        if (RequestProblem.Of(type, ns) is { } problem) return problem;
        for (var attempt = 1; ; attempt++)
        {
            var items = new List<T>();
            for (string? next = null; ;)
            {
                var query = new Query().Add("labelSelector", labelSelector).Add("fieldSelector", fieldSelector).Add("limit", PageSize).Add("continue", next);
                var request = new ClusterRequest(HttpMethod.Get, type.Path(ns) + query) { Accept = metadataOnly ? ClusterRequest.MetadataListOnly : ClusterRequest.AnyObject };
                if (!(await AskAsync<KubernetesList<T>>(request, cancellation)).Ok(out var page, out var error))
                {
                    // The pages' common version is gone: begin again.
                    if (next is not null && error is KubernetesError { IsExpired: true } && attempt < MaxListAttempts) break;
                    return error;
                }
                foreach (var item in page.Items)
                    if (slim(item) is { } kept) items.Add(kept);
                next = page.Metadata.Continue;
                if (string.IsNullOrEmpty(next)) return new ResourceList<T>(items, page.Metadata.ResourceVersion);
            }
        }
    }

    /// <summary>Server-side apply: the manifest's fields become this manager's, fields it no longer has go away.</summary>
    /// <param name="force">Take over fields of other managers; without it they are a conflict.</param>
    /// <param name="dryRun">Check and answer, change nothing.</param>
    public Task<Result<Written>> ApplyAsync(JsonObject manifest, bool force = true, bool dryRun = false, CancellationToken cancellation = default)
    {
        if (!RequestProblem.Read(manifest).Ok(out var target, out var problem)) return Task.FromResult<Result<Written>>(problem);
        var query = new Query().Add("fieldManager", FieldManager).Add("force", force).Add("dryRun", dryRun ? "All" : null);
        return WriteAsync(new(HttpMethod.Patch, target.Type.Path(target.Namespace, target.Name) + query) { Body = manifest, ContentType = "application/apply-patch+yaml" }, cancellation);
    }

    public Task<Result<Written>> CreateAsync(JsonObject manifest, bool dryRun = false, CancellationToken cancellation = default)
    {
        if (!RequestProblem.Read(manifest).Ok(out var target, out var problem)) return Task.FromResult<Result<Written>>(problem);
        var query = new Query().Add("fieldManager", FieldManager).Add("dryRun", dryRun ? "All" : null);
        return WriteAsync(new(HttpMethod.Post, target.Type.Path(target.Namespace) + query) { Body = manifest }, cancellation);
    }

    /// <summary>Replaces a whole object, as it was read and then changed. <see cref="KubernetesError.IsConflict"/> when it was changed since.</summary>
    /// <param name="changed">With the resource version that it was read at.</param>
    public Task<Result<Written>> ReplaceAsync(JsonObject changed, CancellationToken cancellation = default)
    {
        if (!RequestProblem.Read(changed).Ok(out var target, out var problem)) return Task.FromResult<Result<Written>>(problem);
        var query = new Query().Add("fieldManager", FieldManager);
        return WriteAsync(new(HttpMethod.Put, target.Type.Path(target.Namespace, target.Name) + query) { Body = changed }, cancellation);
    }

    /// <summary>JSON merge patch (RFC 7396): null removes a field, a list replaces the whole list.</summary>
    /// <param name="subresource">For example <c>scale</c> or <c>status</c>.</param>
    public async Task<Result<Written>> PatchAsync(
        ResourceType type, string? ns, string name, JsonObject patch, string? subresource = null, bool dryRun = false, CancellationToken cancellation = default)
    {
        if (RequestProblem.Of(type, ns, name, subresource) is { } problem) return problem;
        var query = new Query().Add("fieldManager", FieldManager).Add("dryRun", dryRun ? "All" : null);
        var path = type.Path(ns, name) + (subresource is null ? "" : "/" + subresource) + query;
        return await WriteAsync(new(HttpMethod.Patch, path) { Body = patch, ContentType = "application/merge-patch+json" }, cancellation);
    }

    /// <param name="uid">Delete only this very object; another one of the same name is a conflict.</param>
    public async Task<Result<Deletion>> DeleteAsync(
        ResourceType type, string? ns, string name, DeletionPropagation propagation = DeletionPropagation.Background,
        TimeSpan? gracePeriod = null, string? uid = null, CancellationToken cancellation = default)
    {
        if (RequestProblem.Of(type, ns, name) is { } problem) return problem;
        var options = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "DeleteOptions", ["propagationPolicy"] = propagation.ToString() };
        if (gracePeriod is { } grace) options["gracePeriodSeconds"] = (long)grace.TotalSeconds;
        if (uid is not null) options["preconditions"] = new JsonObject { ["uid"] = uid };
        var answer = await AskAsync<JsonObject>(new(HttpMethod.Delete, type.Path(ns, name)) { Body = options }, cancellation);
        if (answer.Ok(out _, out var error)) return new Deletion(Found: true);
        return error is KubernetesError { IsNotFound: true } ? new Deletion(Found: false) : error;
    }

    private Task<Result<Written>> WriteAsync(ClusterRequest request, CancellationToken cancellation) =>
        AskAsync(request, async (response, body, token) =>
            await ParseObjectAsync(body, token) is { } written
                ? new Written(written, WarningHeader.Read(response), response.StatusCode == HttpStatusCode.Created)
                : null, cancellation);

    private Task<Result<T>> AskAsync<T>(ClusterRequest request, CancellationToken cancellation) where T : class =>
        AskAsync(request, async (_, body, token) => typeof(T) == typeof(JsonObject)
            ? (T?)(object?)await ParseObjectAsync(body, token)
            : await JsonSerializer.DeserializeAsync(body, KubernetesJson.Of<T>(), token), cancellation);

    private async Task<Result<T>> AskAsync<T>(
        ClusterRequest request, Func<HttpResponseMessage, Stream, CancellationToken, Task<T?>> read, CancellationToken cancellation) where T : class
    {
        if (!(await _transport.SendAsync(request, RequestTimeout, cancellation)).Ok(out var response, out var error)) return error;
        using (response)
        {
            var mediaType = response.Content.Headers.ContentType?.MediaType;
            if (mediaType != "application/json") return StatusReader.NotKubernetes(request, (int)response.StatusCode, mediaType);
            return await _transport.GuardedAsync<T>(RequestTimeout, async token =>
            {
                try
                {
                    await using var body = new BoundedStream(await response.Content.ReadAsStreamAsync(token), MaxBody);
                    return await read(response, body, token) is { } value ? value : StatusReader.Garbled(request);
                }
                catch (JsonException)
                {
                    return StatusReader.Garbled(request);
                }
                catch (TooLargeException)
                {
                    return StatusReader.TooLarge(request, MaxBody);
                }
            }, cancellation);
        }
    }

    private static async Task<JsonObject?> ParseObjectAsync(Stream body, CancellationToken cancellation) =>
        await JsonNode.ParseAsync(body, null, KubernetesJson.Strict, cancellation) as JsonObject;

    public void Dispose() => _transport.Dispose();
}
