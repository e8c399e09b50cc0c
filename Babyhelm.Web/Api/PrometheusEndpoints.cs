using Babyhelm.Core.Common;
using Babyhelm.Core.Monitoring.Prometheus;
using Babyhelm.Core.Monitoring.PromQl;
using Babyhelm.Core.Monitoring.Scoped;
using Babyhelm.Web.Grafana;
using Microsoft.AspNetCore.Authorization;

namespace Babyhelm.Web.Api;

/// <summary>
/// Prometheus's own API, limited to what the caller may see: for Grafana and other clients of Prometheus. Errors have the form that
/// these clients read; who does not come in is told as everywhere in the API.
/// </summary>
internal static class PrometheusEndpoints
{
    private const string Json = "application/json";
    private static readonly string[] GetAndPost = [HttpMethods.Get, HttpMethods.Post];

    public static void MapPrometheusEndpoints(this IEndpointRouteBuilder api)
    {
        // Beside tokens, which all of the API takes: the data source of Babyhelm's own Grafana.
        var prometheus = api.MapGroup("/prometheus/api/v1").WithTags("Metrics")
            .RequireAuthorization(new AuthorizationPolicyBuilder(GrafanaDataSource.SchemeName).RequireAuthenticatedUser().Build());
        Map(prometheus, GetAndPost, "/query", ScopedRead.Query, "Evaluate PromQL at one time, over your projects' series");
        Map(prometheus, GetAndPost, "/query_range", ScopedRead.QueryRange, "Evaluate PromQL over a time range");
        Map(prometheus, GetAndPost, "/series", ScopedRead.Series, "Series that match selectors; all of your projects without one");
        Map(prometheus, GetAndPost, "/labels", ScopedRead.Labels, "Names of labels");
        prometheus.MapGet("/label/{name}/values", (string name, HttpContext http, ScopedPrometheus scoped) => AskAsync(http, scoped, ScopedRead.LabelValues, name))
            .WithSummary("Values of a label").Produces(200, contentType: Json).Produces(400, contentType: Json);
        // What its clients ask when they are set up. Help texts and rules are not kept by project, so there are none to show.
        prometheus.MapGet("/status/buildinfo", BuildInfoAsync).WithSummary("Version of Prometheus").Produces(200, contentType: Json);
        prometheus.MapGet("/metadata", () => Success(new { })).WithSummary("Always empty: help texts are not kept by project").Produces(200, contentType: Json);
        prometheus.MapGet("/rules", () => Success(new { groups = Array.Empty<object>() })).WithSummary("Always empty: Prometheus's own rules are not kept by project").Produces(200, contentType: Json);
    }

    private static void Map(RouteGroupBuilder prometheus, string[] methods, string route, ScopedRead read, string summary) =>
        prometheus.MapMethods(route, methods, (HttpContext http, ScopedPrometheus scoped) => AskAsync(http, scoped, read, null))
            .WithSummary(summary).Produces(200, contentType: Json).Produces(400, contentType: Json).Produces(422, contentType: Json).Produces(429, contentType: Json).Produces(503, contentType: Json);

    private static async Task<IResult> AskAsync(HttpContext http, ScopedPrometheus scoped, ScopedRead read, string? label)
    {
        if (await ParametersAsync(http) is not { } parameters) return Failure(http, new Invalid("form", "The form has too many fields, or can't be read."));
        var request = new ScopedRequest(read, parameters, label);
        if ((await scoped.AskAsync(BearerTokens.CallerOf(http), request, http.RequestAborted)).Failed(out var error, out var answer)) return Failure(http, error);
        using (answer)
        {
            http.Response.ContentType = Json;
            http.Response.Headers.CacheControl = "no-store";
            // What broke off must not look whole.
            if ((await answer.CopyToAsync(http.Response.Body, http.RequestAborted)).Failed(out error, out _))
            {
                if (!http.Response.HasStarted) return Failure(http, error);
                http.Abort();
            }
            return Results.Empty;
        }
    }

    /// <summary>Those of the address and of the form together; null for a form that can't be read.</summary>
    private static async Task<ILookup<string, string>?> ParametersAsync(HttpContext http)
    {
        try
        {
            var form = http.Request.HasFormContentType ? await http.Request.ReadFormAsync(http.RequestAborted) : FormCollection.Empty;
            return http.Request.Query.Concat(form).SelectMany(p => p.Value.Select(value => (p.Key, Value: value ?? ""))).ToLookup(p => p.Key, p => p.Value, StringComparer.OrdinalIgnoreCase);
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    private static async Task<IResult> BuildInfoAsync(HttpContext http, PrometheusClient prometheus) =>
        (await prometheus.VersionAsync(http.RequestAborted)).Ok(out var version, out var error) ? Success(new { version }) : Failure(http, error);

    private static IResult Success(object data) => Results.Json(new { status = "success", data });

    private static IResult Failure(HttpContext http, Error error)
    {
        if (error is TooMany many) http.Response.Headers.RetryAfter = $"{Math.Ceiling(many.RetryAfter.TotalSeconds)}";
        var (status, type) = error switch
        {
            // Its other refusals are about Babyhelm, not about who asks.
            PrometheusRefusal { Status: 400 or 422 or 503 } refusal => (refusal.Status, refusal.Type),
            { Code: "metrics-timeout" } => (StatusCodes.Status503ServiceUnavailable, "timeout"),
            _ => (Problems.Status(error), error is InvalidQuery or Invalid ? "bad_data" : "unavailable"),
        };
        return Results.Json(new { status = "error", errorType = type, error = error.Public }, statusCode: status);
    }
}
