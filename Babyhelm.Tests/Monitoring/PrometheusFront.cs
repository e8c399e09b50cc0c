using Babyhelm.Tests.Common;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Babyhelm.Tests.Monitoring;

/// <summary>Stands before a real Prometheus: sends questions on while it is up.</summary>
internal sealed class PrometheusFront : IAsyncDisposable
{
    private readonly HttpClient _behind = new(new SocketsHttpHandler { UseProxy = false });
    private readonly WebApplication _server;

    private PrometheusFront(WebApplication server, Uri url) => (_server, Url) = (server, url);

    public Uri Url { get; }

    /// <summary>Whether it answers; away, it breaks connections.</summary>
    public bool IsUp { get; set; } = true;

    public static async Task<PrometheusFront> StartAsync(Uri prometheus)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var url = new Uri($"http://127.0.0.1:{TestPorts.Take()}");
        builder.WebHost.UseUrls(url.ToString());
        var front = new PrometheusFront(builder.Build(), url);
        front._server.MapPost("/api/v1/{**path}", async (string path, HttpContext http) =>
        {
            if (!front.IsUp)
            {
                http.Abort();
                return Results.Empty;
            }
            var form = await http.Request.ReadFormAsync();
            using var content = new FormUrlEncodedContent(form.Select(f => KeyValuePair.Create(f.Key, f.Value.ToString())));
            using var answer = await front._behind.PostAsync(new Uri(prometheus, $"/api/v1/{path}"), content);
            return Results.Text(await answer.Content.ReadAsStringAsync(), "application/json", statusCode: (int)answer.StatusCode);
        });
        await front._server.StartAsync();
        return front;
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _behind.Dispose();
    }
}
