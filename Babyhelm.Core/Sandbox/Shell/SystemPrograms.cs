using System.Globalization;
using System.Text;

namespace Babyhelm.Core.Sandbox.Shell;

/// <summary>Programs that tell of, or act on, the container and its terminal.</summary>
internal static class SystemPrograms
{
    private const int Terminated = 143;

    public static async Task<int> IdAsync(ShellProcess process, IReadOnlyList<string> words, int number, CancellationToken ct)
    {
        if (words.Count > 1 && words[1] is "-u" or "-g") await process.PrintAsync($"{(words[1] == "-u" ? process.User : process.Group)}\n", ct);
        else await process.PrintAsync($"uid={Named(process.User)} gid={Named(process.Group)} groups={Named(process.Group)}\n", ct);
        return 0;
    }

    public static async Task<int> WhoAmIAsync(ShellProcess process, IReadOnlyList<string> words, int number, CancellationToken ct)
    {
        if (process.User != 0) return await process.FailAsync($"whoami: unknown uid {process.User}", ct);
        await process.PrintAsync("root\n", ct);
        return 0;
    }

    /// <summary>Also <c>date +FORMAT</c>, with the letters that are used most.</summary>
    public static async Task<int> DateAsync(ShellProcess process, IReadOnlyList<string> words, int number, CancellationToken ct)
    {
        var now = process.Time.GetUtcNow();
        var format = words.FirstOrDefault(w => w.StartsWith('+'))?[1..] ?? "%a %b %e %H:%M:%S UTC %Y";
        var text = new StringBuilder();
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i + 1 == format.Length) text.Append(format[i]);
            else text.Append(Part(now, format[++i]));
        }
        await process.PrintAsync(text.Append('\n').ToString(), ct);
        return 0;
    }

    public static async Task<int> PsAsync(ShellProcess process, IReadOnlyList<string> words, int number, CancellationToken ct)
    {
        var user = process.User == 0 ? "root" : process.User.ToString(CultureInfo.InvariantCulture);
        var lines = process.Run.Processes().Select(p => $"{p.Key,5} {user,-8}  0:00 {p.Value}\n");
        await process.PrintAsync($"  PID USER     TIME  COMMAND\n{string.Concat(lines)}", ct);
        return 0;
    }

    /// <summary>Only the main process can be ended, and with it the run of the container.</summary>
    public static async Task<int> KillAsync(ShellProcess process, IReadOnlyList<string> words, int number, CancellationToken ct)
    {
        var targets = words.Skip(1).Where(w => !w.StartsWith('-')).ToList();
        if (targets.Count == 0) return await process.FailAsync("kill: you need to specify whom to kill", ct);
        foreach (var target in targets)
        {
            if (target != "1") return await process.FailAsync($"kill: can't kill pid {target}: No such process", ct);
            // Of the signals that nobody can catch, the first process of a container is safe from inside.
            if (!words.Any(w => w is "-9" or "-KILL" or "-SIGKILL")) process.Run.Exit(Terminated);
        }
        return 0;
    }

    public static async Task<int> SttyAsync(ShellProcess process, IReadOnlyList<string> words, int number, CancellationToken ct)
    {
        if (process.Terminal is null) return await process.FailAsync("stty: standard input: Not a tty", ct);
        if (words.Count != 2 || words[1] != "size") return await process.FailAsync("stty: the sandbox knows only 'stty size'", ct);
        await process.PrintAsync($"{process.Terminal.Size.Rows} {process.Terminal.Size.Columns}\n", ct);
        return 0;
    }

    private static string Named(long id) => id == 0 ? "0(root)" : id.ToString(CultureInfo.InvariantCulture);

    private static string Part(DateTimeOffset now, char letter) => letter switch
    {
        's' => now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
        'N' => $"{now.Ticks % TimeSpan.TicksPerSecond * 100:D9}",
        'Y' => now.ToString("yyyy", CultureInfo.InvariantCulture),
        'm' => now.ToString("MM", CultureInfo.InvariantCulture),
        'd' => now.ToString("dd", CultureInfo.InvariantCulture),
        'e' => $"{now.Day,2}",
        'H' => now.ToString("HH", CultureInfo.InvariantCulture),
        'M' => now.ToString("mm", CultureInfo.InvariantCulture),
        'S' => now.ToString("ss", CultureInfo.InvariantCulture),
        'a' => now.ToString("ddd", CultureInfo.InvariantCulture),
        'b' => now.ToString("MMM", CultureInfo.InvariantCulture),
        'F' => now.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        'T' => now.ToString("HH:mm:ss", CultureInfo.InvariantCulture),
        'Z' => "UTC",
        '%' => "%",
        _ => "%" + letter,
    };
}
