using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Babyhelm.Core.Kubernetes.Resources;

public sealed record HorizontalPodAutoscaler : KubernetesObject
{
    /// <summary>
    /// Hash of what was asked for; null where the server sent none. Nothing else tells a change of it: autoscalers count no
    /// generation, and their version moves with every measurement.
    /// </summary>
    [JsonPropertyName("spec")]
    [JsonConverter(typeof(HashConverter))]
    public string? SpecHash { get; init; }
}

/// <summary>Keeps of any JSON value only a hash of its text, in hexadecimal.</summary>
internal sealed class HashConverter : JsonConverter<string>
{
    public override string Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var value = JsonDocument.ParseValue(ref reader);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(value.RootElement.GetRawText())));
    }

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) =>
        throw new NotSupportedException("What was hashed can't be written.");
}
