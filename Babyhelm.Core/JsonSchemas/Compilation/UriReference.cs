namespace Babyhelm.Core.JsonSchemas.Compilation;

/// <summary>Parts of an address, and its resolution against a base, after RFC 3986, section 5. Nothing is decoded or normalized but dots.</summary>
internal readonly record struct UriReference(string? Scheme, string? Authority, string Path, string? Query, string? Fragment)
{
    public static UriReference Parse(string text)
    {
        string? scheme = null, authority = null, query = null, fragment = null;
        if (text.IndexOf('#', StringComparison.Ordinal) is var hash and >= 0) (text, fragment) = (text[..hash], text[(hash + 1)..]);
        if (text.IndexOf('?', StringComparison.Ordinal) is var mark and >= 0) (text, query) = (text[..mark], text[(mark + 1)..]);
        if (text.IndexOf(':', StringComparison.Ordinal) is var colon and > 0 && IsScheme(text.AsSpan(0, colon))) (scheme, text) = (text[..colon], text[(colon + 1)..]);
        if (text.StartsWith("//", StringComparison.Ordinal))
        {
            var end = text.IndexOf('/', 2);
            if (end < 0) end = text.Length;
            (authority, text) = (text[2..end], text[end..]);
        }
        return new UriReference(scheme, authority, text, query, fragment);
    }

    /// <summary>The absolute address, without its fragment, and the fragment.</summary>
    public static (string Address, string? Fragment) Resolve(string baseAddress, string reference)
    {
        var target = Parse(reference);
        var fragment = target.Fragment;
        if (target.Scheme is null)
        {
            var origin = Parse(baseAddress);
            if (target.Authority is not null) target = target with { Scheme = origin.Scheme };
            else if (target.Path.Length == 0) target = origin with { Query = target.Query ?? origin.Query };
            else target = origin with { Path = target.Path[0] == '/' ? target.Path : Merge(origin, target.Path), Query = target.Query };
        }
        return ((target with { Path = target.Scheme is not null && target.Authority is null && !target.Path.StartsWith('/') ? target.Path : WithoutDots(target.Path), Fragment = null }).ToString(), fragment);
    }

    public override string ToString() =>
        $"{(Scheme is null ? "" : Scheme + ":")}{(Authority is null ? "" : "//" + Authority)}{Path}{(Query is null ? "" : "?" + Query)}{(Fragment is null ? "" : "#" + Fragment)}";

    private static bool IsScheme(ReadOnlySpan<char> text)
    {
        if (!char.IsAsciiLetter(text[0])) return false;
        foreach (var c in text)
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('+' or '-' or '.')) return false;
        return true;
    }

    private static string Merge(UriReference origin, string path) =>
        origin.Authority is not null && origin.Path.Length == 0 ? "/" + path : origin.Path[..(origin.Path.LastIndexOf('/') + 1)] + path;

    private static string WithoutDots(string path)
    {
        if (!path.Contains("./", StringComparison.Ordinal) && !path.EndsWith('.')) return path;
        var kept = new List<string>();
        var steps = path.Split('/');
        for (var i = 0; i < steps.Length; i++)
        {
            var last = i == steps.Length - 1;
            if (steps[i] == "..")
            {
                if (kept.Count > 1) kept.RemoveAt(kept.Count - 1);
                if (last) kept.Add("");
            }
            else if (steps[i] == ".")
            {
                if (last) kept.Add("");
            }
            else
            {
                kept.Add(steps[i]);
            }
        }
        return string.Join('/', kept);
    }
}
