using System.Diagnostics;
using System.Reflection;
using Babyhelm.Core.Jobs;
using Microsoft.AspNetCore.Http.Features;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Babyhelm.Web.Metrics;

/// <summary>
/// Sends traces of Babyhelm's pages, API and jobs, and its error log, over OTLP to <see cref="Setting"/>, or to where
/// <see cref="Standard"/> says. Without either nothing is sent. What visitors of applications do is never among it.
/// </summary>
internal static class Telemetry
{
    public const string Setting = "OpenTelemetry:Endpoint";
    public const string Standard = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>False, after a message on standard error, when the setting can't be read.</summary>
    public static bool AddTelemetry(this WebApplicationBuilder builder)
    {
        var (name, text) = builder.Configuration[Setting] is { Length: > 0 } own ? (Setting, own) : (Standard, builder.Configuration[Standard]);
        if (string.IsNullOrWhiteSpace(text)) return true;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var endpoint) || endpoint.Scheme is not ("http" or "https"))
        {
            Console.Error.WriteLine($"babyhelm: {name} must be an address like http://collector:4318, not '{text}'.");
            return false;
        }
        var grpc = builder.Configuration["OTEL_EXPORTER_OTLP_PROTOCOL"] == "grpc";
        var resource = ResourceBuilder.CreateDefault().AddService(
            "babyhelm", serviceVersion: typeof(Telemetry).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion);
        builder.Services.AddSingleton(_ => Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource)
            .AddSource("Microsoft.AspNetCore", JobServices.Traces)
            .AddProcessor(new WithoutSecrets())
            .AddOtlpExporter(options => Configure(options, endpoint, grpc, "v1/traces"))
            .Build());
        builder.Services.AddHostedService<Tracing>();
        builder.Logging.AddOpenTelemetry(log =>
        {
            log.SetResourceBuilder(resource);
            log.IncludeFormattedMessage = true;
            log.AddOtlpExporter(options => Configure(options, endpoint, grpc, "v1/logs"));
        });
        builder.Logging.AddFilter<OpenTelemetryLoggerProvider>(static level => level >= LogLevel.Error);
        return true;
    }

    /// <summary>Says of each request's trace what was asked and answered. Comes after the gateway, whose requests are not traced.</summary>
    public static void UseTraces(this WebApplication app) => app.Use(static async (context, next) =>
    {
        try
        {
            await next(context);
        }
        finally
        {
            if (context.Features.Get<IHttpActivityFeature>()?.Activity is { IsAllDataRequested: true } trace) Describe(trace, context);
        }
    });

    private static void Describe(Activity trace, HttpContext context)
    {
        var route = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText;
        trace.DisplayName = route is null ? context.Request.Method : $"{context.Request.Method} {route}";
        trace.SetTag("http.request.method", context.Request.Method);
        trace.SetTag("http.route", route);
        trace.SetTag("http.response.status_code", context.Response.StatusCode);
        if (context.Response.StatusCode >= StatusCodes.Status500InternalServerError) trace.SetStatus(ActivityStatusCode.Error);
    }

    private static void Configure(OtlpExporterOptions options, Uri endpoint, bool grpc, string path)
    {
        options.Protocol = grpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
        options.Endpoint = grpc ? endpoint : new Uri($"{endpoint.AbsoluteUri.TrimEnd('/')}/{path}");
    }

    /// <summary>Paths may hold what is good for a sign-in or a deploy: their pattern goes out in their place, queries never.</summary>
    private sealed class WithoutSecrets : BaseProcessor<Activity>
    {
        public override void OnEnd(Activity data)
        {
            if (data.Kind != ActivityKind.Server) return;
            data.SetTag("url.path", data.GetTagItem("http.route"));
            data.SetTag("url.query", null);
            data.SetTag("url.full", null);
        }
    }

    /// <summary>Listens from the start; the container sends what is left when it is disposed.</summary>
    private sealed class Tracing(TracerProvider traces) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.Run(() => traces.ForceFlush(5000), cancellationToken);
    }
}
