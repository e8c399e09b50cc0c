using System.Text.RegularExpressions;

namespace Babyhelm.Core.Rollouts.Causes;

internal enum PullError { Unknown, NotFound, Unauthorized, DeniedOrMissing, Unreachable, RateLimited, WrongPlatform, NoSpace }

/// <summary>Reads what kubelets, containerd, Docker and registries say when an image cannot be pulled.</summary>
internal static partial class PullErrors
{
    // The first match wins. Transport trouble comes first: a registry that was not reached said nothing about the image.
    private static readonly (PullError Kind, string[] Says)[] Wording =
    [
        (PullError.Unreachable,
        [
            "no such host", "i/o timeout", "connection refused", "connection reset", "tls handshake timeout", "network is unreachable",
            "no route to host", "deadline exceeded", "server misbehaving", "temporary failure in name resolution", "request canceled",
            "x509:", "gave http response to https client", "remote error: tls", "bad gateway", "service unavailable",
            "internal server error", "gateway timeout", "unexpected eof", ": eof", "status: 50", "registryunavailable",
        ]),
        (PullError.RateLimited, ["toomanyrequests", "too many requests", "rate limit", "pull qps exceeded"]),
        (PullError.NoSpace, ["no space left on device", "disk quota exceeded"]),
        (PullError.WrongPlatform, ["no match for platform", "no matching manifest for", "does not match the specified platform"]),
        (PullError.DeniedOrMissing, ["pull access denied", "insufficient_scope", "may require"]),
        (PullError.Unauthorized,
            ["unauthorized", "authentication required", "denied", "forbidden", "no basic auth credentials", "status: 401", "status: 403", "failed to authorize"]),
        (PullError.NotFound, ["not found", "manifest unknown", "name unknown", "name_unknown", "not present with pull policy", "status: 404"]),
    ];

    /// <summary>The image's own name and every quoted part are left out first: names may hold any of the words.</summary>
    public static PullError Classify(string message, string image)
    {
        var text = Quoted().Replace(message, "").ToLowerInvariant();
        foreach (var name in Names(image.ToLowerInvariant())) text = text.Replace(name, "", StringComparison.Ordinal);
        foreach (var (kind, says) in Wording)
            if (says.Any(s => text.Contains(s, StringComparison.Ordinal))) return kind;
        return PullError.Unknown;
    }

    /// <summary>The host that did not answer, where the message names it.</summary>
    public static string? Host(string message) => HostName().Match(message) is { Success: true } m ? m.Groups["host"].Value : null;

    // Longest first; registries answer with or without the default host and the tag.
    private static IEnumerable<string> Names(string image)
    {
        if (image.Length == 0) yield break;
        yield return $"docker.io/{image}";
        yield return image;
        var bare = image.StartsWith("docker.io/", StringComparison.Ordinal) ? image["docker.io/".Length..] : image;
        yield return bare;
        var at = bare.IndexOf('@', StringComparison.Ordinal);
        if (at > 0) bare = bare[..at];
        var tag = bare.LastIndexOf(':');
        if (tag > bare.LastIndexOf('/')) bare = bare[..tag];
        // A name without a slash is too short to be cut out of a sentence.
        if (bare.Contains('/', StringComparison.Ordinal)) yield return bare;
    }

    [GeneratedRegex("\"[^\"]*\"")]
    private static partial Regex Quoted();

    [GeneratedRegex("""lookup (?<host>[A-Za-z0-9.-]+)|https?://(?<host>[A-Za-z0-9.:-]+)/|dial tcp (?<host>\[?[0-9a-fA-F.:]+\]?)""")]
    private static partial Regex HostName();
}
