using System.Runtime.CompilerServices;
using Babyhelm.Core.JsonSchemas.Compilation;
using Babyhelm.Core.JsonSchemas.Values;

namespace Babyhelm.Core.JsonSchemas.Keywords;

/// <summary>One validation under way: the text, what is left of its budget, and what was found.</summary>
internal ref struct Evaluation
{
    // A level of the text takes few levels of schemas; a stack of 1.5 MB holds far more than this.
    private const int MaxDepth = 1000;

    private readonly ReadOnlySpan<byte> _source;
    private readonly ReadOnlySpan<byte> _unescaped;
    private readonly bool _scoped;
    private int _depth;

    public Evaluation(CompiledSchema schema, JsonText text, Workspace space, FaultList? faults)
    {
        (Schema, Text, Space, Faults) = (schema, text, space, faults);
        Tokens = text.Tokens;
        _source = text.Source.Span;
        _unescaped = text.Unescaped;
        Steps = schema.Options.MaxSteps + 8L * Tokens.Length;
        _scoped = schema.HasDynamicReferences;
        space.Begin();
    }

    public readonly CompiledSchema Schema { get; }

    public readonly JsonText Text { get; }

    public readonly ReadOnlySpan<JsonToken> Tokens { get; }

    public readonly Workspace Space { get; }

    public long Steps;

    public FaultList? Faults;

    /// <summary>Why the validation was given up; what it says then means nothing.</summary>
    public SchemaFault? GivenUp { get; private set; }

    public readonly bool Collecting => Faults is not null;

    /// <summary>After a broken rule the next is looked at too.</summary>
    public readonly bool GoesOn => Faults is { IsFull: false } && GivenUp is null;

    /// <summary>A name counts as a string.</summary>
    public readonly JsonKind KindOf(int at) => Tokens[at].Kind is var kind && kind == JsonKind.Name ? JsonKind.String : kind;

    public readonly ReadOnlySpan<byte> TextOf(int at)
    {
        ref readonly var token = ref Tokens[at];
        return (token.Unescaped ? _unescaped : _source).Slice(token.Start, token.Length);
    }

    public readonly int After(int at) => Tokens[at].Kind is JsonKind.Array or JsonKind.Object ? Tokens[at].Extra : at + 1;

    /// <summary>Index of a member's value; -1 where there is none.</summary>
    public readonly int Member(int at, Utf8Name name)
    {
        var end = Tokens[at].Extra;
        for (var i = at + 1; i < end; i = After(i + 1))
            if (Tokens[i].Extra == name.Hash && TextOf(i).SequenceEqual(name.Text)) return i + 1;
        return -1;
    }

    public bool Enter(int at)
    {
        _depth++;
        if (--Steps >= 0 && _depth <= MaxDepth && ((_depth & 15) != 0 || RuntimeHelpers.TryEnsureSufficientExecutionStack())) return true;
        _depth--;
        GiveUp(at, "", Steps < 0 ? $"The text is too complex to be checked against this schema: more than {Schema.Options.MaxSteps} steps." : "The schema leads from one part to the next too many times for this text.");
        return false;
    }

    public void Leave() => _depth--;

    /// <summary>Takes steps for work outside of schemas; false where they are used up.</summary>
    public bool Take(long steps, int at)
    {
        Steps -= steps;
        if (Steps < 0) GiveUp(at, "", $"The text is too complex to be checked against this schema: more than {Schema.Options.MaxSteps} steps.");
        return Steps >= 0;
    }

    /// <summary>Takes steps for a walk over a container's children, whose schemas may have no rules and so take none.</summary>
    public bool TakeChildren(int at) => Take(Tokens[at].Length / 8, at);

    public readonly bool EnterScope(SchemaResource resource) => _scoped && Space.EnterScope(resource);

    public readonly void LeaveScope() => Space.LeaveScope();

    public bool Fail(int at, string keyword, string message)
    {
        Faults?.Add(new SchemaFault(JsonPointer.To(Text, at), keyword, message));
        return false;
    }

    public bool GiveUp(int at, string keyword, string message)
    {
        GivenUp ??= new SchemaFault(JsonPointer.To(Text, at), keyword, message);
        return false;
    }

    /// <summary>Room for a mark for each child; -1 for what has none.</summary>
    public int PushMarks(int at)
    {
        if (Tokens[at].Kind is not (JsonKind.Array or JsonKind.Object)) return -1;
        Steps -= Tokens[at].Length / 512;
        return Space.PushBits(Tokens[at].Length);
    }

    public readonly void PopMarks(int marks)
    {
        if (marks >= 0) Space.PopBits(marks);
    }

    public readonly void AddMarks(int from, int to, int at) => Space.AddBits(from, to, Tokens[at].Length);
}
