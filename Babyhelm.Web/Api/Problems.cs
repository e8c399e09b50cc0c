using Babyhelm.Core.Applications;
using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Monitoring.Prometheus;
using Babyhelm.Core.Monitoring.PromQl;

namespace Babyhelm.Web.Api;

/// <summary>The one place that turns errors into HTTP answers (RFC 9457 problem details with a stable <c>code</c>).</summary>
internal static class Problems
{
    public static IResult From(Error error) => Results.Problem(
        detail: error.Public,
        statusCode: Status(error),
        title: Title(Status(error)),
        extensions: Extensions(error));

    /// <summary>The value as 200, or the error.</summary>
    public static IResult Answer<T>(this Result<T> result, Func<T, object> view) =>
        result.Ok(out var value, out var error) ? Results.Ok(view(value)) : From(error);

    public static async Task<IResult> OkAsync<T>(Task<Result<T>> command) => (await command).Answer(value => value!);

    public static async Task<IResult> NoContentAsync(Task<Result<Done>> command) =>
        (await command).Ok(out _, out var error) ? Results.NoContent() : From(error);

    /// <summary>For what begins now and ends later.</summary>
    public static async Task<IResult> AcceptedAsync(Task<Result<Done>> command) =>
        (await command).Ok(out _, out var error) ? Results.Accepted() : From(error);

    public static int Status(Error error) => error switch
    {
        NotFound => StatusCodes.Status404NotFound,
        Forbidden => StatusCodes.Status403Forbidden,
        Invalid or InvalidQuery => StatusCodes.Status400BadRequest,
        Conflict or ChangedMeanwhile { ByVersion: false } => StatusCodes.Status409Conflict,
        ChangedMeanwhile => StatusCodes.Status412PreconditionFailed,
        TooMany => StatusCodes.Status429TooManyRequests,
        Unavailable => StatusCodes.Status503ServiceUnavailable,
        KubernetesError or PrometheusRefusal => StatusCodes.Status502BadGateway,
        _ => StatusCodes.Status500InternalServerError,
    };

    public static string Title(int status) => status switch
    {
        400 => "The request is not valid.",
        401 => "Sign in first.",
        403 => "Not allowed.",
        404 => "Not found.",
        405 => "Method not allowed.",
        409 => "Not possible right now.",
        412 => "Changed meanwhile.",
        413 => "The request is too large.",
        415 => "Unsupported media type.",
        429 => "Too many requests.",
        502 or 503 => "Not available right now.",
        _ => "Something went wrong.",
    };

    /// <summary>What to do about a refusal that no command explained.</summary>
    public static string Detail(int status) => status switch
    {
        401 => "Send an access token as a bearer token. It may have expired: refresh it or sign in again.",
        403 => "Your account may not do this.",
        404 => "The API has no such route.",
        405 => "This route does not take that method.",
        413 => "The body is larger than this route takes.",
        415 => "Send the body as application/json.",
        429 => "Wait a minute, then try again.",
        _ => "The request was refused.",
    };

    private static Dictionary<string, object?> Extensions(Error error)
    {
        var extensions = new Dictionary<string, object?> { ["code"] = error.Code };
        if (error is Invalid invalid)
            extensions["errors"] = invalid.Faults.GroupBy(f => f.Field).ToDictionary(g => g.Key, g => g.Select(f => f.Message).ToArray());
        if (error is ChangedMeanwhile changed) (extensions["release"], extensions["changes"]) = (changed.Release, changed.Changes);
        return extensions;
    }
}
