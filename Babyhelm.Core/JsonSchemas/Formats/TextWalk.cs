namespace Babyhelm.Core.JsonSchemas.Formats;

/// <summary>Takes a text apart from left to right.</summary>
internal ref struct TextWalk(ReadOnlySpan<byte> text)
{
    public ReadOnlySpan<byte> Rest { get; private set; } = text;

    public readonly bool AtEnd => Rest.IsEmpty;

    public bool Take(char c)
    {
        if (Rest.IsEmpty || Rest[0] != (byte)c) return false;
        Rest = Rest[1..];
        return true;
    }

    /// <summary>One of two letters, as formats that look at no case have them.</summary>
    public bool TakeEither(char one, char other) => Take(one) || Take(other);

    /// <summary>Just so many digits, in a range.</summary>
    public bool TakeNumber(int digits, int least, int most, out int value)
    {
        value = 0;
        if (Rest.Length < digits) return false;
        for (var i = 0; i < digits; i++)
        {
            if (!char.IsAsciiDigit((char)Rest[i])) return false;
            value = value * 10 + (Rest[i] - '0');
        }
        Rest = Rest[digits..];
        return value >= least && value <= most;
    }

    /// <summary>All digits that come; how many they were.</summary>
    public int TakeDigits()
    {
        var count = 0;
        while (count < Rest.Length && char.IsAsciiDigit((char)Rest[count])) count++;
        Rest = Rest[count..];
        return count;
    }
}
