using System.Globalization;
using System.Text.RegularExpressions;
using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes.Resources;
using Babyhelm.Core.Kubernetes.Transport;

namespace Babyhelm.Core.Kubernetes.Exec;

/// <summary>The remote command protocol over WebSocket: each message is a channel's number and that channel's data. Version 5 has
/// one message more than version 4: the end of a channel.</summary>
internal static partial class ExecProtocol
{
    internal const string V5 = "v5.channel.k8s.io";
    internal const string V4 = "v4.channel.k8s.io";

    internal const byte Input = 0;
    internal const byte Output = 1;
    internal const byte Error = 2;
    internal const byte Status = 3;
    internal const byte Resize = 4;

    /// <summary>Followed by the number of the channel that has ended; v5 only.</summary>
    internal const byte Close = 255;

    /// <summary>Words of the runtimes for a program that is not there.</summary>
    [GeneratedRegex("executable file not found|no such file or directory", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex NoProgram { get; }

    /// <summary>Words of kubelet and runtimes for a container that does not run. The API has no reason for it: it is an internal error.</summary>
    [GeneratedRegex("container not found|container .*not running|not in running state|container is in CONTAINER_|no running task|stopped state|stopped container|does not have a host assigned|completed pod", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex NotRunning { get; }

    internal static string Query(ExecOptions options)
    {
        var query = new Query();
        foreach (var part in options.Command) query.Add("command", part);
        return query.Add("container", options.Container).Add("stdin", options.Input).Add("stdout", true)
            .Add("stderr", !options.Tty).Add("tty", options.Tty).ToString();
    }

    /// <summary>The exit code, or why there is none.</summary>
    internal static Result<int> Read(StatusBody status)
    {
        if (status.Status == "Success") return 0;
        if (status.Details.Causes.FirstOrDefault(c => c.Reason == "ExitCode") is { } cause)
            return int.TryParse(cause.Message, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var code)
                ? code
                : new ExecError(ExecProblem.Garbled, $"The cluster ended the command with the exit code '{cause.Message}', which is no number.");
        return Explain(status.Message);
    }

    /// <summary>A failure that the API server answered in place of a session; what is no matter of the container stays as it is.</summary>
    internal static Error Explain(Error refusal) =>
        refusal is KubernetesError { Status: 400 or 404 or 500 } error && NotRunning.IsMatch(error.ServerMessage) ? Explain(error.ServerMessage) : refusal;

    private static ExecError Explain(string said)
    {
        var words = Core(said);
        if (NotRunning.IsMatch(words)) return new(ExecProblem.ContainerNotRunning, $"The container is not running: {words}.");
        if (NoProgram.IsMatch(words)) return new(ExecProblem.CommandNotFound, $"The container has no such program: {words}.");
        return new(ExecProblem.Failed, words.Length == 0 ? "The cluster failed to run the command and does not say why." : $"The cluster failed to run the command: {words}.");
    }

    /// <summary>Every layer puts its own words before those of the one below; the runtime's are the last: <c>exec: "bash": …: unknown</c>.</summary>
    private static string Core(string said)
    {
        const string Start = "exec: \"", Unknown = ": unknown";
        var words = said.Trim().TrimEnd('.');
        var at = words.LastIndexOf(Start, StringComparison.Ordinal);
        if (at >= 0) words = words[(at + Start.Length - 1)..];
        return words.EndsWith(Unknown, StringComparison.Ordinal) ? words[..^Unknown.Length] : words;
    }
}
