using System.Net;
using Babyhelm.Core.Data;

namespace Babyhelm.Web;

/// <summary>
/// Answers for pages that cannot be rendered: plain HTML that needs neither the database nor a signed-in user.
/// Requests of programs (API, health, hub) pass untouched.
/// </summary>
internal sealed partial class ProblemPages(RequestDelegate next, DatabaseReady database, ILogger<ProblemPages> logger)
{
    private static readonly string[] Programs = ["/api", "/hooks", "/healthz", "/metrics", "/openapi", "/_blazor"];

    public static bool IsPage(HttpRequest request) =>
        !IsForPrograms(request)
        && request.Headers.Accept.Any(a => a?.Contains("text/html", StringComparison.OrdinalIgnoreCase) == true);

    private static bool IsForPrograms(HttpRequest request) => Programs.Any(p => request.Path.StartsWithSegments(p));

    public async Task InvokeAsync(HttpContext context)
    {
        // Whatever is neither a program's nor a file: a page needs the database even where the client does not ask for HTML.
        var needsDatabase = !IsForPrograms(context.Request) && !Path.HasExtension(context.Request.Path);
        if (!IsPage(context.Request) && (database.IsReady || !needsDatabase))
        {
            await next(context);
            return;
        }
        if (!database.IsReady)
        {
            context.Response.Headers["Refresh"] = "2";
            await WriteAsync(context, database.Problem is null
                ? new PageProblem(StatusCodes.Status503ServiceUnavailable, "Babyhelm is starting", "This page opens by itself in a moment.")
                : PageProblem.Database);
            return;
        }
        try
        {
            await next(context);
        }
        catch (Exception e) when (!context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
        {
            var problem = PageProblem.Of(e);
            if (problem.Status >= 500) LogFailed(logger, e, context.Request.Method, context.Request.Path);
            await WriteAsync(context, problem);
            return;
        }
        var response = context.Response;
        if (response is { HasStarted: false, StatusCode: >= 400, ContentType: null, ContentLength: null })
            await WriteAsync(context, PageProblem.OfStatus(response.StatusCode));
    }

    /// <summary>Answers with the problem alone; for programs too, which read its status.</summary>
    public static async Task WriteAsync(HttpContext context, PageProblem problem)
    {
        var refresh = context.Response.Headers["Refresh"];
        context.Response.Clear();
        context.Response.Headers["Refresh"] = refresh;
        context.Response.StatusCode = problem.Status;
        context.Response.ContentType = "text/html; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        if (HttpMethods.IsHead(context.Request.Method)) return;
        await context.Response.WriteAsync($"""
            <!DOCTYPE html>
            <html lang="en" data-theme="{ThemeChoice.Of(context.Request)}">
            <head>
            <meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{WebUtility.HtmlEncode(PageTitle(problem))}</title>
            <link rel="icon" href="/favicon.svg" type="image/svg+xml"><link rel="stylesheet" href="/app.css">
            </head>
            <body><main class="page-problem" role="alert">
            <p class="page-problem-code">{problem.Status}</p>
            <h1>{WebUtility.HtmlEncode(problem.Title)}</h1>
            <p>{WebUtility.HtmlEncode(problem.Advice)}</p>
            <p><a class="btn" href="">Reload</a> <a class="btn btn-quiet" href="/" target="_top">Go to the start</a></p>
            </main></body></html>
            """, context.RequestAborted);
    }

    private static string PageTitle(PageProblem problem) => Components.Shared.PageTitleText.Of(problem.Title);

    [LoggerMessage(LogLevel.Error, "The page {Method} {Path} failed.")]
    private static partial void LogFailed(ILogger logger, Exception exception, string method, PathString path);
}
