using System.Text;

namespace Babyhelm.Core.Manifests;

/// <summary>Environment variables: names as Kubernetes takes them, values of bounded size that are valid text.</summary>
internal static class EnvRules
{
    public const int MaxCount = 200;
    public const int MaxNameLength = 253;
    public const int MaxValueBytes = 64 * 1024;
    public const int MaxTotalBytes = 512 * 1024;

    /// <summary>Kept for variables that Babyhelm may set itself.</summary>
    public const string ReservedPrefix = "BABYHELM_";

    public static void Check(IReadOnlyList<EnvSpec> env, FaultList faults)
    {
        if (env.Count > MaxCount) faults.Add("env", $"Use at most {MaxCount} variables; these are {env.Count}.");
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var total = 0L;
        for (var i = 0; i < Math.Min(env.Count, MaxCount); i++)
        {
            if (env[i] is not { } variable)
            {
                faults.Add($"env[{i}]", "Give a name and a value.");
                continue;
            }
            if (NameProblem(variable.Name) is { } problem) faults.Add($"env[{i}].name", problem);
            else if (!seen.Add(variable.Name)) faults.Add($"env[{i}].name", $"'{variable.Name}' is already set above.");

            if (variable.Value is null)
            {
                if (!variable.Secret) faults.Add($"env[{i}].value", "Give a value; it may be empty.");
                continue;
            }
            var bytes = Encoding.UTF8.GetByteCount(variable.Value);
            total += bytes;
            if (bytes > MaxValueBytes) faults.Add($"env[{i}].value", $"A value has at most {MaxValueBytes / 1024} KiB; this has {bytes / 1024.0:0.#}.");
            else if (Text.Problem(variable.Value) is { } bad) faults.Add($"env[{i}].value", bad);
        }
        if (total > MaxTotalBytes) faults.Add("env", $"All values together have at most {MaxTotalBytes / 1024} KiB; these have {total / 1024.0:0.#}.");
    }

    private static string? NameProblem(string? name)
    {
        if (string.IsNullOrEmpty(name)) return "Give a name.";
        if (name.Length > MaxNameLength) return $"A name has at most {MaxNameLength} characters.";
        if (char.IsAsciiDigit(name[0])) return "A name does not start with a digit.";
        foreach (var c in name)
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or '-' or '.'))
                return $"A name has letters, digits, '_', '-' and '.' only; {Text.Show(c)} is not one.";
        if (name == "." || name.StartsWith("..", StringComparison.Ordinal)) return "A name is not '.' and does not start with '..'.";
        return name.StartsWith(ReservedPrefix, StringComparison.OrdinalIgnoreCase) ? $"Names that start with {ReservedPrefix} are reserved." : null;
    }
}

/// <summary>What any text of a user must keep to, so that it can stand in a manifest and reach the container unchanged.</summary>
internal static class Text
{
    public static string? Problem(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '\0') return "A NUL character cannot be passed to a container.";
            if (!char.IsSurrogate(c)) continue;
            if (!char.IsHighSurrogate(c) || i + 1 == text.Length || !char.IsLowSurrogate(text[i + 1])) return "This is not valid Unicode text.";
            i++;
        }
        return null;
    }

    public static string Show(char c) => c is > ' ' and < '\x7f' ? $"'{c}'" : $"U+{(int)c:X4}";
}
