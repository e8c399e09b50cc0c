using System.Text.Json.Nodes;
using Babyhelm.Core.Common;
using Microsoft.AspNetCore.Http;

namespace Babyhelm.Core.Sandbox.Api;

/// <summary>Writes answers.</summary>
internal static class Answers
{
    public static Task Json(HttpContext http, JsonNode body, int status = 200) => Bytes(http, Sandbox.Json.Bytes(body), "application/json", status);

    public static async Task Bytes(HttpContext http, byte[] body, string contentType, int status = 200)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = contentType;
        http.Response.ContentLength = body.Length;
        http.Response.Headers.CacheControl = "no-cache, private";
        if (!HttpMethods.IsHead(http.Request.Method)) await http.Response.Body.WriteAsync(body, http.RequestAborted);
    }

    public static Task Text(HttpContext http, string text, int status = 200) => Bytes(http, System.Text.Encoding.UTF8.GetBytes(text), "text/plain; charset=utf-8", status);

    public static Task Error(HttpContext http, Error error)
    {
        var status = error as StatusError ?? new StatusError(500, "InternalError", error.Message);
        if (status.Http == 429 || status.Details.At("retryAfterSeconds") is not null) http.Response.Headers.RetryAfter = status.Details.Scalar("retryAfterSeconds") ?? "1";
        return Json(http, status.ToJson(), status.Http);
    }
}
