using System.Security.Cryptography;

namespace Babyhelm.Core.Sandbox.Kubelet;

/// <summary>Runs one container again and again as the pod's restart policy says: pull, create, start, end, wait.</summary>
internal sealed class ContainerRunner(KubeletContext node, PodState pod, ContainerState container, bool init)
{
    private readonly BackOff _backOff = new(node.Options.BackOff);

    /// <summary>How long a failure shows before the back-off that follows it does.</summary>
    private TimeSpan Glance => TimeSpan.FromTicks(Math.Min(node.Options.BackOff.Ticks / 10, TimeSpan.TicksPerSecond));

    private string FieldPath => $"spec.{(init ? "initContainers" : "containers")}{{{container.Name}}}";

    private bool Completes => init || pod.RestartPolicy != "Always";

    /// <summary>Whether the container's last run succeeded, once it is not started again.</summary>
    public async Task<bool> RunAsync(CancellationToken terminate, CancellationToken kill)
    {
        var crashes = 0;
        while (true)
        {
            await PullAsync(terminate);
            var environment = await ConfigureAsync(terminate);
            var (exitCode, reason) = await new ContainerProcess(node, pod, container, FieldPath, Completes).RunAsync(environment, terminate, kill);
            pod.Change(() => container.End(exitCode, reason, node.Registry.Now));
            container.Log?.End();
            if (terminate.IsCancellationRequested) return exitCode == 0;
            if (exitCode == 0 && Completes) return true;
            if (pod.RestartPolicy == "Never") return false;
            // The first restart comes at once, the others wait longer and longer.
            if (crashes++ > 0) await WaitAsync(terminate);
        }
    }

    private async Task WaitAsync(CancellationToken ct)
    {
        var wait = _backOff.Next();
        Event("Warning", "BackOff", $"Back-off restarting failed container {container.Name} in pod {pod.Described}");
        await node.Delay(Glance, ct);
        pod.Change(() => container.Wait("CrashLoopBackOff", $"back-off {Span(wait)} restarting failed container={container.Name} pod={pod.Described}"));
        await node.Delay(wait - Glance, ct);
    }

    private async Task PullAsync(CancellationToken ct)
    {
        var image = container.Image;
        if (ImageBehavior.Invalid(image) is { } why)
        {
            await InvalidAsync($"Failed to apply default image tag \"{image}\": couldn't parse image name \"{image}\": {why}", ct);
        }
        var policy = container.Spec.Str("imagePullPolicy");
        if (policy != "Always" && node.Images.TryGetValue(image, out var pulls))
        {
            container.Pulls = pulls;
            Event("Normal", "Pulled", $"Container image \"{image}\" already present on machine and can be accessed by the pod");
            return;
        }
        if (policy == "Never") await NeverPulledAsync(image, ct);
        var backOff = new BackOff(node.Options.BackOff);
        while (true)
        {
            Event("Normal", "Pulling", $"Pulling image \"{image}\"");
            var took = node.Images.ContainsKey(image) ? TimeSpan.Zero : ImageBehavior.Vary(node.Options.PullDelay, image);
            await node.Delay(took, ct);
            var credentials = ContainerConfig.HasPullCredentials(node.Registry.Store, pod.Stored.Namespace, pod.Body);
            if (ImageBehavior.PullFailure(image, credentials) is not { } failure)
            {
                container.Pulls = node.KeepImage(image);
                Event("Normal", "Pulled", $"Successfully pulled image \"{image}\" in {Span(took)} ({Span(took)} including waiting). Image size: 5242880 bytes.");
                return;
            }
            Event("Warning", "Failed", $"Failed to pull image \"{image}\": {failure}");
            Event("Warning", "Failed", "Error: ErrImagePull");
            pod.Change(() => container.Wait("ErrImagePull", failure));
            var wait = backOff.Next();
            await node.Delay(Glance, ct);
            Event("Normal", "BackOff", $"Back-off pulling image \"{image}\"");
            Event("Warning", "Failed", "Error: ImagePullBackOff");
            pod.Change(() => container.Wait("ImagePullBackOff", $"Back-off pulling image \"{image}\": ErrImagePull: {failure}"));
            await node.Delay(wait - Glance, ct);
        }
    }

    private async Task InvalidAsync(string message, CancellationToken ct)
    {
        while (true)
        {
            Event("Warning", "InspectFailed", message);
            Event("Warning", "Failed", "Error: InvalidImageName");
            pod.Change(() => container.Wait("InvalidImageName", message));
            await node.Delay(node.Options.BackOff, ct);
        }
    }

    private async Task NeverPulledAsync(string image, CancellationToken ct)
    {
        while (!node.Images.ContainsKey(image))
        {
            var message = $"Container image \"{image}\" is not present with pull policy of Never";
            Event("Warning", "ErrImageNeverPull", message);
            Event("Warning", "Failed", "Error: ErrImageNeverPull");
            pod.Change(() => container.Wait("ErrImageNeverPull", message));
            await node.Delay(node.Options.BackOff, ct);
        }
    }

    private async Task<IReadOnlyList<string>> ConfigureAsync(CancellationToken ct)
    {
        while (true)
        {
            var (names, missing) = ContainerConfig.Environment(node.Registry.Store, pod.Stored.Namespace, container.Spec);
            if (missing is null) return names;
            Event("Warning", "Failed", $"Error: {missing}");
            pod.Change(() => container.Wait("CreateContainerConfigError", missing));
            await node.Delay(node.Options.BackOff, ct);
        }
    }

    private void Event(string type, string reason, string message) => node.Events.Record(pod.Stored, type, reason, message, "kubelet", FieldPath);

    /// <summary>A time as Go prints it: 10s, 1m20s, 850ms.</summary>
    internal static string Span(TimeSpan span)
    {
        if (span < TimeSpan.FromSeconds(1)) return $"{span.TotalMilliseconds:0}ms";
        if (span < TimeSpan.FromMinutes(1)) return $"{span.TotalSeconds:0.###}s";
        return $"{(int)span.TotalMinutes}m{span.Seconds}s";
    }

    internal static string NewId() => "containerd://" + RandomNumberGenerator.GetHexString(64, lowercase: true);
}
