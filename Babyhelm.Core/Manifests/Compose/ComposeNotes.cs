namespace Babyhelm.Core.Manifests.Compose;

public enum ComposeOutcome
{
    /// <summary>As it stands in the file.</summary>
    Taken,

    /// <summary>Otherwise than in the file, or with something to know about it.</summary>
    Changed,

    /// <summary>Left out.</summary>
    NotTaken,
}

/// <summary>What became of one key.</summary>
/// <param name="Service">Null for what concerns the whole file.</param>
/// <param name="Key">Path of the key in the service or file, for example <c>deploy.replicas</c>.</param>
/// <param name="Text">Why and what instead, in plain words; empty where it was simply taken.</param>
public sealed record ComposeNote(string? Service, string Key, ComposeOutcome Outcome, string Text);

/// <summary>Collects what became of the keys of one service; bounded, so that a hostile file makes no endless report.</summary>
internal sealed class ComposeNotes(string? service, List<ComposeNote> all)
{
    private const int Most = 2_000;

    public void Taken(string key) => Add(key, ComposeOutcome.Taken, "");

    public void Changed(string key, string text) => Add(key, ComposeOutcome.Changed, text);

    public void NotTaken(string key, string text) => Add(key, ComposeOutcome.NotTaken, text);

    private void Add(string key, ComposeOutcome outcome, string text)
    {
        if (all.Count < Most) all.Add(new ComposeNote(service, Show(key), outcome, text));
    }

    /// <summary>Text of the file in a sentence: plain and short.</summary>
    public static string Show(string? text)
    {
        var plain = new string([.. (text ?? "").Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c)]);
        return plain.Length <= 100 ? plain : plain[..100] + "…";
    }
}
