using System.Text.RegularExpressions;
using Babyhelm.Web;
using Microsoft.AspNetCore.Components.Endpoints;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.StaticAssets;

namespace Babyhelm.Tests.Integration;

/// <summary>A route that the program maps.</summary>
/// <param name="Method"><c>*</c> for any.</param>
/// <param name="Pattern">Without the constraints of its parameters.</param>
public sealed record MappedRoute(string Method, string Pattern, bool IsPage)
{
    public override string ToString() => $"{Method} {Pattern}";
}

/// <summary>All routes of the program but those of static files, from its own composition. It serves nobody here, and has neither database nor cluster.</summary>
public static partial class MappedRoutes
{
    private static readonly Lazy<Task<IReadOnlyList<MappedRoute>>> Read = new(ReadAllAsync);

    public static Task<IReadOnlyList<MappedRoute>> All => Read.Value;

    private static async Task<IReadOnlyList<MappedRoute>> ReadAllAsync()
    {
        var folder = Directory.CreateTempSubdirectory("babyhelm-routes-");
        try
        {
            // So that it neither finds a cluster in the environment nor starts one.
            var nowhere = Path.Combine(folder.FullName, "kubeconfig");
            File.WriteAllText(nowhere, """
                apiVersion: v1
                kind: Config
                current-context: nowhere
                contexts: [{name: nowhere, context: {cluster: nowhere, user: nobody}}]
                clusters: [{name: nowhere, cluster: {server: "http://127.0.0.1:1"}}]
                users: [{name: nobody, user: {token: none}}]
                """);
            await using var program = await BabyhelmHost.BuildAsync(
            [
                "--ConnectionStrings:Babyhelm=Host=127.0.0.1;Port=1;Username=nobody;Database=none;Timeout=1",
                $"--Kubernetes:KubeConfig={nowhere}", "--Logging:LogLevel:Default=None",
            ]);
            return [.. ((IEndpointRouteBuilder)program!).DataSources.SelectMany(s => s.Endpoints).OfType<RouteEndpoint>()
                .Where(e => e.Metadata.GetMetadata<StaticAssetDescriptor>() is null)
                .SelectMany(e => (e.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["*"]).Select(method => new MappedRoute(
                    method, "/" + Constraint().Replace(e.RoutePattern.RawText ?? "", "").Trim('/'), e.Metadata.GetMetadata<ComponentTypeMetadata>() is not null)))
                .Distinct()];
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [GeneratedRegex(@":[^}?]+(?=\??\})")]
    private static partial Regex Constraint();
}
