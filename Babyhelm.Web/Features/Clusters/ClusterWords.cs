using System.Globalization;
using Babyhelm.Core.Clusters;
using Babyhelm.Web.Components.Shared;

namespace Babyhelm.Web.Features.Clusters;

/// <summary>How amounts and states of the cluster are written on its page.</summary>
internal static class ClusterWords
{
    private const decimal Ki = 1024;

    public static StatusWord StatusOf(ClusterReport report) => report switch
    {
        { Reachable: false } => new("silent", "Does not answer", "bad"),
        { Cache: { StaleSince: not null, Refused: true } } => new("refused", "Refuses to answer", "bad"),
        { Pulse.LastContact: null } => new("unknown", "Not asked yet", "busy"),
        _ => new("answers", "Answers", "ok"),
    };

    /// <summary>In cores, to the hundredth.</summary>
    public static string Cores(decimal cores) => Text($"{cores:0.##}");

    /// <summary>In the unit of the larger one, without it: <c>0.4</c> of <c>7.6</c>; and the unit.</summary>
    public static (string Part, string Whole, string Unit) Bytes(decimal part, decimal whole)
    {
        ReadOnlySpan<string> units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
        var (unit, size) = (0, Math.Max(part, whole));
        for (; size >= Ki && unit + 1 < units.Length; unit++) (size, part, whole) = (size / Ki, part / Ki, whole / Ki);
        return (Short(part), Short(whole), units[unit]);
    }

    public static string Granted(IReadOnlyList<PermissionCheck> permissions) =>
        permissions.Count == 0 ? "not known" : Text($"{permissions.Count(p => p.Granted == true)} of {permissions.Count} granted");

    private static string Short(decimal amount) => amount switch
    {
        < 9.995m => Text($"{amount:0.##}"),
        < 99.95m => Text($"{amount:0.#}"),
        _ => Text($"{amount:0}"),
    };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
