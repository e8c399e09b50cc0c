namespace Babyhelm.Core.Rollouts.Causes;

/// <summary>What to say for each way in which a pull fails.</summary>
internal static class ImageTexts
{
    private const string Check = "Check the name and the tag";
    private const string Choose = "Add the registry to the project's registries, choose it in the application's settings and deploy again.";

    private static string Correct(string registry) =>
        $"Correct the user name or password of \"{registry}\" on the project's registries page, and see there that the account may read the image. The next pull uses the new ones; a failed release is deployed again.";

    /// <param name="registry">Name of the project's registry whose credentials were used; null without any.</param>
    /// <param name="host">That could not be reached, where the cluster names one.</param>
    public static Diagnosis Of(PullError error, string image, string? registry, string? host, IReadOnlyList<string> evidence)
    {
        var (code, title, cause, next) = error switch
        {
            PullError.NotFound => (
                DiagnosisCodes.ImageNotFound, "The image was not found",
                $"The registry answered, but has no image \"{image}\".",
                $"{Check}, and that the image was pushed to this registry; then deploy again."),
            PullError.Unauthorized => (
                DiagnosisCodes.ImageUnauthorized, "The registry refuses the image",
                registry is null
                    ? $"The registry does not let the cluster pull \"{image}\" without credentials, and the application uses none: no registry of the project is chosen for it."
                    : $"The registry does not let the cluster pull \"{image}\" with the credentials of the project's registry \"{registry}\".",
                registry is null ? Choose : Correct(registry)),
            PullError.DeniedOrMissing => (
                DiagnosisCodes.ImageUnauthorized, "The image is private or does not exist",
                $"The registry refuses \"{image}\" and does not say whether it is private or missing. {(registry is null ? "No registry of the project is chosen for the application, so it was asked without credentials." : $"It was asked with the credentials of the project's registry \"{registry}\".")}",
                $"{Check} first. If the image is private: {(registry is null ? Choose : Correct(registry))}"),
            PullError.Unreachable => (
                DiagnosisCodes.ImageNotFound, "The image's registry cannot be reached",
                host is null
                    ? $"The cluster could not reach the registry of \"{image}\", so it does not know whether the image exists."
                    : $"The cluster could not reach {host}, the registry of \"{image}\", so it does not know whether the image exists.",
                "Check that the registry's name is spelled right. If it is, the cluster's way to the registry (DNS, proxy, firewall, certificate) needs a look by a platform admin."),
            PullError.RateLimited => (
                DiagnosisCodes.ImageNotFound, "The registry limits downloads",
                $"The registry has had too many downloads from this cluster and refuses \"{image}\" for now.",
                "Wait and deploy again, or choose a registry of the project in the application's settings: signed-in downloads have a higher limit."),
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
