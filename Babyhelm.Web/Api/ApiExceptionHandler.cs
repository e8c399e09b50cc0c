using Babyhelm.Core.Data;
using Babyhelm.Web.Components;
using Microsoft.AspNetCore.Diagnostics;

namespace Babyhelm.Web.Api;

/// <summary>What no command expects, as problem details; never a stack or a server's own words.</summary>
internal sealed partial class ApiExceptionHandler(IProblemDetailsService problems, ILogger<ApiExceptionHandler> logger) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext context, Exception exception, CancellationToken cancellation)
    {
        if (!ApiServices.IsApi(context.Request.Path)) return false;
        var (status, code, detail) = exception switch
        {
            BadHttpRequestException { StatusCode: 413 } => (413, "too-large", "The body is larger than this route takes."),
            BadHttpRequestException bad => (bad.StatusCode, "invalid-body", BadRequestText.Of(bad)),
            _ when DatabaseFault.IsOutage(exception) => (503, "database-unavailable", "The database does not answer. Nothing was changed; try again in a moment."),
            _ => (500, "internal", "This is a fault in Babyhelm. It was logged."),
        };
        // The address of a hook has its token in it.
        if (status == 500) LogFault(logger, exception, context.Request.Method, context.Request.Path.StartsWithSegments(Urls.DeployHooks) ? Urls.DeployHooks : context.Request.Path);
        context.Response.StatusCode = status;
        return await problems.TryWriteAsync(new ProblemDetailsContext
        {
            HttpContext = context,
            ProblemDetails = { Status = status, Title = Problems.Title(status), Detail = detail, Extensions = { ["code"] = code } },
        });
    }

    [LoggerMessage(LogLevel.Error, "{Method} {Path} failed.")]
    private static partial void LogFault(ILogger logger, Exception e, string method, PathString path);
}
