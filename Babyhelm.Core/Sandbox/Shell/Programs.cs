using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace Babyhelm.Core.Sandbox.Shell;

/// <summary>A program's main: its process, its words (the program's name first) and its process number; answers the exit code.</summary>
internal delegate Task<int> Program(ShellProcess process, IReadOnlyList<string> words, int number, CancellationToken ct);

internal enum LocateFault { None, NotInPath, NoSuchFile, NotExecutable }

/// <summary>What can be run in every container of the sandbox, in /bin: small programs with the manners of busybox.</summary>
internal static class Programs
{
    private static readonly FrozenDictionary<string, Program> All = new Dictionary<string, Program>
    {
        ["busybox"] = BusyboxAsync,
        ["cat"] = FilePrograms.CatAsync,
        ["date"] = SystemPrograms.DateAsync,
        ["echo"] = EchoAsync,
        ["env"] = (process, _, _, ct) => PrintAsync(process, string.Concat(process.Environment.Select(v => $"{v.Key}={v.Value}\n")), ct),
        ["false"] = (_, _, _, _) => Task.FromResult(1),
        ["hostname"] = (process, _, _, ct) => PrintAsync(process, process.Run.Pod.Name + "\n", ct),
        ["id"] = SystemPrograms.IdAsync,
        ["kill"] = SystemPrograms.KillAsync,
        ["ls"] = FilePrograms.LsAsync,
        ["printenv"] = PrintEnvironmentAsync,
        ["ps"] = SystemPrograms.PsAsync,
        ["pwd"] = (process, _, _, ct) => PrintAsync(process, process.Folder + "\n", ct),
        ["seq"] = SeqAsync,
        ["sh"] = ShellAsync,
        ["sleep"] = SleepAsync,
        ["stty"] = SystemPrograms.SttyAsync,
        ["true"] = (_, _, _, _) => Task.FromResult(0),
        ["whoami"] = SystemPrograms.WhoAmIAsync,
        ["yes"] = YesAsync,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public static IEnumerable<string> Names => All.Keys;

    /// <summary>The program of a name or path, or why there is none.</summary>
    public static (Program? Program, LocateFault Fault) Locate(ShellProcess process, string name)
    {
        if (!name.Contains('/')) return All.TryGetValue(name, out var found) ? (found, LocateFault.None) : (null, LocateFault.NotInPath);
        var path = process.Path(name);
        if (path.StartsWith("/bin/", StringComparison.Ordinal) && All.TryGetValue(path["/bin/".Length..], out var program)) return (program, LocateFault.None);
        return (null, process.Files.IsFolder(path) || process.Files.Read(path) is not null ? LocateFault.NotExecutable : LocateFault.NoSuchFile);
    }

    private static async Task<int> PrintAsync(ShellProcess process, string text, CancellationToken ct)
    {
        await process.PrintAsync(text, ct);
        return 0;
    }

    private static async Task<int> BusyboxAsync(ShellProcess process, IReadOnlyList<string> words, int number, CancellationToken ct)
    {
        if (words.Count == 1) return await PrintAsync(process, $"The sandbox knows: {string.Join(", ", Names.Order(StringComparer.Ordinal))}\n", ct);
        return All.TryGetValue(words[1], out var program)
            ? await program(process, [.. words.Skip(1)], number, ct)
            : await process.FailAsync($"{words[1]}: applet not found", ct, 127);
    }

    private static async Task<int> EchoAsync(ShellProcess process, IReadOnlyList<string> words, int number, CancellationToken ct)
    {
        var flags = words.Skip(1).TakeWhile(w => w is "-n" or "-e" or "-ne" or "-en").ToList();
        var text = string.Join(' ', words.Skip(1 + flags.Count));
        if (flags.Any(f => f.Contains('e'))) text = text.Replace("\\n", "\n", StringComparison.Ordinal).Replace("\\t", "\t", StringComparison.Ordinal);
        return await PrintAsync(process, flags.Any(f => f.Contains('n')) ? text : text + "\n", ct);
    }

    private static async Task<int> PrintEnvironmentAsync(ShellProcess process, IReadOnlyList<string> words, int number, CancellationToken ct)
    {
        if (words.Count == 1) return await All["env"](process, words, number, ct);
        var missing = false;
        foreach (var name in words.Skip(1))
            if (process.Environment.TryGetValue(name, out var value)) await process.PrintAsync(value + "\n", ct);
            else missing = true;
        return missing ? 1 : 0;
    }

    private static async Task<int> SeqAsync(ShellProcess process, IReadOnlyList<string> words, int number, CancellationToken ct)
    {
        var numbers = words.Skip(1).Select(w => long.TryParse(w, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var n) ? n : (long?)null).ToList();
        if (numbers.Count is 0 or > 2 || numbers.Contains(null)) return await process.FailAsync("seq: invalid number", ct);
        var text = new StringBuilder();
        for (var (n, last) = (numbers.Count == 2 ? numbers[0]!.Value : 1, numbers[^1]!.Value); n <= last; n++)
        {
            text.Append(n).Append('\n');
            if (text.Length < 32 * 1024 && n < last) continue;
            await process.PrintAsync(text.ToString(), ct);
            text.Clear();
        }
        return 0;
    }

    private static async Task<int> YesAsync(ShellProcess process, IReadOnlyList<string> words, int number, CancellationToken ct)
    {
        var line = (words.Count > 1 ? string.Join(' ', words.Skip(1)) : "y") + "\n";
        var piece = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(line, Math.Max(1, 8192 / line.Length))));
        while (true)
        {
            ct.ThrowIfCancellationRequested();
            await process.Output(piece, ct);
        }
    }

    private static async Task<int> SleepAsync(ShellProcess process, IReadOnlyList<string> words, int number, CancellationToken ct)
    {
        if (words.Count != 2) return await process.FailAsync("sleep: give one number of seconds", ct);
        var (digits, unit) = char.IsAsciiLetter(words[1][^1]) ? (words[1][..^1], words[1][^1]) : (words[1], 's');
        var factor = unit switch { 's' => 1, 'm' => 60, 'h' => 3600, 'd' => 86400, _ => 0 };
        if (factor == 0 || !double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var time) || time * factor > TimeSpan.FromDays(40).TotalSeconds)
            return await process.FailAsync($"sleep: invalid number '{words[1]}'", ct);
        await Task.Delay(TimeSpan.FromSeconds(time * factor), process.Time, ct);
        return 0;
    }

    private static async Task<int> ShellAsync(ShellProcess process, IReadOnlyList<string> words, int number, CancellationToken ct)
    {
        var flags = words.Skip(1).TakeWhile(w => w.StartsWith('-')).ToList();
        var rest = words.Skip(1 + flags.Count).ToList();
        if (flags.Any(f => f.Contains('c')))
            return rest.Count == 0
                ? await process.FailAsync("sh: -c requires an argument", ct, 2)
                : await new ShellRunner(process, rest.Count > 1 ? rest[1..] : ["sh"], number).RunAsync(rest[0], ct);
        if (rest.Count == 0) return await new ShellRunner(process, ["sh"], number).RunInputAsync(process.Terminal is not null || flags.Any(f => f.Contains('i')), ct);
        return process.Files.Read(process.Path(rest[0])) is { } script
            ? await new ShellRunner(process, rest, number).RunAsync(Encoding.UTF8.GetString(script), ct)
            : await process.FailAsync($"sh: can't open '{rest[0]}': No such file or directory", ct, 2);
    }
}
