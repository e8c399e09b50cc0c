using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Babyhelm.Core.Kubernetes.Resources;

public sealed record HorizontalPodAutoscaler : KubernetesObject
{
    /// <summary>Null where the server sent none.</summary>
    public AutoscalerSpec? Spec { get; init; }

    public AutoscalerStatus Status { get; init => field = value ?? new(); } = new();
}

/// <summary>What was asked for.</summary>
/// <param name="Hash">
/// Hash of its text, in hexadecimal. Nothing else tells a change of it: autoscalers count no generation, and their version
/// moves with every measurement.
/// </param>
/// <param name="MinReplicas">1 where none is named.</param>
[JsonConverter(typeof(AutoscalerSpecConverter))]
public sealed record AutoscalerSpec(string Hash, int MinReplicas, int MaxReplicas, string TargetKind, string TargetName);

public sealed record AutoscalerStatus
{
    public int CurrentReplicas { get; init; }
    public int DesiredReplicas { get; init; }
}

internal sealed class AutoscalerSpecConverter : JsonConverter<AutoscalerSpec>
{
    public override AutoscalerSpec Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var value = JsonDocument.ParseValue(ref reader);
        var spec = value.RootElement;
        var target = spec.ValueKind == JsonValueKind.Object && spec.TryGetProperty("scaleTargetRef", out var named) ? named : default;
        return new AutoscalerSpec(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(spec.GetRawText()))),
            Number(spec, "minReplicas") ?? 1, Number(spec, "maxReplicas") ?? 0, Text(target, "kind"), Text(target, "name"));
    }

    public override void Write(Utf8JsonWriter writer, AutoscalerSpec value, JsonSerializerOptions options) =>
        throw new NotSupportedException("What was hashed can't be written.");

    private static int? Number(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number : null;

    private static string Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
}
