using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Babyhelm.Core.Common;
using Babyhelm.Core.Sandbox.Storage;
using Microsoft.AspNetCore.Http;

namespace Babyhelm.Core.Sandbox.Api;

/// <summary>One request to a resource: what its path names, and its parameters.</summary>
internal sealed class ApiCall(HttpContext http, ApiResource resource, string? ns, string? name, string? subresource)
{
    private const int LargestBody = 3 * 1024 * 1024;

    public HttpContext Http { get; } = http;
    public ApiResource Resource { get; } = resource;

    /// <summary>Null for all namespaces, and for types that have none.</summary>
    public string? Namespace { get; } = ns;
    public string? Name { get; } = name;
    public string? Subresource { get; } = subresource;
    public CancellationToken Aborted => Http.RequestAborted;

    public string? Query(string parameter) => Http.Request.Query[parameter].FirstOrDefault();

    public bool Flag(string parameter) => Query(parameter) is "true" or "1" or "True";

    public long? Number(string parameter) =>
        long.TryParse(Query(parameter), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    public WriteContext Write(string? manager = null) => new(manager ?? Manager, Query("dryRun") == "All");

    /// <summary>The field manager: as given, or the first word of the user agent.</summary>
    public string Manager => Query("fieldManager") is { Length: > 0 } given ? given
        : Http.Request.Headers.UserAgent.ToString().Split('/', ' ')[0] is { Length: > 0 } agent ? agent : "unknown";

    public string ContentType => (Http.Request.ContentType ?? "application/json").Split(';')[0].Trim().ToLowerInvariant();

    public async Task<Result<byte[]>> BodyAsync()
    {
        if (Http.Request.ContentLength > LargestBody) return StatusError.TooLarge();
        using var buffer = new MemoryStream();
        var chunk = new byte[16 * 1024];
        int read;
        while ((read = await Http.Request.Body.ReadAsync(chunk, Aborted)) > 0)
        {
            if (buffer.Length + read > LargestBody) return StatusError.TooLarge();
            buffer.Write(chunk, 0, read);
        }
        return buffer.ToArray();
    }

    /// <summary>The body as an object, from JSON or YAML.</summary>
    public async Task<Result<JsonObject>> ObjectAsync(string? kind = null)
    {
        if (ContentType.Contains("protobuf", StringComparison.Ordinal) || ContentType.Contains("cbor", StringComparison.Ordinal))
            return new StatusError(415, "UnsupportedMediaType", $"the body of the request was in an unknown format - accepted media types include: application/json, application/yaml");
        if (!(await BodyAsync()).Ok(out var bytes, out var error)) return error;
        var text = System.Text.Encoding.UTF8.GetString(bytes);
        try
        {
            var node = ContentType.Contains("yaml", StringComparison.Ordinal) ? Yaml.Parse(text) : Json.Parse(bytes);
            return node is JsonObject map ? map : StatusError.BadRequest($"the object provided is unrecognized (must be of type {kind ?? Resource.Kind}): couldn't get version/kind; json parse error: json: cannot unmarshal into an object ({Shorten(text)})");
        }
        catch (JsonException)
        {
            return StatusError.BadRequest($"the object provided is unrecognized (must be of type {kind ?? Resource.Kind}): couldn't get version/kind; json parse error: unexpected end of JSON input ({Shorten(text)})");
        }
        catch (FormatException e)
        {
            return StatusError.BadRequest($"error decoding YAML: {e.Message}");
        }
    }

    public void Warn(IEnumerable<string> warnings)
    {
        foreach (var warning in warnings)
            Http.Response.Headers.Append("Warning", $"299 - \"{Ascii(warning).Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"");
    }

    private static string Ascii(string text) => string.Concat(text.Select(c => c is < ' ' or > '~' ? '?' : c));

    private static string Shorten(string text) => text.Length > 100 ? text[..100] : text;
}
