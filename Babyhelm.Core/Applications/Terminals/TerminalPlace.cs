using Babyhelm.Core.Accounts;
using Babyhelm.Core.Audit;
using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes.Resources;
using Babyhelm.Core.Projects;

namespace Babyhelm.Core.Applications.Terminals;

/// <summary>Where a terminal is asked for.</summary>
/// <param name="Pod">Null for one that runs.</param>
/// <param name="Container">Null for the application's own.</param>
public sealed record TerminalTarget(string? Pod, string? Container);

/// <summary>A container that the caller may open a terminal in.</summary>
public sealed record TerminalPlace(Caller Caller, ProjectView Project, string App, string Pod, string Container)
{
    internal AuditEntry Entry(string action, string detail, TimeProvider time) => AuditEntry.Of(
        Caller, action, $"project/{Project.Name}/app/{App}", time, Project.Id, $"pod {Pod}, container {Container}, {detail}");

    /// <summary>The container that is meant among an application's pods. A pod of another application is one that is not there.</summary>
    internal static Result<(string Pod, string Container)> Choose(IReadOnlyList<Pod> pods, TerminalTarget target)
    {
        var pod = target.Pod is { } name
            ? pods.FirstOrDefault(p => p.Metadata.Name == name)
            : pods.Where(p => p.Metadata.DeletionTimestamp is null && IsRunning(p)).MaxBy(p => p.Metadata.CreationTimestamp);
        if (pod is null)
            return target.Pod is { } missing
                ? new NotFound($"The application has no pod '{Clip(missing)}'.")
                : new Conflict("No container of the application runs. Wait until one does, or look at the logs for why none does.", "not-running");
        var containers = pod.Spec.Containers ?? [];
        var container = containers.FirstOrDefault(c => target.Container is null || c.Name == target.Container);
        if (container is null) return new NotFound($"The pod has no container '{Clip(target.Container ?? "")}'.");
        return (pod.Metadata.Name, container.Name);
    }

    private static bool IsRunning(Pod pod) =>
        pod.Status.ContainerStatuses?.Any(c => c.State.Running is not null) == true;

    private static string Clip(string name) => name.Length <= 63 ? name : name[..63] + "…";
}
