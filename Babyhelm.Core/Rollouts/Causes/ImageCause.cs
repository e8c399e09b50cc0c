using Babyhelm.Core.Kubernetes.Resources;

namespace Babyhelm.Core.Rollouts.Causes;

/// <summary>The image name is wrong, or the image cannot be pulled.</summary>
internal static class ImageCause
{
    private static readonly HashSet<string> PullReasons = new(StringComparer.Ordinal)
    {
        "ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "ImageInspectError", "RegistryUnavailable", "SignatureValidationFailed",
    };

    /// <summary>On a busy machine the kubelet's sentence comes seconds after its bare error.</summary>
    private static readonly TimeSpan Explanation = TimeSpan.FromSeconds(5);

    public static IEnumerable<Finding> Find(ReleaseView view) =>
        view.Pods.SelectMany(p => Containers(p).Select(c => Find(view, p, c.Name, c.Image, c.State))).OfType<Finding>()
            .OrderBy(f => Rank(f.Diagnosis.Code)).ThenBy(f => f.Since).Take(1);

    private static int Rank(string code) => code switch { DiagnosisCodes.ImageInvalid => 0, DiagnosisCodes.ImageUnauthorized => 1, _ => 2 };

    /// <summary>Containers that do not run: those with a status, and, before the kubelet gives any, those of the spec.</summary>
    private static IEnumerable<(string Name, string Image, ContainerState State)> Containers(Pod pod)
    {
        var images = (pod.Spec.Containers ?? []).ToDictionary(c => c.Name, c => c.Image, StringComparer.Ordinal);
        var statuses = pod.Statuses().ToList();
        return statuses.Count == 0
            ? images.Select(c => (c.Key, c.Value, new ContainerState()))
            : statuses.Where(s => s.State is { Running: null, Terminated: null })
                .Select(s => (s.Name, images.GetValueOrDefault(s.Name) is { Length: > 0 } image ? image : s.Image, s.State));
    }

    private static Finding? Find(ReleaseView view, Pod pod, string container, string image, ContainerState state)
    {
        var reason = state.Waiting?.Reason;
        var pull = reason is not null && PullReasons.Contains(reason);
        if (reason is not (null or "ContainerCreating" or "PodInitializing" or "InvalidImageName") && !pull) return null;

        var events = view.EventsOf(pod).Where(e => e.Container == container).ToList();
        var failed = events.Where(e => e.Reason is "Failed" or "InspectFailed" or "BackOff" or "ErrImageNeverPull").ToList();
        if (reason == "InvalidImageName" || failed.Any(IsInvalidName)) return Invalid(pod, image, state, failed);

        var trouble = failed.Where(IsPullTrouble).ToList();
        var pulled = events.Where(e => e.Reason == "Pulled").Select(e => e.Last).DefaultIfEmpty(DateTimeOffset.MinValue).Max();
        if (!pull && (trouble.Count == 0 || pulled >= trouble.Max(e => e.Last))) return null;
        return Unpullable(view.Info.Registry, pod, image, state, trouble);
    }

    private static bool IsInvalidName(AppEvent e) =>
        e.Message.Contains("InvalidImageName", StringComparison.Ordinal) || e.Message.Contains("invalid reference format", StringComparison.Ordinal);

    private static bool IsPullTrouble(AppEvent e) =>
        IsPullMessage(e) || e.Reason == "ErrImageNeverPull" || PullReasons.Any(r => e.Message == $"Error: {r}") || IsBackOff(e);

    private static bool IsPullMessage(AppEvent e) => e.Message.StartsWith("Failed to pull image", StringComparison.Ordinal);

    private static bool IsBackOff(AppEvent e) =>
        e.Message.StartsWith("Back-off pulling image", StringComparison.Ordinal) || e.Message == "Error: ImagePullBackOff";

    private static Finding Invalid(Pod pod, string image, ContainerState state, List<AppEvent> failed)
    {
        var since = failed.Where(IsInvalidName).Select(e => e.First).DefaultIfEmpty(pod.Began()).Min();
        var evidence = new Evidence().Add(state.Waiting?.Message)
            .AddRange(failed.OrderByDescending(e => e.Message.Length).Select(e => e.Message));
        // The bare error may arrive before the sentence that explains it, and a failed release keeps what is known then.
        var explained = evidence.Lines.Any(l => l != "Error: InvalidImageName");
        return new Finding(
            new Diagnosis(
                DiagnosisCodes.ImageInvalid, "The image name is not valid",
                $"No image can have the name \"{image}\".", evidence.Lines,
                "Correct the image and deploy again. A name looks like registry.example.com/team/app:1.2; the part before the colon is lower-case and has no spaces."),
            since, since, explained ? since : since + Explanation);
    }

    private static Finding Unpullable(string? registry, Pod pod, string image, ContainerState state, List<AppEvent> trouble)
    {
        var said = trouble.Where(IsPullMessage).OrderByDescending(e => e.Last).Select(e => e.Message).FirstOrDefault()
            ?? state.Waiting?.Message ?? "";
        var error = PullErrors.Classify(said, image);
        var since = trouble.Select(e => e.First).DefaultIfEmpty(pod.Began()).Min();
        var backOffs = trouble.Where(IsBackOff).ToList();
        var backedOff = backOffs.Count > 0 || state.Waiting?.Reason is "ImagePullBackOff" or "ErrImageNeverPull";
        // The bare error may arrive before the sentence that explains it, and could be any of the kinds.
        var explained = error != PullError.Unknown || trouble.Any(IsPullMessage);
        var certain = error is PullError.NotFound or PullError.Unauthorized or PullError.DeniedOrMissing or PullError.WrongPlatform;
        DateTimeOffset? failsAt = !backedOff ? null
            : certain ? backOffs.Select(e => e.First).DefaultIfEmpty(since).Min()
            : since + Finding.RegistryGrace;
        var evidence = new Evidence().Add(said).Add(state.Waiting?.Message).AddRange(trouble.Where(e => e.Reason == "BackOff").Select(e => e.Message));
        return new Finding(ImageTexts.Of(error, image, registry, PullErrors.Host(said), evidence.Lines), since, explained ? since : since + Explanation, failsAt);
    }
}
