namespace Babyhelm.Core.Liquid;

/// <summary>Text that grows up to a limit; beyond, it throws the limit's error instead of growing.</summary>
internal sealed class OutputBuffer(int limit)
{
    private char[] _chars = new char[256];

    public int Length { get; private set; }

    public int Limit => limit;

    public ReadOnlySpan<char> Span => _chars.AsSpan(0, Length);

    public void Append(char c)
    {
        if (Length == _chars.Length || Length >= limit) Grow(1);
        _chars[Length++] = c;
    }

    public void Append(string text) => Append(text.AsSpan());

    public void Append(ReadOnlySpan<char> text)
    {
        if (text.Length > _chars.Length - Length || text.Length > limit - Length) Grow(text.Length);
        text.CopyTo(_chars.AsSpan(Length));
        Length += text.Length;
    }

    public void Append(long number)
    {
        Span<char> digits = stackalloc char[20];
        number.TryFormat(digits, out var written, provider: System.Globalization.CultureInfo.InvariantCulture);
        Append(digits[..written]);
    }

    public override string ToString() => Length == 0 ? "" : new string(_chars, 0, Length);

    private void Grow(int by)
    {
        if (by > limit - Length)
            throw new LiquidException($"The text grows beyond the limit of {limit} characters.", limit: LiquidLimit.Output);
        if (by <= _chars.Length - Length) return;
        Array.Resize(ref _chars, (int)Math.Min(Math.Max((long)Length + by, _chars.Length * 2L), Array.MaxLength));
    }
}
