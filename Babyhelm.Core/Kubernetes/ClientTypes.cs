using System.Text.Json.Nodes;
using Babyhelm.Core.Common;

namespace Babyhelm.Core.Kubernetes;

/// <summary>All objects of a list, and the version to watch from.</summary>
/// <param name="ResourceVersion">Opaque.</param>
public sealed record ResourceList<T>(IReadOnlyList<T> Items, string ResourceVersion);

/// <summary>An object as the server holds it after a write.</summary>
/// <param name="Warnings">What the server wants the user to know, for example a deprecation; often empty.</param>
/// <param name="Created">True where the object was not there before.</param>
public sealed record Written(JsonObject Object, IReadOnlyList<string> Warnings, bool Created);

/// <param name="Found">False where the object was not there: that is as good.</param>
public sealed record Deletion(bool Found);

/// <summary>How many pods a workload shall have, and has.</summary>
/// <param name="Present">Not all of them need be ready.</param>
public sealed record Scale(int Wanted, int Present);

/// <summary>What becomes of the objects that a deleted one owns.</summary>
public enum DeletionPropagation
{
    /// <summary>Deleted after it.</summary>
    Background,

    /// <summary>Deleted before it.</summary>
    Foreground,

    /// <summary>Left alone.</summary>
    Orphan,
}

/// <summary>The server's version.</summary>
/// <param name="Minor">Some vendors add a sign: <c>27+</c>.</param>
public sealed record ClusterVersion(string Major, string Minor, string GitVersion, string Platform);

/// <summary>Answer of a SelfSubjectAccessReview.</summary>
/// <param name="Reason">Why, where the server says so.</param>
public sealed record AccessAnswer(bool Allowed, string? Reason);

public enum WatchEventKind { Added, Modified, Deleted, Bookmark, Error }

/// <summary>One event of a watch.</summary>
/// <param name="Object">Null for an error; for a bookmark only the metadata's resource version and annotations hold.</param>
/// <param name="Error">Set for an error, which is always the last event.</param>
public sealed record WatchEvent<T>(WatchEventKind Kind, T? Object, Error? Error = null) where T : class;

public sealed record WatchOptions
{
    /// <summary>Null watches all namespaces.</summary>
    public string? Namespace { get; init; }
    public string? LabelSelector { get; init; }
    public string? FieldSelector { get; init; }

    /// <summary>Changes after this version; null begins with the present state of every object.</summary>
    public string? ResourceVersion { get; init; }

    /// <summary>A streaming list: the present objects, a bookmark annotated <see cref="InitialEventsEnd"/>, then changes.</summary>
    public bool SendInitialEvents { get; init; }

    /// <summary>The server sends nothing of an object but its metadata.</summary>
    public bool MetadataOnly { get; init; }

    /// <summary>After this time the server ends the watch; if it does not, the client gives it up 15 s later.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(4);

    /// <summary>Called when the server has accepted the watch.</summary>
    internal Action? Opened { get; init; }

    public const string InitialEventsEnd = "k8s.io/initial-events-end";
}

public sealed record LogOptions
{
    /// <summary>Null is the only container; the server refuses that for a pod with several.</summary>
    public string? Container { get; init; }

    /// <summary>Go on with new lines until the container ends.</summary>
    public bool Follow { get; init; }

    /// <summary>Of the container's run before the present one.</summary>
    public bool Previous { get; init; }

    /// <summary>Only that many lines from the end.</summary>
    public int? TailLines { get; init; }
    public DateTimeOffset? SinceTime { get; init; }

    /// <summary>Fill in <see cref="LogLine.Time"/>.</summary>
    public bool Timestamps { get; init; }

    /// <summary>The server ends after that many bytes, if need be within a line.</summary>
    public long? LimitBytes { get; init; }
}

/// <summary>How to follow a container over everything that cuts a stream off.</summary>
public sealed record FollowOptions
{
    /// <summary>Null is the pod's first container.</summary>
    public string? Container { get; init; }

    /// <summary>Lines from the end to begin with, 0 or more; null is all that there are.</summary>
    public int? TailLines { get; init; }

    /// <summary>Only this very pod; another of the same name is the end.</summary>
    public string? Uid { get; init; }

    /// <summary>Ends when the pod may have changed since the last call, so that a restart is followed at once. Without it the pod is
    /// looked at every two seconds while there is nothing to read.</summary>
    public Func<CancellationToken, Task>? Changed { get; init; }
}

/// <summary>One line of a log.</summary>
/// <param name="Text">Without line end; bytes that are not UTF-8 replaced. At most 16 KiB, and where more was cut a mark with the whole length.</param>
/// <param name="Time">When the container wrote it, if asked for.</param>
/// <param name="IsCut">The line was longer.</param>
/// <param name="Error">Why the log could not be opened or broke off; such a line has no text and is always the last one.</param>
public sealed record LogLine(string Text, DateTimeOffset? Time = null, bool IsCut = false, Error? Error = null);
