using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Babyhelm.Core.Common;
using Babyhelm.Core.Manifests;

namespace Babyhelm.Core.Applications.Hooks;

/// <summary>What a hook is asked to deploy. With nothing given, the present tag once more.</summary>
/// <param name="Image">A whole image of the application's repository; alone.</param>
/// <param name="Tag">A tag of the application's repository.</param>
/// <param name="Digest">A digest of it, <c>sha256:…</c>; a tag beside it is for people.</param>
public sealed record HookRequest(string? Image = null, string? Tag = null, string? Digest = null)
{
    /// <summary>Longest body that is read, in bytes.</summary>
    public const int MaxBody = 8 * 1024;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
        MaxDepth = 4,
    };

    /// <summary>An empty body asks for nothing particular; <see cref="Invalid"/> for what is no such JSON object.</summary>
    public static Result<HookRequest> Read(string body)
    {
        if (string.IsNullOrWhiteSpace(body)) return new HookRequest();
        try
        {
            if (JsonSerializer.Deserialize<HookRequest>(body, Json) is not { } read) return Unreadable;
            return new HookRequest(Given(read.Image), Given(read.Tag), Given(read.Digest));
        }
        catch (JsonException)
        {
            return Unreadable;
        }
    }

    /// <summary>What it asks for, in a few words; bounded.</summary>
    public string Describe() => Cut(this switch
    {
        { Image: { } image } => image,
        { Tag: { } tag, Digest: { } digest } => $"tag {tag}, digest {digest}",
        { Tag: { } tag } => $"tag {tag}",
        { Digest: { } digest } => $"digest {digest}",
        _ => "the present tag",
    });

    /// <summary>
    /// The image to deploy, by tag where one is given or was there, so that a pinned image goes by its tag again.
    /// <see cref="Forbidden"/> for another repository, <see cref="Invalid"/> for what names no image.
    /// </summary>
    /// <param name="present">The application's image now.</param>
    public Result<string> Resolve(string present)
    {
        if (Image is not null && (Tag ?? Digest) is not null) return new Invalid("image", "Give an image, or a tag or digest of the application's repository, not both.");
        if (ImageReference.Parse(present).Failed(out var error, out var now)) return error;
        if (Image is not null)
        {
            if (ImageReference.Parse(Image).Failed(out error, out var asked)) return error;
            return asked.Canonical == now.Canonical ? Image
                : new Forbidden($"This hook deploys images of {now.Canonical} only; {Cut(asked.Canonical)} is another repository.", "other-repository");
        }
        var name = NameOf(present);
        var tag = Tag ?? (Digest is null ? now.Tag : null);
        // Nothing but a digest to go by: that image once more.
        var digest = Digest ?? (tag is null && Tag is null ? now.Digest : null);
        var made = $"{name}{(tag is null ? "" : $":{tag}")}{(digest is null ? "" : $"@{digest}")}";
        if (ImageReference.Parse(made, Tag is null ? "digest" : "tag").Failed(out error, out var parsed)) return error;
        // A tag with a slash or an @ in it would be read as something else.
        return parsed.Canonical == now.Canonical && parsed.Tag == tag && parsed.Digest == digest ? made : new Invalid(Tag is null ? "digest" : "tag", "This is no tag or digest of an image.");
    }

    private static Invalid Unreadable => new("", "Send a JSON object with image, or tag or digest, or nothing at all.");

    private static string? Given(string? text) => string.IsNullOrEmpty(text) ? null : text;

    /// <summary>The image as it is written, without tag and digest.</summary>
    private static string NameOf(string image)
    {
        var name = image.Split('@')[0];
        var colon = name.IndexOf(':', name.LastIndexOf('/') + 1);
        return colon < 0 ? name : name[..colon];
    }

    /// <summary>What does not print, and half characters, which the database does not take, become question marks.</summary>
    /// <param name="most">In characters; one more tells that there were more.</param>
    internal static string Cut(string text, int most = 300)
    {
        var shown = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (shown.Length + rune.Utf16SequenceLength > most) return shown.Append('…').ToString();
            shown.Append(Rune.IsControl(rune) || rune == Rune.ReplacementChar ? "?" : rune.ToString());
        }
        return shown.ToString();
    }
}
