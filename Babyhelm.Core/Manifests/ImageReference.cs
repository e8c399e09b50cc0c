using Babyhelm.Core.Common;

namespace Babyhelm.Core.Manifests;

/// <summary>
/// A container image as Docker names it, normalised: <c>nginx:1.27</c> is <c>docker.io/library/nginx:1.27</c>.
/// Grammar and length limits are those of the distribution project's reference package.
/// </summary>
/// <param name="Registry">Host with optional port, for example <c>docker.io</c> or <c>[::1]:5000</c>.</param>
/// <param name="Repository">Path inside the registry, 1 to 255 characters, for example <c>library/nginx</c>.</param>
/// <param name="Tag">1 to 128 characters, or null.</param>
/// <param name="Digest">For example <c>sha256:…</c> in lower-case hex, or null.</param>
public sealed record ImageReference(string Registry, string Repository, string? Tag, string? Digest)
{
    /// <summary>The registry of images that name none.</summary>
    public const string DefaultRegistry = "docker.io";

    public const int MaxRepositoryLength = 255;
    public const int MaxTagLength = 128;

    /// <summary>Longest text that is looked at; longer than any name a registry serves.</summary>
    public const int MaxLength = 2048;

    /// <summary>Registry and repository, without tag and digest.</summary>
    public string Canonical => $"{Registry}/{Repository}";

    /// <summary>The last part of the repository, for example <c>nginx</c>.</summary>
    public string ShortName => Repository[(Repository.LastIndexOf('/') + 1)..];

    /// <summary>The reference that <paramref name="text"/> means, or an <see cref="Invalid"/> that says what is wrong with it.</summary>
    /// <param name="field">Field path for the fault.</param>
    public static Result<ImageReference> Parse(string? text, string field = "image") =>
        ImageReferenceParser.Parse(text, out var problem) is { } image ? image : new Invalid(field, problem);

    /// <summary>An application name made from the image's name, or null when nothing usable is in it.</summary>
    public string? ProposeName() => Slug.Propose(ShortName);

    /// <summary>The port the image listens on by convention; 8080 for an image that is not known.</summary>
    public int ProposePort() => WellKnownImages.Port(ShortName);

    public override string ToString() =>
        Canonical + (Tag is null ? "" : ":" + Tag) + (Digest is null ? "" : "@" + Digest);
}
