using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Babyhelm.Core.Sandbox.Storage;

namespace Babyhelm.Core.Sandbox.Admission;

/// <summary>Rules for names, labels and annotations.</summary>
internal static partial class Names
{
    private const string LabelRule =
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

    private const string SubdomainRule =
        @"a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

    private const string ServiceRule =
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

    private const string LabelValueRule =
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

    private const string QualifiedRule =
        "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

    private const int MaxAnnotationBytes = 256 * 1024;

    public static void Check(ApiResource resource, JsonObject body, FieldErrors errors)
    {
        var meta = body.Map("metadata");
        var name = meta.Str("name") ?? "";
        if (name.Length == 0) errors.Required("metadata.name", "name or generateName is required");
        else if (resource == ApiResource.Services) Match(errors, "metadata.name", name, ServiceLabel(), ServiceRule, 63);
        else if (resource == ApiResource.Namespaces) Label(errors, "metadata.name", name);
        else Match(errors, "metadata.name", name, Subdomain(), SubdomainRule, 253);
        CheckLabels(meta.At("labels"), "metadata.labels", errors);
        var size = 0;
        foreach (var (key, value) in Json.Strings(meta.At("annotations")))
        {
            CheckQualified(key.ToLowerInvariant(), "metadata.annotations", errors);
            size += key.Length + value.Length;
        }
        if (size > MaxAnnotationBytes) errors.Invalid("metadata.annotations", "", $"must have at most {MaxAnnotationBytes} bytes");
    }

    public static void CheckLabels(JsonNode? labels, string field, FieldErrors errors)
    {
        foreach (var (key, value) in Json.Strings(labels))
        {
            CheckQualified(key, field, errors);
            Match(errors, field, value, LabelValue(), LabelValueRule, 63);
        }
    }

    public static void Label(FieldErrors errors, string field, string name) => Match(errors, field, name, DnsLabel(), LabelRule, 63);

    private static void CheckQualified(string key, string field, FieldErrors errors)
    {
        var slash = key.IndexOf('/', StringComparison.Ordinal);
        if (slash >= 0 && !Subdomain().IsMatch(key[..slash])) errors.Invalid(field, key, $"prefix part {SubdomainRule}");
        var name = key[(slash + 1)..];
        if (!QualifiedName().IsMatch(name)) errors.Invalid(field, key, QualifiedRule);
        else if (name.Length > 63) errors.Invalid(field, key, "name part must be no more than 63 bytes");
    }

    private static void Match(FieldErrors errors, string field, string value, Regex rule, string text, int max)
    {
        if (value.Length > max) errors.Invalid(field, value, $"must be no more than {max} bytes");
        if (!rule.IsMatch(value)) errors.Invalid(field, value, text);
    }

    [GeneratedRegex(@"\A[a-z0-9]([-a-z0-9]*[a-z0-9])?\z")]
    private static partial Regex DnsLabel();

    [GeneratedRegex(@"\A[a-z]([-a-z0-9]*[a-z0-9])?\z")]
    private static partial Regex ServiceLabel();

    [GeneratedRegex(@"\A[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\z")]
    private static partial Regex Subdomain();

    [GeneratedRegex(@"\A(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?\z")]
    private static partial Regex LabelValue();

    [GeneratedRegex(@"\A([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]\z")]
    private static partial Regex QualifiedName();
}
