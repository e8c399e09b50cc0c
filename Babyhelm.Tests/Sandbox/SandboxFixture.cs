using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Babyhelm.Core.Sandbox;
using Microsoft.Extensions.Logging.Abstractions;

namespace Babyhelm.Tests.Sandbox;

/// <summary>A fast sandbox for one test class, and a plain HTTP client for it that trusts only its CA.</summary>
public sealed class SandboxFixture : IAsyncLifetime
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(120);

    private HttpClient? _http;
    private SandboxCluster? _cluster;

    public SandboxOptions Options { get; } = new()
    {
        PullDelay = TimeSpan.FromMilliseconds(20),
        StartDelay = TimeSpan.FromMilliseconds(20),
        SandboxDelay = TimeSpan.FromMilliseconds(20),
        CrashDelay = TimeSpan.FromMilliseconds(50),
        BackOff = TimeSpan.FromMilliseconds(400),
        Second = TimeSpan.FromMilliseconds(100),
        DrainDelay = TimeSpan.FromMilliseconds(50),
        NodeCpu = "32",
        BookmarkInterval = TimeSpan.FromMilliseconds(100),
    };

    public SandboxCluster Cluster => _cluster!;

    public HttpClient Http => _http!;

    public async Task InitializeAsync()
    {
        _cluster = await SandboxCluster.StartAsync(Options, TimeProvider.System, NullLoggerFactory.Instance, default);
        _http = Client(_cluster, _cluster.Token);
    }

    public async Task DisposeAsync()
    {
        _http?.Dispose();
        if (_cluster is not null) await _cluster.DisposeAsync();
    }

    public static HttpClient Client(SandboxCluster cluster, string? token)
    {
        var authority = X509Certificate2.CreateFromPem(cluster.AuthorityPem);
        var handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                CertificateChainPolicy = new X509ChainPolicy
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust,
                    CustomTrustStore = { authority },
                    RevocationMode = X509RevocationMode.NoCheck,
                },
            },
        };
        var http = new HttpClient(handler) { BaseAddress = cluster.Endpoint, Timeout = Timeout.InfiniteTimeSpan };
        http.DefaultRequestHeaders.UserAgent.ParseAdd("tests/1");
        if (token is not null) http.DefaultRequestHeaders.Authorization = new("Bearer", token);
        return http;
    }

    public async Task<string> NamespaceAsync(string? name = null, params (string Key, string Value)[] labels)
    {
        name ??= $"t-{Guid.NewGuid().ToString("N")[..8]}";
        var map = new JsonObject();
        foreach (var (key, value) in labels) map[key] = value;
        await SendAsync("POST", "/api/v1/namespaces", new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Namespace", ["metadata"] = new JsonObject { ["name"] = name, ["labels"] = map } }, expect: 201);
        return name;
    }

    public Task<JsonNode> ApplyAsync(string path, string yaml, int expect, string query = "fieldManager=babyhelm&force=true") =>
        SendAsync("PATCH", $"{path}?{query}", yaml, "application/apply-patch+yaml", expect);

    public Task<JsonNode> GetAsync(string path) => SendAsync("GET", path, expect: 200);

    public async Task<JsonNode> SendAsync(string method, string path, object? body = null, string type = "application/json", int? expect = null)
    {
        using var answer = await RawAsync(method, path, body, type);
        var text = await answer.Content.ReadAsStringAsync();
        if (expect is not null) Assert.True(expect == (int)answer.StatusCode, $"{method} {path}: {(int)answer.StatusCode} {text}");
        return (answer.Content.Headers.ContentType?.MediaType == "application/json" ? JsonNode.Parse(text) : JsonValue.Create(text))!;
    }

    public async Task<HttpResponseMessage> RawAsync(string method, string path, object? body = null, string type = "application/json", string? accept = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (accept is not null) request.Headers.Accept.ParseAdd(accept);
        if (body is not null)
        {
            var text = body switch { string s => s, JsonNode n => n.ToJsonString(), _ => JsonSerializer.Serialize(body) };
            request.Content = new StringContent(text, Encoding.UTF8) { Headers = { ContentType = new MediaTypeHeaderValue(type) } };
        }
        return await Http.SendAsync(request);
    }

    /// <summary>Lines of a watch until the deadline, which fails the test when it is passed.</summary>
    public async IAsyncEnumerable<JsonNode> WatchAsync(string path)
    {
        using var ct = new CancellationTokenSource(Deadline);
        using var answer = await Http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, ct.Token);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(ct.Token));
        while (await reader.ReadLineAsync(ct.Token) is { } line) yield return JsonNode.Parse(line)!;
    }

    /// <summary>The first state of an object, as a watch shows them, that fits.</summary>
    public async Task<JsonNode> UntilAsync(string collection, Func<JsonNode, bool> fits, string type = "")
    {
        var seen = new List<string>();
        try
        {
            await foreach (var e in WatchAsync($"{collection}?watch=true"))
            {
                seen.Add(e.ToJsonString());
                if ((type.Length == 0 || e["type"]!.GetValue<string>() == type) && fits(e["object"]!)) return e["object"]!;
            }
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"No fitting object in {collection} in time. Last seen:\n{string.Join("\n", seen.TakeLast(3))}");
        }
        throw new InvalidOperationException($"The watch of {collection} ended.");
    }

    public Task<JsonNode> ReadyAsync(string ns, string deployment, int replicas) => UntilAsync($"/apis/apps/v1/namespaces/{ns}/deployments", d =>
        d["metadata"]!["name"]!.GetValue<string>() == deployment && Number(d, "status", "updatedReplicas") == replicas && Number(d, "status", "availableReplicas") == replicas
        && Number(d, "status", "replicas") == replicas && Number(d, "status", "observedGeneration") == Number(d, "metadata", "generation"));

    public static long Number(JsonNode? node, params string[] path) => path.Aggregate(node, (n, p) => n?[p])?.GetValue<long>() ?? 0;

    public static string? Text(JsonNode? node, params string[] path) => path.Aggregate(node, (n, p) => n?[p])?.GetValue<string>();

    public static string Deployment(string image, int replicas = 1, string more = "", string container = "") => $$$"""
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web}
        spec:
          replicas: {{{replicas}}}
          selector: {matchLabels: {app: web}}
          {{{more}}}
          template:
            metadata: {labels: {app: web}}
            spec:
              terminationGracePeriodSeconds: 5
              containers:
              - name: web
                image: {{{image}}}
                ports: [{containerPort: 8080}]
                {{{container}}}
        """;

    public const string Probe = "readinessProbe: {httpGet: {path: /, port: 8080}, periodSeconds: 1}";
}
