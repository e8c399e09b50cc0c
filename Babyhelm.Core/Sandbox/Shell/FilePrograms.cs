namespace Babyhelm.Core.Sandbox.Shell;

/// <summary>Programs that read files.</summary>
internal static class FilePrograms
{
    public static async Task<int> CatAsync(ShellProcess process, IReadOnlyList<string> words, int number, CancellationToken ct)
    {
        var status = 0;
        foreach (var file in words.Count > 1 ? words.Skip(1) : ["-"])
        {
            if (file == "-") await CopyInputAsync(process, ct);
            else if (process.Files.Read(process.Path(file)) is { } content) await process.Output(content, ct);
            else if (process.Files.IsFolder(process.Path(file))) status = await process.FailAsync("cat: read error: Is a directory", ct);
            else status = await process.FailAsync($"cat: can't open '{file}': No such file or directory", ct);
        }
        return status;
    }

    /// <summary>Of several, files come first. With a terminal, names stand in one line.</summary>
    public static async Task<int> LsAsync(ShellProcess process, IReadOnlyList<string> words, int number, CancellationToken ct)
    {
        var flags = words.Skip(1).Where(w => w.StartsWith('-') && w.Length > 1).ToList();
        var paths = words.Skip(1).Except(flags).DefaultIfEmpty(".").ToList();
        var (isLong, status) = (flags.Any(f => f.Contains('l')), 0);
        foreach (var path in paths.Where(p => !process.Files.IsFolder(process.Path(p))))
        {
            if (process.Files.Read(process.Path(path)) is null) status = await process.FailAsync($"ls: {path}: No such file or directory", ct);
            else await process.PrintAsync((isLong ? Describe(process, process.Path(path)) : "") + path + "\n", ct);
        }
        foreach (var path in paths.Where(p => process.Files.IsFolder(process.Path(p))))
        {
            var folder = process.Path(path);
            if (paths.Count > 1) await process.PrintAsync($"{path}:\n", ct);
            var names = process.Files.Names(folder).ToList();
            if (isLong) await process.PrintAsync(string.Concat(names.Select(n => $"{Describe(process, process.Path($"{folder}/{n}"))}{n}\n")), ct);
            else if (names.Count > 0) await process.PrintAsync(string.Join(process.Terminal is null || flags.Any(f => f.Contains('1')) ? "\n" : "  ", names) + "\n", ct);
        }
        return status;
    }

    private static string Describe(ShellProcess process, string path)
    {
        var content = process.Files.Read(path);
        var mode = content is null ? "drwxr-xr-x" : path.StartsWith("/bin/", StringComparison.Ordinal) ? "-rwxr-xr-x" : "-rw-r--r--";
        return $"{mode}    1 root     root     {content?.Length ?? 4096,9} ";
    }

    private static async Task CopyInputAsync(ShellProcess process, CancellationToken ct)
    {
        while (await process.Input.ReadAsync(ct) is { IsEmpty: false } data) await process.Output(data, ct);
    }
}
