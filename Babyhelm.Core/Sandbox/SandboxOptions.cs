namespace Babyhelm.Core.Sandbox;

/// <summary>Options of the embedded cluster, section <c>Sandbox</c>.</summary>
public sealed class SandboxOptions
{
    public const string Section = "Sandbox";

    /// <summary>Loopback port of the API, 0 to 65535; 0 takes any free one.</summary>
    public int Port { get; set; }

    /// <summary>How long an image is pulled the first time, varied by up to a third per image; 0 s to 10 min.</summary>
    public TimeSpan PullDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>From a created container to its process running; 0 s to 1 min.</summary>
    public TimeSpan StartDelay { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>From a scheduled pod to its sandbox being ready; 0 s to 1 min.</summary>
    public TimeSpan SandboxDelay { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How long a container of a crashing or memory-hungry image runs before it ends; 0 s to 1 min.</summary>
    public TimeSpan CrashDelay { get; set; } = TimeSpan.FromMilliseconds(300);

    /// <summary>First wait of image pull and restart back-offs, doubled each time up to 30 times this; 1 ms to 10 min.</summary>
    public TimeSpan BackOff { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Length of one second of waits that manifests give in seconds (probe periods, progress deadlines, minReadySeconds);
    /// shorter than a second turns tests faster. 1 ms to 1 s.
    /// </summary>
    public TimeSpan Second { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a stopping container keeps answering while the endpoints are being changed; 0 s to 1 min.</summary>
    public TimeSpan DrainDelay { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Time between bookmarks on a quiet watch; 10 ms to 10 min.</summary>
    public TimeSpan BookmarkInterval { get; set; } = TimeSpan.FromSeconds(50);

    /// <summary>Longest time a watch stays open; the server then ends it as a real one does. 100 ms to 1 day.</summary>
    public TimeSpan WatchLimit { get; set; } = TimeSpan.FromMinutes(45);

    /// <summary>
    /// What the one user may not do, to see what a missing permission looks like: a verb and a resource as kubectl names it,
    /// for example <c>list nodes</c>, <c>patch deployments.apps</c> or <c>get pods/log</c>.
    /// </summary>
    public IList<string> Forbidden { get; set; } = [];

    /// <summary>Cores of the one node that pods may ask for, as a Kubernetes quantity.</summary>
    public string NodeCpu { get; set; } = "128";

    /// <summary>Memory of the one node that pods may ask for, as a Kubernetes quantity.</summary>
    public string NodeMemory { get; set; } = "512Gi";

    /// <summary>Pods that the node takes, 1 to 5000; more stay Pending.</summary>
    public int MaxPods { get; set; } = 2000;

    /// <summary>Objects of all kinds, 100 to 1,000,000; more are refused.</summary>
    public int MaxObjects { get; set; } = 50_000;

    /// <summary>Event objects kept, 10 to 100,000; the oldest go first. They also go an hour after their last occurrence.</summary>
    public int MaxEvents { get; set; } = 4000;

    /// <summary>Changes kept so that watches can resume, 16 to 1,000,000; older ones answer 410.</summary>
    public int History { get; set; } = 4096;

    /// <summary>Changes that may wait for one slow watcher before it is disconnected, 16 to 1,000,000.</summary>
    public int WatchBuffer { get; set; } = 8192;

    /// <summary>Lines kept of each container's log, 1 to 100,000; of at most 16 KiB each.</summary>
    public int LogLines { get; set; } = 1000;
}
