using Babyhelm.Core.Sandbox.Storage;
using Microsoft.AspNetCore.Http;

namespace Babyhelm.Core.Sandbox.Api;

/// <summary>From a request to what answers it.</summary>
internal sealed class ApiRouter(
    Reads reads, Watches watches, Writes writes, Patches patches, Scales scales, Logs logs, Execs execs, NodeProxies nodes, Reviews reviews, AccessRules access)
{
    public Task RouteAsync(HttpContext http)
    {
        var path = http.Request.Path.Value!.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return path switch
        {
            ["healthz" or "livez" or "readyz", ..] => Answers.Text(http, "ok"),
            ["version"] => Answers.Json(http, Discovery.Version()),
            ["api"] => Answers.Json(http, Discovery.Core(http.Request.Host.Value ?? "")),
            ["apis"] => Answers.Json(http, Discovery.GroupList()),
            ["openapi", "v2"] => OpenApiV2(http),
            ["openapi", "v3"] => Answers.Json(http, OpenApi.V3Index()),
            ["openapi", "v3", .. var root] => OpenApi.V3(string.Join('/', root)) is { } document ? Answers.Json(http, document) : NoPage(http),
            ["apis", var group] => Discovery.Group(group) is { } found ? Answers.Json(http, found) : NoPage(http),
            ["api", var version] => Resources(http, "", version),
            ["apis", var group, var version] => Resources(http, group, version),
            ["api", var version, .. var rest] => ResourceAsync(http, "", version, rest),
            ["apis", var group, var version, .. var rest] => ResourceAsync(http, group, version, rest),
            _ => NoPage(http),
        };
    }

    private async Task ResourceAsync(HttpContext http, string group, string version, string[] rest)
    {
        if (rest is [var review] && group is "authorization.k8s.io" or "authentication.k8s.io")
        {
            await ReviewAsync(http, rest[0]);
            return;
        }
        if (group.Length == 0 && version == "v1" && rest is ["nodes", var node, NodeProxies.Subresource, .. var path])
        {
            await NodeAsync(new ApiCall(http, ApiResource.Nodes, null, node, NodeProxies.Subresource), path);
            return;
        }
        string? ns = null;
        if (rest is ["namespaces", var named, _, ..] && !(rest is [_, _, "status" or "finalize"] && group.Length == 0)) (ns, rest) = (named, rest[2..]);
        if (rest.Length is < 1 or > 3 || ApiResource.Find(group, version, rest[0]) is not { } resource || (ns is not null && !resource.Namespaced))
        {
            await (ApiResource.Served.Any(r => r.Group == group && r.Version == version) ? Answers.Error(http, StatusError.NoSuchPath()) : NoPage(http));
            return;
        }
        var call = new ApiCall(http, resource, ns, rest.ElementAtOrDefault(1), rest.ElementAtOrDefault(2));
        if (call.Name is not null && resource.Namespaced && ns is null)
        {
            await Answers.Error(http, StatusError.NoSuchPath());
            return;
        }
        if (access.Refusal(call) is { } refused) await Answers.Error(http, refused);
        else await DispatchAsync(call);
    }

    private Task NodeAsync(ApiCall call, string[] path) => access.Refusal(call) is { } refused ? Answers.Error(call.Http, refused) : nodes.HandleAsync(call, path);

    private Task DispatchAsync(ApiCall call) => (call.Http.Request.Method, call) switch
    {
        ("GET", { Name: not null, Subresource: null }) when call.Flag("watch") => watches.WatchAsync(call),
        ("GET", { Name: null }) when call.Flag("watch") => watches.WatchAsync(call),
        ("GET" or "HEAD", { Name: null }) => reads.ListAsync(call),
        ("GET" or "HEAD", { Subresource: null }) => reads.GetAsync(call),
        ("POST", { Name: null }) when !call.Resource.Namespaced || call.Namespace is not null => writes.CreateAsync(call),
        ("PUT", { Name: not null, Subresource: null }) => writes.UpdateAsync(call),
        ("PATCH", { Name: not null, Subresource: null }) => patches.PatchAsync(call),
        ("DELETE", { Name: not null, Subresource: null }) => writes.DeleteAsync(call),
        ("DELETE", { Name: null }) when !call.Resource.Namespaced || call.Namespace is not null => writes.DeleteAllAsync(call),
        ("GET", { Subresource: "log" }) when call.Resource == ApiResource.Pods => logs.HandleAsync(call),
        ("GET" or "POST", { Subresource: "exec" }) when call.Resource == ApiResource.Pods => execs.HandleAsync(call),
        ("GET", { Subresource: "status" }) when call.Resource.HasStatus => reads.GetAsync(call),
        ("PUT", { Subresource: "status" }) when call.Resource.HasStatus => writes.UpdateAsync(call),
        ("PATCH", { Subresource: "status" }) when call.Resource.HasStatus => patches.PatchAsync(call),
        ("PUT", { Subresource: "finalize" }) when call.Resource == ApiResource.Namespaces => writes.UpdateAsync(call),
        ("GET" or "PUT" or "PATCH", { Subresource: "scale" }) when call.Resource.HasScale => scales.HandleAsync(call),
        (_, { Subresource: not null }) => Answers.Error(call.Http, StatusError.NoSuchPath()),
        _ => Answers.Error(call.Http, StatusError.MethodNotAllowed()),
    };

    private async Task ReviewAsync(HttpContext http, string plural)
    {
        var call = new ApiCall(http, ApiResource.Nodes, null, null, null);
        if (http.Request.Method != "POST") await Answers.Error(http, StatusError.MethodNotAllowed());
        // Newer clients ask in protobuf and read JSON; the answer does not depend on what they ask.
        else if (call.ContentType.Contains("protobuf", StringComparison.Ordinal) && reviews.Answer(plural, Reviews.Blank(plural)) is { } same) await Answers.Json(http, same, 201);
        else if ((await call.ObjectAsync("SelfSubjectAccessReview")).Failed(out var error, out var body)) await Answers.Error(http, error);
        else if (reviews.Answer(plural, body) is { } answer) await Answers.Json(http, answer, 201);
        else await NoPage(http);
    }

    private static Task Resources(HttpContext http, string group, string version) =>
        Discovery.Resources(group, version) is { } list ? Answers.Json(http, list) : NoPage(http);

    private static Task OpenApiV2(HttpContext http) => http.Request.Headers.Accept.ToString().Contains("protobuf", StringComparison.Ordinal)
        ? Answers.Bytes(http, OpenApi.V2Bytes(), OpenApi.V2Protobuf)
        : Answers.Json(http, OpenApi.V2());

    private static Task NoPage(HttpContext http) => Answers.Text(http, "404 page not found\n", 404);
}
