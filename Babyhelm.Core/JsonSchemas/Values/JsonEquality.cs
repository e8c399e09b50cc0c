namespace Babyhelm.Core.JsonSchemas.Values;

/// <summary>Equality of JSON values: numbers by what they are worth (1 and 1.0), objects whatever the order of their members.</summary>
internal static class JsonEquality
{
    /// <param name="steps">Taken from for each pair of values that is compared; below zero nothing more is compared and the answer means nothing.</param>
    public static bool Equal(JsonText a, int i, JsonText b, int j, ref long steps)
    {
        ref readonly var one = ref a.Tokens[i];
        steps -= Cost(one);
        if (steps < 0) return false;
        ref readonly var other = ref b.Tokens[j];
        if (one.Kind != other.Kind) return false;
        switch (one.Kind)
        {
            case JsonKind.String or JsonKind.Name:
                return a.TextOf(i).SequenceEqual(b.TextOf(j));
            case JsonKind.Number:
                var aText = a.TextOf(i);
                var bText = b.TextOf(j);
                return aText.SequenceEqual(bText) || ExactNumber.Compare(ExactNumber.Read(aText), aText, ExactNumber.Read(bText), bText) == 0;
            case JsonKind.Array:
                if (one.Length != other.Length) return false;
                for (int x = i + 1, y = j + 1; x < one.Extra; x = a.After(x), y = b.After(y))
                    if (!Equal(a, x, b, y, ref steps)) return false;
                return true;
            case JsonKind.Object:
                if (one.Length != other.Length) return false;
                var expected = j + 1;
                for (var x = i + 1; x < one.Extra; x = a.After(x + 1))
                {
                    // Members mostly come in the same order.
                    var y = Named(b, expected, other.Extra, a, x) ? expected + 1 : Find(b, j, a, x, ref steps);
                    if (y < 0 || !Equal(a, x + 1, b, y, ref steps)) return false;
                    expected = b.After(y);
                }
                return true;
            default:
                return true;
        }
    }

    /// <summary>The same for equal values.</summary>
    /// <param name="steps">Taken from for each value.</param>
    public static ulong Hash(JsonText text, int at, ref long steps)
    {
        ref readonly var token = ref text.Tokens[at];
        steps -= Cost(token);
        var seed = (ulong)token.Kind + 1;
        switch (token.Kind)
        {
            case JsonKind.String or JsonKind.Name:
                return NameHash.Mix(seed, (uint)NameHash.Of(text.TextOf(at)) | 1UL << 40);
            case JsonKind.Number:
                var number = ExactNumber.Read(text.TextOf(at));
                return NameHash.Mix(number.Head ^ 0x9E3779B97F4A7C15, (ulong)number.Point * 2 + (number.IsNegative ? 1UL : 0) + 0xD6E8FEB86659FD93);
            case JsonKind.Array:
                for (var i = at + 1; i < token.Extra; i = text.After(i)) seed = NameHash.Mix(seed ^ Hash(text, i, ref steps), 0x9E3779B97F4A7C15);
                return seed;
            case JsonKind.Object:
                var sum = 0UL;
                for (var i = at + 1; i < token.Extra; i = text.After(i + 1)) sum += NameHash.Mix(Hash(text, i, ref steps) ^ 0xD6E8FEB86659FD93, Hash(text, i + 1, ref steps) | 1);
                return NameHash.Mix(seed ^ sum, 0xD6E8FEB86659FD93);
            default:
                return seed;
        }
    }

    private static long Cost(in JsonToken token) => 1 + (token.Kind is JsonKind.Array or JsonKind.Object ? 0 : token.Length / 256);

    private static bool Named(JsonText text, int at, int end, JsonText other, int name) =>
        at < end && text.Tokens[at].Extra == other.Tokens[name].Extra && text.TextOf(at).SequenceEqual(other.TextOf(name));

    private static int Find(JsonText text, int container, JsonText other, int name, ref long steps)
    {
        var end = text.Tokens[container].Extra;
        for (var i = container + 1; i < end && steps-- > 0; i = text.After(i + 1))
            if (Named(text, i, end, other, name)) return i + 1;
        return -1;
    }
}
