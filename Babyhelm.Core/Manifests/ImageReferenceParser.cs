namespace Babyhelm.Core.Manifests;

/// <summary>
/// Hand-written recogniser of <c>name [":" tag] ["@" digest]</c> in linear time, after the rules by which Docker tells a
/// registry from the first part of a Docker Hub name.
/// </summary>
internal static class ImageReferenceParser
{
    private const string LegacyRegistry = "index.docker.io";
    private const string OfficialPrefix = "library/";

    public static ImageReference? Parse(string? text, out string problem)
    {
        problem = Unreadable(text) ?? "";
        if (problem.Length > 0) return null;

        var (registry, rest) = Split(text!);
        problem = RegistryProblem(registry) ?? "";
        if (problem.Length > 0) return null;

        var end = rest.AsSpan().IndexOfAny(':', '@');
        var repository = end < 0 ? rest : rest[..end];
        string? tag = null, digest = null;
        if (end >= 0)
        {
            var at = rest.IndexOf('@', end);
            if (rest[end] == ':') tag = at < 0 ? rest[(end + 1)..] : rest[(end + 1)..at];
            if (at >= 0) digest = rest[(at + 1)..];
        }

        problem = RepositoryProblem(repository) ?? (tag is null ? null : TagProblem(tag))
            ?? (digest is null ? null : DigestProblem(digest)) ?? "";
        return problem.Length > 0 ? null : new ImageReference(registry, repository, tag, digest);
    }

    private static string? Unreadable(string? text)
    {
        if (string.IsNullOrEmpty(text)) return "Give an image, for example nginx:1.27.";
        if (text.Length > ImageReference.MaxLength) return $"An image has at most {ImageReference.MaxLength} characters; this has {text.Length}.";
        foreach (var c in text)
        {
            if (c is > ' ' and < '\x7f') continue;
            return c == ' '
                ? "An image has no spaces."
                : $"An image has only plain ASCII characters; U+{(int)c:X4} is not one.";
        }
        if (text.Contains("://", StringComparison.Ordinal)) return "Leave out the part up to '://': an image is not a web address, for example ghcr.io/owner/name:1.0.";
        return text.Length == 64 && text.All(IsLowerHex)
            ? "This is an image id; give a name from a registry instead, for example nginx:1.27."
            : null;
    }

    /// <summary>The first part is a registry only if it looks like a host; else the image is on Docker Hub.</summary>
    private static (string Registry, string Remainder) Split(string text)
    {
        var slash = text.IndexOf('/');
        if (slash < 0) return (ImageReference.DefaultRegistry, OfficialPrefix + text);

        var first = text[..slash];
        var isHost = first == "localhost" || first.AsSpan().IndexOfAny('.', ':') >= 0 || first.Any(char.IsAsciiLetterUpper);
        var registry = !isHost || first == LegacyRegistry ? ImageReference.DefaultRegistry : first;
        var rest = isHost ? text[(slash + 1)..] : text;
        return registry == ImageReference.DefaultRegistry && !rest.Contains('/') ? (registry, OfficialPrefix + rest) : (registry, rest);
    }

    private static string? RegistryProblem(string registry)
    {
        var host = registry;
        if (registry[0] == '[')
        {
            var close = registry.IndexOf(']');
            var address = close < 0 ? "" : registry[1..close];
            if (address.Length == 0 || !address.All(c => char.IsAsciiHexDigit(c) || c == ':'))
                return $"The registry '{registry}' is not an IPv6 address in brackets, as in [::1]:5000.";
            return close + 1 == registry.Length ? null : PortProblem(registry, registry[(close + 1)..]);
        }
        var colon = registry.IndexOf(':');
        if (colon >= 0)
        {
            if (PortProblem(registry, registry[colon..]) is { } bad) return bad;
            host = registry[..colon];
        }
        foreach (var label in host.Split('.'))
            if (label.Length == 0 || label[0] == '-' || label[^1] == '-' || !label.All(c => char.IsAsciiLetterOrDigit(c) || c == '-'))
                return $"'{host}' is not a registry's host name: it has letters, digits, inner dashes and dots only.";
        return null;
    }

    private static string? PortProblem(string registry, string port) =>
        port.Length > 1 && port[0] == ':' && port.AsSpan(1).ContainsAnyExceptInRange('0', '9') is false
            ? null
            : $"The port of the registry '{registry}' is not a number.";

    private static string? RepositoryProblem(string repository)
    {
        if (repository.Any(char.IsAsciiLetterUpper)) return $"The image's name '{repository}' has upper-case letters; only lower case is allowed.";
        foreach (var part in repository.Split('/'))
        {
            if (part.Length == 0) return "The image's name has an empty part: something is missing before or after a '/'.";
            if (!IsPathComponent(part))
                return $"'{part}' is not a good part of an image's name: it has lower-case letters and digits, with a dot, one or two underscores or dashes between them.";
        }
        return repository.Length > ImageReference.MaxRepositoryLength
            ? $"An image's name has at most {ImageReference.MaxRepositoryLength} characters; this has {repository.Length}."
            : null;
    }

    /// <summary><c>[a-z0-9]+ ((. | _ | __ | -+) [a-z0-9]+)*</c></summary>
    private static bool IsPathComponent(string part)
    {
        var i = 0;
        while (true)
        {
            var start = i;
            while (i < part.Length && IsLowerAlphaNumeric(part[i])) i++;
            if (i == start) return false;
            if (i == part.Length) return true;

            var separator = part[i];
            start = i;
            while (i < part.Length && part[i] == separator) i++;
            var most = separator switch { '.' => 1, '_' => 2, '-' => int.MaxValue, _ => 0 };
            if (i - start > most) return false;
        }
    }

    private static string? TagProblem(string tag)
    {
        if (tag.Length == 0) return "The tag after ':' is missing.";
        if (tag.Length > ImageReference.MaxTagLength) return $"A tag has at most {ImageReference.MaxTagLength} characters; this has {tag.Length}.";
        return tag[0] is not ('.' or '-') && tag.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-')
            ? null
            : $"The tag '{tag}' is not good: it has letters, digits, '_', '.' and '-', and starts with none of the last two.";
    }

    private static string? DigestProblem(string digest)
    {
        var colon = digest.IndexOf(':');
        var hexLength = (colon < 0 ? digest : digest[..colon]) switch { "sha256" => 64, "sha384" => 96, "sha512" => 128, _ => 0 };
        if (hexLength == 0) return "The digest after '@' starts with none of sha256:, sha384: and sha512:.";
        var hex = digest.AsSpan(colon + 1);
        foreach (var c in hex)
            if (!IsLowerHex(c)) return $"The digest has '{c}'; after the ':' it has only 0 to 9 and a to f.";
        return hex.Length == hexLength && colon > 0 ? null : $"A {digest[..Math.Max(colon, 0)]} digest has {hexLength} digits; this has {hex.Length}.";
    }

    private static bool IsLowerAlphaNumeric(char c) => c is (>= 'a' and <= 'z') or (>= '0' and <= '9');

    private static bool IsLowerHex(char c) => c is (>= 'a' and <= 'f') or (>= '0' and <= '9');
}
