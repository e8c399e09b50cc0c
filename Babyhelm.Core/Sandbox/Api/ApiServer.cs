using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Babyhelm.Core.Sandbox.Api;

/// <summary>The HTTPS server of the API on loopback.</summary>
internal sealed partial class ApiServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ILogger _logger;

    private ApiServer(WebApplication app, ILogger logger, Uri endpoint)
    {
        (_app, _logger, Endpoint) = (app, logger, endpoint);
    }

    public Uri Endpoint { get; }

    public static async Task<ApiServer> StartAsync(
        int port, Certificates certificates, Authentication authentication, FaultLevers levers, ApiRouter router, ILoggerFactory logs, CancellationToken ct)
    {
        var builder = EmbeddedHost.CreateBuilder(logs);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(k =>
        {
            k.AddServerHeader = false;
            k.Listen(IPAddress.Loopback, port, l => l.UseHttps(certificates.Server));
        });
        var app = builder.Build();
        var logger = logs.CreateLogger("Babyhelm.Core.Sandbox.Api");
        ApiServer? server = null;
        app.UseWebSockets();
        app.Run(http => server!.HandleAsync(http, authentication, levers, router));
        await app.StartAsync(ct);
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        server = new(app, logger, new Uri(address));
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(true));
        await _app.DisposeAsync();
    }

    private async Task HandleAsync(HttpContext http, Authentication authentication, FaultLevers levers, ApiRouter router)
    {
        try
        {
            await levers.ThawedAsync(http.RequestAborted);
            if (!authentication.Allows(http.Request)) await Answers.Error(http, StatusError.Unauthorized());
            else await router.RouteAsync(http);
        }
        catch (Exception e) when (http.RequestAborted.IsCancellationRequested && e is OperationCanceledException or IOException)
        {
            // The client has gone; nobody reads an answer.
        }
        catch (Exception e)
        {
            LogFailed(e, http.Request.Method, http.Request.Path);
            if (http.Response.HasStarted) http.Abort();
            else await Answers.Error(http, new StatusError(500, "InternalError", "Internal error occurred: see the log of the sandbox"));
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Sandbox API failed on {Method} {Path}")]
    private partial void LogFailed(Exception e, string method, string path);
}
