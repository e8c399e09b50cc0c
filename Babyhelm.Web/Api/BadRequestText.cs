using System.Text.Json;
using System.Text.RegularExpressions;

namespace Babyhelm.Web.Api;

/// <summary>What is wrong with a request that could not be read, without the parser's words: they name types of the program.</summary>
internal static partial class BadRequestText
{
    private const int MaxField = 80;

    public static string Of(BadHttpRequestException bad) => bad switch
    {
        { InnerException: JsonException json } => OfJson(json),
        { StatusCode: not 400 } => Problems.Detail(bad.StatusCode),
        _ when Parameter().Match(bad.Message) is { Success: true } parameter => $"'{Camel(parameter.Groups[1].Value)}' is missing, or has a value that this route does not take.",
        _ => "The request is not what this route takes. The description of the API is at /docs.",
    };

    private static string OfJson(JsonException json) =>
        // Text that is no JSON is found by the reader; a value of the wrong kind, or a field that is not known, by who maps it.
        json.InnerException is JsonException || json.Path is null or "$"
            ? $"The body is not the JSON that this route takes, from line {json.LineNumber + 1}, byte {json.BytePositionInLine + 1} on."
            : $"The field '{Short(json.Path)}' is not known here, or has a value that it does not take.";

    private static string Short(string path)
    {
        path = path.StartsWith("$.", StringComparison.Ordinal) ? path[2..] : path;
        return path.Length <= MaxField ? path : path[..MaxField];
    }

    private static string Camel(string name) => char.ToLowerInvariant(name[0]) + name[1..];

    // Failed to bind parameter "Nullable<UserFilter> Filter" from "x"; Required parameter "string email" was not provided …
    [GeneratedRegex(@"parameter ""[^""]* (\w+)""")]
    private static partial Regex Parameter();
}
