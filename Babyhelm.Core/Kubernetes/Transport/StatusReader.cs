using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Babyhelm.Core.Kubernetes.Resources;

namespace Babyhelm.Core.Kubernetes.Transport;

/// <summary>Turns answers that are not 2xx, and ERROR events, into <see cref="KubernetesError"/>.</summary>
internal static partial class StatusReader
{
    /// <summary>Of an error's body; a Status is far smaller.</summary>
    private const int MaxBody = 64 * 1024;
    private const int MaxQuote = 200;

    /// <summary>Quoted pieces of the request, which can hold secrets: "error found in #10 byte of ...|…".</summary>
    [GeneratedRegex(@",? error found in #\d+ byte of .*\z|, bigger context .*\z", RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex QuotedRequest { get; }

    [GeneratedRegex("<title[^>]*>(?<title>[^<]{1,200})", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Title { get; }

    internal static async Task<KubernetesError> ReadAsync(HttpResponseMessage response, ClusterRequest request, DateTimeOffset now, CancellationToken cancellation)
    {
        var body = await ReadStartAsync(response, cancellation);
        var code = (int)response.StatusCode;
        var status = response.Content.Headers.ContentType?.MediaType == "application/json" ? Parse(body) : null;
        if (status is { Kind: "Status" })
            return From(status with { Code = code }, request, RetryAfter(response, now, status.Details.RetryAfterSeconds));

        var text = Encoding.UTF8.GetString(body).Trim();
        if (code == 404 && text == "404 page not found")
            return Make(404, KubernetesError.NotServed, text, $"The cluster does not serve {request.PathOnly}.", []);
        if (response.Content.Headers.ContentType?.MediaType == "text/html" || text.StartsWith('<'))
        {
            var title = Title.Match(text) is { Success: true } match ? $" titled '{Quote(WebUtility.HtmlDecode(match.Groups["title"].Value))}'" : "";
            return Make(code, KubernetesError.NotKubernetes, "",
                $"Something that is not Kubernetes, such as a proxy, answers in place of the cluster: {code} with a web page{title}.", [], RetryAfter(response, now));
        }
        var reason = ReasonOf(code);
        return Make(code, reason, Quote(text), text.Length == 0 ? $"The cluster answered {code} ({reason})." : Sentence(code, reason, Quote(text)), [], RetryAfter(response, now));
    }

    internal static KubernetesError From(StatusBody status, ClusterRequest request, TimeSpan? retryAfter = null)
    {
        var reason = status.Reason.Length > 0 ? status.Reason : ReasonOf(status.Code);
        // What the server says of a Secret's content can quote it.
        if (request.IsSecretWrite && status.Code is (400 or 422 or 500))
            return Make(status.Code, reason, "", $"The cluster did not accept the content of the Secret ({status.Code} {reason}).",
                [.. status.Details.Causes.Select(c => c with { Message = "" })], retryAfter);
        var said = QuotedRequest.Replace(status.Message, "");
        return Make(status.Code, reason, said, Sentence(status.Code, reason, said), status.Details.Causes, retryAfter);
    }

    internal static KubernetesError NotKubernetes(ClusterRequest request, int code, string? mediaType) =>
        Make(code, KubernetesError.NotKubernetes, "",
            $"The answer to {request.PathOnly} is not from a Kubernetes API ({code} {mediaType ?? "without a content type"}). Check the server's address.", []);

    internal static KubernetesError Garbled(ClusterRequest request) =>
        Make(200, KubernetesError.Garbled, "", $"The cluster's answer to {request.PathOnly} is not what this client understands.", []);

    internal static KubernetesError TooLarge(ClusterRequest request, long limit) =>
        Make(200, "TooLarge", "", $"The cluster's answer to {request.PathOnly} is larger than {limit / (1024 * 1024)} MiB.", []);

    internal static TimeSpan? RetryAfter(HttpResponseMessage response, DateTimeOffset now, int? seconds = null)
    {
        var header = response.Headers.RetryAfter;
        var wait = header?.Delta ?? (header?.Date is { } date ? date - now : (TimeSpan?)null) ?? (seconds is > 0 ? TimeSpan.FromSeconds(seconds.Value) : (TimeSpan?)null);
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }

    internal static StatusBody? Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, KubernetesJson.Of<StatusBody>());
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static async Task<byte[]> ReadStartAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
        var buffer = new byte[MaxBody];
        var length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation);
        return buffer[..length];
    }

    private static KubernetesError Make(int code, string reason, string said, string message, IReadOnlyList<StatusCause> causes, TimeSpan? retryAfter = null) =>
        new(KubernetesError.CodeOf(reason), message, code, reason, said, causes, retryAfter);

    private static string Sentence(int code, string reason, string said) => code == 401
        ? "The cluster refused the credentials (401). Check the user of the kubeconfig or the service account's token."
        : $"The cluster answered {code} {reason}: {said.TrimEnd('.')}.";

    private static string Quote(string text)
    {
        var plain = string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)).Trim();
        return plain.Length <= MaxQuote ? plain : plain[..MaxQuote] + "…";
    }

    private static string ReasonOf(int code) => code switch
    {
        400 => "BadRequest",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "NotFound",
        405 => "MethodNotAllowed",
        409 => "Conflict",
        410 => "Expired",
        413 => "RequestEntityTooLarge",
        415 => "UnsupportedMediaType",
        422 => "Invalid",
        429 => "TooManyRequests",
        500 => "InternalError",
        503 => "ServiceUnavailable",
        504 => "Timeout",
        _ => "Unknown",
    };
}
