namespace Babyhelm.Core.Common;

/// <summary>Names after RFC 1123 and their use in Kubernetes.</summary>
internal static class DnsName
{
    /// <summary>A host name of at least two labels whose last one is not a number, in lower case, at most 253 characters.</summary>
    public static bool IsHost(string name) => IsSubdomain(name) && name.LastIndexOf('.') is > 0 and var dot && !char.IsAsciiDigit(name[dot + 1]);

    public static bool IsSubdomain(string name) => name.Length is > 0 and <= 253 && name.Split('.').All(IsLabel);

    public static bool IsLabel(string label) =>
        label.Length is > 0 and <= 63 && label[0] != '-' && label[^1] != '-' && label.All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-');

    /// <summary>A label's key: optional <c>domain/</c>, then letters, digits, '-', '_', '.', at most 63.</summary>
    public static bool IsQualifiedName(string name)
    {
        var slash = name.IndexOf('/');
        return (slash < 0 || IsSubdomain(name[..slash])) && name.Length > slash + 1 && IsLabelValue(name[(slash + 1)..]);
    }

    /// <summary>A label's value: empty, or at most 63 letters, digits, '-', '_', '.', with a letter or digit at both ends.</summary>
    public static bool IsLabelValue(string value) =>
        value.Length == 0
        || (value.Length <= 63 && char.IsAsciiLetterOrDigit(value[0]) && char.IsAsciiLetterOrDigit(value[^1])
            && value.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'));
}
