using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Babyhelm.Core.Sandbox.Kubelet;

internal enum Behavior { Serve, Crash, OutOfMemory, Unready, Ticker }

/// <summary>What an image does, by its name: the last part of its path decides.</summary>
internal static partial class ImageBehavior
{
    public static Behavior Of(string image) => LastPart(image) switch
    {
        var n when n.StartsWith("crash", StringComparison.Ordinal) => Behavior.Crash,
        var n when n.StartsWith("oom", StringComparison.Ordinal) => Behavior.OutOfMemory,
        var n when n.StartsWith("unready", StringComparison.Ordinal) => Behavior.Unready,
        var n when n.StartsWith("ticker", StringComparison.Ordinal) => Behavior.Ticker,
        _ => Behavior.Serve,
    };

    /// <summary>Whether the image has nothing in it but its own program: no shell and no tools.</summary>
    public static bool IsBare(string image) => LastPart(image).StartsWith("scratch", StringComparison.Ordinal);

    /// <summary>Why the reference is no valid one, in the container runtime's words, or null.</summary>
    public static string? Invalid(string image)
    {
        if (Reference().IsMatch(image)) return null;
        var path = image[(image.IndexOf('/', StringComparison.Ordinal) + 1)..].Split(':')[0];
        return path.Any(char.IsUpper) ? $"invalid reference format: repository name ({path}) must be lowercase" : "invalid reference format";
    }

    /// <summary>Why the image cannot be pulled, or null.</summary>
    public static string? PullFailure(string image, bool credentials)
    {
        var full = Normalize(image);
        var prefix = $"failed to pull and unpack image \"{full}\": failed to resolve reference \"{full}\": ";
        var name = LastPart(image);
        if (name.StartsWith("missing", StringComparison.Ordinal)) return $"{prefix}{full}: not found";
        return name.StartsWith("private", StringComparison.Ordinal) && !credentials
            ? $"{prefix}pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed"
            : null;
    }

    /// <summary>With registry, library folder and tag, as the runtime names it.</summary>
    public static string Normalize(string image)
    {
        var slash = image.IndexOf('/', StringComparison.Ordinal);
        var host = slash > 0 ? image[..slash] : "";
        var full = host.Contains('.') || host.Contains(':') || host == "localhost" ? image : slash < 0 ? $"docker.io/library/{image}" : $"docker.io/{image}";
        return full.Contains('@') || full[(full.LastIndexOf('/') + 1)..].Contains(':') ? full : full + ":latest";
    }

    public static string Id(string image) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Normalize(image))));

    /// <summary>
    /// The repository with the digest that was pulled, as the runtime tells it of a container. A tag moves with every pull where the
    /// image's name begins with <c>moving</c>, and never elsewhere.
    /// </summary>
    /// <param name="pulls">How often the node had pulled it then.</param>
    public static string PulledAs(string image, int pulls)
    {
        if (pulls > 1 && LastPart(image).StartsWith("moving", StringComparison.Ordinal) && !image.Contains('@')) return $"{PulledAs(image, 1).Split('@')[0]}@{Id($"{image}-{pulls}")}";
        var full = Normalize(image);
        var at = full.IndexOf('@', StringComparison.Ordinal);
        var name = at < 0 ? full : full[..at];
        var tag = name.IndexOf(':', name.LastIndexOf('/') + 1);
        return $"{(tag < 0 ? name : name[..tag])}@{(at < 0 ? Id(image) : full[(at + 1)..])}";
    }

    /// <summary>A share of a third more or less, the same for an image each time.</summary>
    public static TimeSpan Vary(TimeSpan delay, string image)
    {
        var share = int.Parse(Id(image).AsSpan(7, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) / 255.0;
        return delay * (2 / 3.0 + share * 2 / 3.0);
    }

    private static string LastPart(string image)
    {
        var at = image.IndexOf('@', StringComparison.Ordinal);
        var path = at > 0 ? image[..at] : image;
        return path.Contains('/') ? path[(path.LastIndexOf('/') + 1)..] : "";
    }

    [GeneratedRegex(@"\A(?:(?:[A-Za-z0-9](?:[-A-Za-z0-9]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[-A-Za-z0-9]*[A-Za-z0-9])?)*)(?::[0-9]+)?/)?[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*(?::[A-Za-z0-9_][-A-Za-z0-9_.]{0,127})?(?:@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?\z")]
    private static partial Regex Reference();
}
