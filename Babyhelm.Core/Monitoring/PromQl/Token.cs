namespace Babyhelm.Core.Monitoring.PromQl;

internal enum TokenKind { Word, Number, Duration, String, Symbol, End }

/// <param name="Offset">Of its first character in the text.</param>
/// <param name="Text">As written.</param>
internal readonly record struct Token(TokenKind Kind, int Offset, string Text)
{
    public bool Is(string symbol) => Kind == TokenKind.Symbol && Text == symbol;

    /// <summary>Keywords are taken in any case.</summary>
    public bool IsWord(string word) => Kind == TokenKind.Word && Text.Equals(word, StringComparison.OrdinalIgnoreCase);

    /// <summary>For messages.</summary>
    public string Shown => Kind == TokenKind.End ? "the end" : Text.Length <= 30 ? $"'{Text}'" : $"'{Text[..30]}…'";
}
