using System.Runtime.CompilerServices;

namespace Babyhelm.Core.Liquid;

/// <summary>How a node ended: loops react to the last two, everything else passes them on.</summary>
internal enum Completion : byte { Normal, Break, Continue }

/// <summary>What one rendering has used up of its limits; shared by the template and all its partials.</summary>
internal sealed class Rendering(LiquidLimits limits, CancellationToken cancellation)
{
    private const int CheckEvery = 512;

    private readonly long _start = limits.Clock.GetTimestamp();
    private long _steps;
    private long _nextCheck;
    private int _depth;

    public LiquidLimits Limits => limits;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Step(long count = 1)
    {
        // Saturates: the count may be the size of a range.
        _steps = count > long.MaxValue - _steps ? long.MaxValue : _steps + count;
        if (_steps >= _nextCheck) Check();
    }

    /// <summary>Charges for work on text of this many characters.</summary>
    public void StepForText(int length) => Step(1 + (length / 256));

    public void Enter()
    {
        if (++_depth > limits.MaxDepth)
            throw new LiquidException($"Blocks and partials are nested deeper than the limit of {limits.MaxDepth}.", limit: LiquidLimit.Nesting);
        RuntimeHelpers.EnsureSufficientExecutionStack();
    }

    public void Leave() => _depth--;

    private void Check()
    {
        if (_steps > limits.MaxSteps) throw new LiquidException($"The template takes more than the limit of {limits.MaxSteps} steps.", limit: LiquidLimit.Steps);
        if (cancellation.IsCancellationRequested) throw new LiquidException("The rendering was cancelled.", limit: LiquidLimit.Cancellation);
        if (limits.Clock.GetElapsedTime(_start) > limits.MaxTime)
            throw new LiquidException($"The template takes longer than the limit of {limits.MaxTime.TotalSeconds:0.###} seconds.", limit: LiquidLimit.Time);
        _nextCheck = _steps > long.MaxValue - CheckEvery ? _steps : _steps + CheckEvery;
    }
}

/// <summary>The variables and registers that a template sees while it is rendered.</summary>
internal sealed class Scope(LiquidMap globals, Rendering rendering, bool strict, PartialStore partials)
{
    private readonly List<(string Name, LiquidValue Value)> _inner = [];
    private Dictionary<string, LiquidValue>? _assigned;
    private Dictionary<string, long>? _counters;
    private Dictionary<LiquidValue, int>? _cycles;
    private Dictionary<string, long>? _offsets;

    public Rendering Rendering => rendering;
    public bool Strict => strict;
    public PartialStore Partials => partials;

    /// <summary>Set in templates that <c>render</c> runs: there <c>include</c> is not allowed.</summary>
    public bool IsIsolated { get; private init; }

    public LoopState? CurrentLoop { get; set; }
    public string? LastChanged { get; set; }

    /// <summary>Cycles by name or by their values; the number is the index of the next value.</summary>
    public Dictionary<LiquidValue, int> Cycles => _cycles ??= [];

    /// <summary>Where <c>offset: continue</c> goes on, by the loop's name.</summary>
    public Dictionary<string, long> Offsets => _offsets ??= new(StringComparer.Ordinal);

    public Scope Isolated() => new([], rendering, strict, partials) { IsIsolated = true };

    /// <summary>Start of a block with its own variables; give the mark back to <see cref="Close"/>.</summary>
    public int Open() => _inner.Count;

    public void Close(int mark) => _inner.RemoveRange(mark, _inner.Count - mark);

    /// <summary>Sets a variable of the block opened at <paramref name="mark"/>.</summary>
    public void SetInner(int mark, string name, in LiquidValue value)
    {
        for (var i = mark; i < _inner.Count; i++)
            if (_inner[i].Name == name)
            {
                _inner[i] = (name, value);
                return;
            }
        _inner.Add((name, value));
    }

    public void Assign(string name, in LiquidValue value) => (_assigned ??= new(StringComparer.Ordinal))[name] = value;

    public bool TryGet(string name, out LiquidValue value)
    {
        for (var i = _inner.Count - 1; i >= 0; i--)
            if (_inner[i].Name == name)
            {
                value = _inner[i].Value;
                return true;
            }
        if (_assigned is not null && _assigned.TryGetValue(name, out value)) return true;
        if (_counters is not null && _counters.TryGetValue(name, out var counter))
        {
            value = counter;
            return true;
        }
        return globals.TryGetValue(name, out value);
    }

    /// <summary>Counters start at a global of the same name where that is an integer, else at zero.</summary>
    public long Counter(string name)
    {
        if (_counters is not null && _counters.TryGetValue(name, out var value)) return value;
        return globals.TryGetValue(name, out var global) && global.Kind == LiquidKind.Integer && global.AsBigInteger is null ? global.AsInteger : 0;
    }

    public void SetCounter(string name, long value) => (_counters ??= new(StringComparer.Ordinal))[name] = value;
}
