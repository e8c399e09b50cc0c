using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Babyhelm.Core.Common;

namespace Babyhelm.Core.Manifests;

/// <summary>The one JSON form of an app spec, for REST and for storage.</summary>
/// <remarks>
/// camelCase; enums as camelCase strings; a field that does not exist, stands twice or is null where null means nothing
/// is refused by name, so that nothing is set that the spec does not have.
/// </remarks>
public static partial class AppSpecJson
{
    /// <summary>Longest text that is read, in characters: more than any valid spec needs.</summary>
    public const int MaxLength = 4 * 1024 * 1024;

    /// <summary>
    /// Read-only. Contracts come from reflection, not from the source generator: that one drops the defaults of
    /// init-only properties, so that a spec without <c>replicas</c> would ask for none.
    /// </summary>
    public static readonly JsonSerializerOptions Options = CreateOptions();

    public static string Write(AppSpec spec) => JsonSerializer.Serialize(spec, Options);

    /// <summary>The spec, not yet validated; or an <see cref="Invalid"/> with the field's path.</summary>
    public static Result<AppSpec> Read(string json)
    {
        if (json.Length > MaxLength) return new Invalid("", $"The app spec is longer than {MaxLength} characters.");
        try
        {
            return JsonSerializer.Deserialize<AppSpec>(json, Options) is { } spec
                ? spec
                : new Invalid("", "Give an app spec as a JSON object.");
        }
        catch (JsonException e)
        {
            return Describe(e);
        }
    }

    /// <summary>What a failed read means to the one who wrote the JSON; also for readers that use <see cref="Options"/> directly.</summary>
    public static Invalid Describe(JsonException e)
    {
        var path = e.Path is null or "$" ? "" : e.Path.StartsWith("$.", StringComparison.Ordinal) ? e.Path[2..] : e.Path[1..];
        if (Unmapped().Match(e.Message) is { Success: true } unmapped)
        {
            var name = unmapped.Groups[1].Value;
            return new Invalid(Join(path, name), $"There is no field '{name}' here.");
        }
        if (Duplicate().Match(e.Message) is { Success: true } duplicate)
            return new Invalid(Join(path, duplicate.Groups[1].Value), $"The field '{duplicate.Groups[1].Value}' stands twice.");
        if (e.Message.Contains("missing required properties", StringComparison.Ordinal))
        {
            var missing = Missing().Matches(e.Message[e.Message.IndexOf("including", StringComparison.Ordinal)..]).Select(m => m.Groups[1].Value);
            return new Invalid([.. missing.Select(m => new Fault(Join(path, m), $"Give a value for '{m}'."))]);
        }
        return e.InnerException is JsonException
            ? new Invalid("", $"This is not JSON: line {e.LineNumber + 1}, position {e.BytePositionInLine + 1}.")
            : new Invalid(path, path.Length == 0 ? "This is not an app spec." : $"The value of '{path}' has the wrong type or is not one of the allowed words.");
    }

    private static JsonSerializerOptions CreateOptions()
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
            AllowDuplicateProperties = false,
            RespectNullableAnnotations = true,
            RespectRequiredConstructorParameters = true,
            MaxDepth = 16,
            Converters = { new CamelCaseEnum<AppKind>(), new CamelCaseEnum<ExposeType>() },
        };
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }

    private static string Join(string path, string name) =>
        path.Length == 0 || path == name || path.EndsWith("." + name, StringComparison.Ordinal) ? (path.Length == 0 ? name : path) : $"{path}.{name}";

    [GeneratedRegex("^The JSON property '(.*)' could not be mapped", RegexOptions.Singleline)]
    private static partial Regex Unmapped();

    [GeneratedRegex("^Duplicate property '(.*)' encountered", RegexOptions.Singleline)]
    private static partial Regex Duplicate();

    [GeneratedRegex("'([a-zA-Z]+)'")]
    private static partial Regex Missing();
}

internal sealed class CamelCaseEnum<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.CamelCase, allowIntegerValues: false)
    where T : struct, Enum;
