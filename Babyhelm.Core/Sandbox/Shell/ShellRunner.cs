using System.Globalization;
using System.Text;

namespace Babyhelm.Core.Sandbox.Shell;

/// <summary>One shell: its variables, its folder, and the commands that it runs one after the other.</summary>
/// <param name="arguments">$0 and the ones after it.</param>
internal sealed class ShellRunner(ShellProcess process, IReadOnlyList<string> arguments, int number)
{
    private const int Misuse = 2;
    private const int NotExecutable = 126;
    private const int NotFound = 127;
    private const int Interrupted = 130;

    private readonly Dictionary<string, string> _variables = new(process.Environment, StringComparer.Ordinal);
    private readonly HashSet<string> _exported = [.. process.Environment.Keys];
    private string _folder = process.Folder;
    private int _status;
    private bool _exited;

    /// <summary>The commands of a text, as <c>sh -c</c> runs them.</summary>
    public async Task<int> RunAsync(string script, CancellationToken ct)
    {
        await ExecuteAsync(script, ct);
        return _status;
    }

    /// <summary>The lines of the input; with a terminal each after a prompt.</summary>
    public async Task<int> RunInputAsync(bool interactive, CancellationToken ct)
    {
        while (!_exited)
        {
            if (interactive) await process.PrintAsync($"{_folder} {(process.User == 0 ? '#' : '$')} ", ct);
            process.Terminal?.Front(null);
            if (await process.Input.ReadLineAsync(ct) is not { } line) break;
            if (!interactive || process.Terminal is null) await ExecuteAsync(line, ct);
            else await ExecuteAsync(line, process.Terminal, ct);
        }
        return _status;
    }

    /// <summary>In the foreground of a terminal: Ctrl-C ends the command, not the shell.</summary>
    private async Task ExecuteAsync(string line, Terminal terminal, CancellationToken ct)
    {
        using var interrupt = CancellationTokenSource.CreateLinkedTokenSource(ct);
        terminal.Front(interrupt);
        try
        {
            await ExecuteAsync(line, interrupt.Token);
        }
        catch (OperationCanceledException) when (interrupt.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            _status = Interrupted;
        }
        finally
        {
            terminal.Front(null);
        }
    }

    private async Task ExecuteAsync(string script, CancellationToken ct)
    {
        var (commands, problem) = new ShellSyntax(script).Read();
        if (problem is not null) _status = await process.FailAsync($"{arguments[0]}: {problem}", ct, Misuse);
        foreach (var command in commands)
        {
            if (_exited) return;
            if (command.Joint == Joint.AfterSuccess ? _status != 0 : command.Joint == Joint.AfterFailure && _status == 0) continue;
            _status = await RunAsync(command, ct);
        }
    }

    private async Task<int> RunAsync(ShellCommand command, CancellationToken ct)
    {
        var words = command.Words.SkipWhile(w => Assignment(w) is not null).SelectMany(Expand).ToList();
        var assigned = command.Words.TakeWhile(w => Assignment(w) is not null).Select(w => (Name: Assignment(w)!, Value: Value(w))).ToList();
        var here = Redirect(process with { Folder = _folder }, command.Redirections);
        if (words.Count == 0)
        {
            foreach (var (name, value) in assigned) _variables[name] = value;
            return 0;
        }
        if (await BuiltInAsync(here, words, ct) is { } status) return status;
        var environment = _variables.Where(v => _exported.Contains(v.Key)).ToDictionary(StringComparer.Ordinal);
        foreach (var (name, value) in assigned) environment[name] = value;
        here = here with { Environment = environment };
        var (program, fault) = Programs.Locate(here, words[0]);
        if (program is not null)
        {
            using var listed = process.Run.List(string.Join(' ', words));
            return await program(here, words, listed.Number, ct);
        }
        return fault == LocateFault.NotExecutable
            ? await here.FailAsync($"{arguments[0]}: {words[0]}: Permission denied", ct, NotExecutable)
            : await here.FailAsync($"{arguments[0]}: {words[0]}: not found", ct, NotFound);
    }

    /// <summary>What changes the shell itself; null for all else.</summary>
    private async Task<int?> BuiltInAsync(ShellProcess here, List<string> words, CancellationToken ct)
    {
        switch (words[0])
        {
            case ":":
                return 0;
            case "exit":
                if (words.Count > 1 && !int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out _)) return await here.FailAsync($"{arguments[0]}: exit: Illegal number: {words[1]}", ct, Misuse);
                _exited = true;
                return words.Count > 1 ? int.Parse(words[1], CultureInfo.InvariantCulture) & 255 : _status;
            case "cd":
                var to = words.Count > 1 ? here.Path(words[1]) : _variables.GetValueOrDefault("HOME", "/");
                if (!here.Files.IsFolder(to)) return await here.FailAsync($"{arguments[0]}: cd: can't cd to {words[^1]}: No such file or directory", ct, Misuse);
                _folder = to;
                return 0;
            case "export":
                foreach (var word in words.Skip(1))
                {
                    var parts = word.Split('=', 2);
                    if (parts.Length == 2) _variables[parts[0]] = parts[1];
                    _exported.Add(parts[0]);
                }
                return 0;
            case "unset":
                foreach (var name in words.Skip(1)) _variables.Remove(name);
                return 0;
            case "exec" when words.Count > 1:
                words.RemoveAt(0);
                _exited = true;
                return null;
            default:
                return null;
        }
    }

    private static ShellProcess Redirect(ShellProcess here, IReadOnlyList<Redirection> redirections)
    {
        foreach (var (stream, target) in redirections)
        {
            Sink sink = target switch { 1 => here.Output, 2 => here.Error, _ => static (_, _) => default };
            here = stream == 1 ? here with { Output = sink } : here with { Error = sink };
        }
        return here;
    }

    /// <summary>The name that a word of the form <c>NAME=value</c> sets, or null.</summary>
    private static string? Assignment(ShellWord word)
    {
        if (word.Parts is not [{ IsVariable: false, Quoted: false } first, ..]) return null;
        var end = first.Text.IndexOf('=');
        return end > 0 && !char.IsAsciiDigit(first.Text[0]) && first.Text[..end].All(c => char.IsAsciiLetterOrDigit(c) || c == '_') ? first.Text[..end] : null;
    }

    private string Value(ShellWord word)
    {
        var text = string.Concat(word.Parts.Select(p => p.IsVariable ? Read(p.Text) : p.Text));
        return text[(text.IndexOf('=') + 1)..];
    }

    /// <summary>The words that a word becomes: an unquoted variable is split at spaces, and an empty one is nothing.</summary>
    private IEnumerable<string> Expand(ShellWord word)
    {
        var (words, current, began) = (new List<string>(), new StringBuilder(), false);
        foreach (var part in word.Parts)
        {
            if (!part.IsVariable || part.Quoted)
            {
                current.Append(part.IsVariable ? Read(part.Text) : part.Text);
                began = true;
                continue;
            }
            foreach (var c in Read(part.Text))
            {
                if (c is not (' ' or '\t' or '\n')) (_, began) = (current.Append(c), true);
                else if (began)
                {
                    words.Add(current.ToString());
                    current.Clear();
                    began = false;
                }
            }
        }
        if (began) words.Add(current.ToString());
        return words;
    }

    private string Read(string name) => name switch
    {
        "?" => _status.ToString(CultureInfo.InvariantCulture),
        "$" => number.ToString(CultureInfo.InvariantCulture),
        "#" => (arguments.Count - 1).ToString(CultureInfo.InvariantCulture),
        "PWD" => _folder,
        _ when int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var index) => index < arguments.Count ? arguments[index] : "",
        _ => _variables.GetValueOrDefault(name, ""),
    };
}
