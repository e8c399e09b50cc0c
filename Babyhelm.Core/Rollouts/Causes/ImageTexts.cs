namespace Babyhelm.Core.Rollouts.Causes;

/// <summary>What to say for each way in which a pull fails.</summary>
internal static class ImageTexts
{
    private const string Check = "Check the name and the tag";

    public static Diagnosis Of(PullError error, string image, string? host, IReadOnlyList<string> evidence)
    {
        var (code, title, cause, next) = error switch
        {
            PullError.NotFound => (
                DiagnosisCodes.ImageNotFound, "The image was not found",
                $"The registry answered, but has no image \"{image}\".",
                $"{Check}, and that the image was pushed to this registry; then deploy again."),
            PullError.Unauthorized => (
                DiagnosisCodes.ImageUnauthorized, "The registry refuses the image",
                $"The registry does not let the cluster pull \"{image}\": it wants credentials, or those it was given do not allow it.",
                "Add registry credentials to the application, or correct them, and deploy again."),
            PullError.DeniedOrMissing => (
                DiagnosisCodes.ImageUnauthorized, "The image is private or does not exist",
                $"The registry refuses \"{image}\" and does not say whether it is private or missing.",
                $"{Check} first. If the image is private, add registry credentials to the application and deploy again."),
            PullError.Unreachable => (
                DiagnosisCodes.ImageNotFound, "The image's registry cannot be reached",
                host is null
                    ? $"The cluster could not reach the registry of \"{image}\", so it does not know whether the image exists."
                    : $"The cluster could not reach {host}, the registry of \"{image}\", so it does not know whether the image exists.",
                "Check that the registry's name is spelled right. If it is, the cluster's way to the registry (DNS, proxy, firewall, certificate) needs a look by a platform admin."),
            PullError.RateLimited => (
                DiagnosisCodes.ImageNotFound, "The registry limits downloads",
                $"The registry has had too many downloads from this cluster and refuses \"{image}\" for now.",
                "Wait and deploy again, or add registry credentials to the application: signed-in downloads have a higher limit."),
            PullError.WrongPlatform => (
                DiagnosisCodes.ImageNotFound, "The image was not built for this cluster's processors",
                $"\"{image}\" exists, but has no variant for the processor type of the cluster's machines.",
                "Build and push the image for the cluster's platform (for example linux/amd64) and deploy again."),
            PullError.NoSpace => (
                DiagnosisCodes.ImageNotFound, "The machine has no space for the image",
                $"\"{image}\" could not be stored: the disk of the machine that pulled it is full.",
                "Ask a platform admin to free space on the cluster's machines, then deploy again."),
            _ => (
                DiagnosisCodes.ImageNotFound, "The image cannot be pulled",
                $"The cluster tried to pull \"{image}\" and failed.",
                $"{Check} and that the cluster may reach the registry; the evidence holds what it answered."),
        };
        return new Diagnosis(code, title, cause, evidence, next);
    }
}
