using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Babyhelm.Core.Kubernetes.Transport;

/// <summary>A request that can be sent more than once.</summary>
/// <param name="Path">Path and query below the server's address.</param>
internal sealed record ClusterRequest(HttpMethod Method, string Path)
{
    internal JsonNode? Body { get; init; }
    internal string ContentType { get; init; } = "application/json";
    internal string Accept { get; init; } = AnyObject;

    internal const string AnyObject = "application/json";

    /// <summary>Objects and lists without spec, status and data; a watch names the object's form, a list the list's.</summary>
    internal const string MetadataOnly = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
    internal const string MetadataListOnly = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

    /// <summary>Asks for a WebSocket; its answer is then a 101.</summary>
    internal WebSocketHandshake? Handshake { get; init; }

    /// <summary>For messages: queries can be long and hold tokens.</summary>
    internal string PathOnly => Path.Split('?', 2)[0];

    internal bool IsSecretWrite => Body is not null && PathOnly.Contains("/secrets", StringComparison.Ordinal);

    /// <summary>
    /// The server reads an apply as YAML, and that reader refuses what JSON writers make of some texts: characters beyond
    /// 16 bits as two escapes (go-yaml: "invalid Unicode character escape code").
    /// </summary>
    private string Text => ContentType.EndsWith("yaml", StringComparison.Ordinal) ? Yaml.Write(Body) : Body!.ToJsonString();

    internal HttpRequestMessage ToMessage(string server)
    {
        var message = new HttpRequestMessage(Method, server + Path);
        message.Headers.Accept.ParseAdd(Accept);
        Handshake?.Ask(message);
        if (Body is not null)
            message.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(Text)) { Headers = { ContentType = new MediaTypeHeaderValue(ContentType) } };
        return message;
    }
}

/// <summary>A query string, built up; values are escaped, missing ones left out.</summary>
internal sealed class Query
{
    private readonly StringBuilder _text = new();

    internal Query Add(string name, string? value)
    {
        if (value is not null) _text.Append(_text.Length == 0 ? '?' : '&').Append(name).Append('=').Append(Uri.EscapeDataString(value));
        return this;
    }

    internal Query Add(string name, bool value) => value ? Add(name, "true") : this;

    internal Query Add(string name, long? value) => Add(name, value?.ToString(System.Globalization.CultureInfo.InvariantCulture));

    public override string ToString() => _text.ToString();
}
