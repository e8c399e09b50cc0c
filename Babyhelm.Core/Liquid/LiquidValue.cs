using System.Numerics;
using System.Runtime.CompilerServices;

namespace Babyhelm.Core.Liquid;

/// <summary>What a <see cref="LiquidValue"/> is.</summary>
public enum LiquidKind : byte { Nil, Boolean, Integer, Float, String, List, Map, Range, Empty, Blank, Loop }

/// <summary>
/// A value that templates can see. The set of kinds is closed: there is no way from a template to any other object of
/// the program.
/// </summary>
public readonly struct LiquidValue : IEquatable<LiquidValue>
{
    private readonly object? _reference;
    private readonly long _bits;

    private LiquidValue(LiquidKind kind, object? reference, long bits = 0)
    {
        Kind = kind;
        _reference = reference;
        _bits = bits;
    }

    public LiquidKind Kind { get; }

    public static LiquidValue Nil => default;
    public static LiquidValue True => new(LiquidKind.Boolean, null, 1);
    public static LiquidValue False => new(LiquidKind.Boolean, null);
    public static LiquidValue EmptyString => new(LiquidKind.String, "");

    /// <summary>The word <c>empty</c>: equals strings, lists and maps without content.</summary>
    internal static LiquidValue Empty => new(LiquidKind.Empty, null);

    /// <summary>The word <c>blank</c>: as <see cref="Empty"/>, and equals nil, false and white space.</summary>
    internal static LiquidValue Blank => new(LiquidKind.Blank, null);

    public static implicit operator LiquidValue(string? value) => value is null ? Nil : new(LiquidKind.String, value);
    public static implicit operator LiquidValue(bool value) => value ? True : False;
    public static implicit operator LiquidValue(long value) => new(LiquidKind.Integer, null, value);
    public static implicit operator LiquidValue(int value) => new(LiquidKind.Integer, null, value);
    public static implicit operator LiquidValue(double value) => new(LiquidKind.Float, null, BitConverter.DoubleToInt64Bits(value));
    public static implicit operator LiquidValue(List<LiquidValue>? value) => value is null ? Nil : new(LiquidKind.List, value);
    public static implicit operator LiquidValue(LiquidMap? value) => value is null ? Nil : new(LiquidKind.Map, value);

    /// <summary>An integer of any size; one that fits 64 bits is kept as such.</summary>
    public static LiquidValue From(BigInteger value) =>
        value >= long.MinValue && value <= long.MaxValue ? (long)value : new LiquidValue(LiquidKind.Integer, value);

    /// <summary>Both ends belong to the range; it is empty when <paramref name="last"/> is below <paramref name="first"/>.</summary>
    public static LiquidValue Range(long first, long last) => new(LiquidKind.Range, new LiquidRange(first, last));

    internal static LiquidValue From(LoopState loop) => new(LiquidKind.Loop, loop);

    public bool IsNil => Kind == LiquidKind.Nil;

    /// <summary>Only nil and false are not.</summary>
    public bool IsTruthy => Kind != LiquidKind.Nil && (Kind != LiquidKind.Boolean || _bits != 0);

    public bool IsNumber => Kind is LiquidKind.Integer or LiquidKind.Float;

    internal bool AsBoolean => _bits != 0;
    internal long AsInteger => _bits;
    internal BigInteger? AsBigInteger => _reference is BigInteger big ? big : null;
    internal double AsFloat => BitConverter.Int64BitsToDouble(_bits);
    internal string AsString => Unsafe.As<string>(_reference)!;
    internal List<LiquidValue> AsList => Unsafe.As<List<LiquidValue>>(_reference)!;
    internal LiquidMap AsMap => Unsafe.As<LiquidMap>(_reference)!;
    internal LiquidRange AsRange => Unsafe.As<LiquidRange>(_reference)!;
    internal LoopState AsLoop => Unsafe.As<LoopState>(_reference)!;

    /// <summary>Equality as <c>==</c> of the language has it: by value, integers and floats together.</summary>
    public bool Equals(LiquidValue other) => Comparison.AreEqual(this, other);

    public override bool Equals(object? obj) => obj is LiquidValue other && Equals(other);

    public override int GetHashCode() => Comparison.Hash(this);

    public static bool operator ==(LiquidValue left, LiquidValue right) => left.Equals(right);

    public static bool operator !=(LiquidValue left, LiquidValue right) => !left.Equals(right);

    /// <summary>The text that <c>{{ }}</c> writes, unbounded; for tests and messages.</summary>
    public override string ToString()
    {
        var output = new OutputBuffer(int.MaxValue);
        TextForm.Write(this, output);
        return output.ToString();
    }
}

/// <summary>Keys are strings; the order is that of insertion.</summary>
public sealed class LiquidMap : OrderedDictionary<string, LiquidValue>
{
    public LiquidMap() : base(StringComparer.Ordinal) { }

    public LiquidMap(int capacity) : base(capacity, StringComparer.Ordinal) { }
}

internal sealed record LiquidRange(long First, long Last)
{
    /// <summary>How many integers it holds; saturates.</summary>
    public long Count => Last < First ? 0 : (long)Int128.Min((Int128)Last - First + 1, long.MaxValue);
}
