using Microsoft.AspNetCore.Http;

namespace Babyhelm.Core.Grafana;

/// <summary>Addresses below Grafana's path, and nowhere else.</summary>
internal static class GrafanaAddress
{
    private const int MostLayers = 5;

    /// <summary>
    /// Whether a request's target, as it came, is below the path for whoever reads it: servers differ in when they decode and in what they
    /// make of two dots.
    /// </summary>
    public static bool IsPlain(string target)
    {
        var path = target.Split('?', 2)[0];
        if (!IsBelow(path)) return false;
        return Read(path) is { } read && !read.Any(char.IsControl) && !read.Split('/', '\\').Any(part => part is "." or "..");
    }

    /// <summary>What is left when nothing more can be decoded, as servers behind servers decode again; null for what goes on for too long.</summary>
    private static string? Read(string path)
    {
        for (var i = 0; i < MostLayers; i++)
        {
            var read = Uri.UnescapeDataString(path);
            if (read == path) return read;
            path = read;
        }
        return null;
    }

    /// <summary>The path, query and fragment that a redirect leads to; null where it leads out.</summary>
    /// <param name="own">Addresses of Grafana itself and of Babyhelm.</param>
    public static string? Inside(string location, PathString asked, IEnumerable<Uri> own)
    {
        if (location.Any(c => char.IsControl(c) || c == '\\')) return null;
        var home = own.Last();
        if (!Uri.TryCreate(new Uri(home, asked.ToUriComponent()), location, out var target)) return null;
        if (!own.Any(o => Uri.Compare(o, target, UriComponents.SchemeAndServer | UriComponents.UserInfo, UriFormat.UriEscaped, StringComparison.OrdinalIgnoreCase) == 0)) return null;
        return IsPlain(target.PathAndQuery) ? target.PathAndQuery + target.Fragment : null;
    }

    private static bool IsBelow(string path) => path == GrafanaProxy.Path || path.StartsWith($"{GrafanaProxy.Path}/", StringComparison.Ordinal);
}
