namespace Babyhelm.Core.Manifests;

/// <summary>Volumes that outlive pods.</summary>
internal static class VolumeRules
{
    public const int MaxCount = 10;

    private static readonly Quantity MinSize = new(1L << 20, "1Mi");
    private static readonly Quantity MaxSize = new(64L << 40, "64Ti");

    public static void Check(AppSpec spec, FaultList faults)
    {
        var volumes = spec.Volumes;
        if (volumes.Count > MaxCount) faults.Add("volumes", $"Use at most {MaxCount} volumes; these are {volumes.Count}.");
        if (volumes.Count > 0 && (spec.Replicas > 1 || spec.Autoscale is not null))
            faults.Add(spec.Autoscale is null ? "replicas" : "autoscale", "An application with volumes runs as one replica: a volume is mounted by one at a time.");

        var names = new HashSet<string>(StringComparer.Ordinal);
        var paths = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < Math.Min(volumes.Count, MaxCount); i++)
        {
            if (volumes[i] is not { } volume)
            {
                faults.Add($"volumes[{i}]", "Give a name and a path.");
                continue;
            }
            if (Common.Slug.Problem(volume.Name) is { } problem) faults.Add($"volumes[{i}].name", problem);
            else if (!names.Add(volume.Name)) faults.Add($"volumes[{i}].name", $"'{volume.Name}' is already used above.");

            if (PathProblem(volume.MountPath) is { } bad) faults.Add($"volumes[{i}].mountPath", bad);
            else if (!paths.Add(volume.MountPath.TrimEnd('/'))) faults.Add($"volumes[{i}].mountPath", $"'{volume.MountPath}' is already used above.");

            if (faults.TakeValue(Quantity.Parse(volume.Size, $"volumes[{i}].size")) is { } size
                && (size.CompareTo(MinSize) < 0 || size.CompareTo(MaxSize) > 0))
                faults.Add($"volumes[{i}].size", $"Use {MinSize} to {MaxSize}, for example 1Gi.");
        }
    }

    private static string? PathProblem(string? path)
    {
        if (string.IsNullOrEmpty(path) || path[0] != '/') return "Use an absolute path, for example /data.";
        if (path.Length > 1024) return "A path has at most 1024 characters.";
        if (Text.Problem(path) is { } bad) return bad;
        if (path.Any(char.IsControl) || path.Contains(':')) return "A path has no control characters and no ':'.";
        if (path.TrimEnd('/').Length == 0) return "The root of the container's files cannot be replaced; use a folder, for example /data.";
        return path.TrimEnd('/').Split('/').Skip(1).Any(p => p is "" or "." or "..") ? "A path has no empty, '.' or '..' parts." : null;
    }
}
