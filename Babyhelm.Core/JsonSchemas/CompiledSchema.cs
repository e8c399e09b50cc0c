using System.Buffers;
using Babyhelm.Core.JsonSchemas.Keywords;
using Babyhelm.Core.JsonSchemas.Values;

namespace Babyhelm.Core.JsonSchemas;

/// <summary>A schema that is ready to be held against texts. Immutable and thread safe. A valid text costs no memory that stays.</summary>
public sealed class CompiledSchema
{
    private readonly SchemaNode _root;

    internal CompiledSchema(SchemaNode root, SchemaOptions options, bool hasDynamicReferences) =>
        (_root, Options, HasDynamicReferences) = (root, options, hasDynamicReferences);

    internal SchemaOptions Options { get; }

    internal bool HasDynamicReferences { get; }

    /// <summary>Reads and validates UTF-8 text. What is no JSON, or more than the limits allow, is a fault of its own.</summary>
    public SchemaVerdict Validate(ReadOnlyMemory<byte> utf8)
    {
        var text = JsonText.Rent(utf8, Options.Limits, out var fault);
        var verdict = fault is null ? Validate(text) : new SchemaVerdict([fault], false);
        text.Return();
        return verdict;
    }

    /// <summary>As for text in one piece.</summary>
    public SchemaVerdict Validate(in ReadOnlySequence<byte> utf8)
    {
        if (utf8.IsSingleSegment) return Validate(utf8.First);
        if (utf8.Length > Options.Limits.MaxBytes) return new SchemaVerdict([SchemaFault.OfText($"The JSON text has {utf8.Length} bytes; at most {Options.Limits.MaxBytes} are taken.")], false);
        var whole = ArrayPool<byte>.Shared.Rent((int)utf8.Length);
        utf8.CopyTo(whole);
        var verdict = Validate(whole.AsMemory(0, (int)utf8.Length));
        ArrayPool<byte>.Shared.Return(whole);
        return verdict;
    }

    /// <summary>Validates a text that was read before, which may be used for other things too.</summary>
    public SchemaVerdict Validate(JsonText text) => Validate(text, 0);

    /// <summary>Validates one value of a text.</summary>
    internal SchemaVerdict Validate(JsonText text, int at)
    {
        var space = Workspace.Rent();
        // Most texts are valid: first only whether, at the first broken rule once more for what is wrong.
        var run = new Evaluation(this, text, space, null);
        var keeps = _root.Check(ref run, at, -1);
        var verdict = SchemaVerdict.Valid;
        if (run.GivenUp is not null) verdict = new SchemaVerdict([run.GivenUp], false);
        else if (!keeps) verdict = Explain(text, at, space);
        space.Return();
        return verdict;
    }

    private SchemaVerdict Explain(JsonText text, int at, Workspace space)
    {
        var faults = new FaultList(Options.MaxFaults);
        var run = new Evaluation(this, text, space, faults);
        _root.Check(ref run, at, -1);
        return run.GivenUp is null ? new SchemaVerdict(faults.Faults, faults.IsFull) : new SchemaVerdict([.. faults.Faults, run.GivenUp], false);
    }
}
