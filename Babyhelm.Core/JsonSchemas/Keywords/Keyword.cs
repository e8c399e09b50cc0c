using Babyhelm.Core.JsonSchemas.Values;

namespace Babyhelm.Core.JsonSchemas.Keywords;

/// <summary>One rule of a schema. Immutable; any number of threads check with it.</summary>
internal abstract class Keyword(SchemaNode owner, string name)
{
    /// <summary>Where it is broken, the schema's other rules would only say the same again.</summary>
    public virtual bool IsDecisive => false;

    /// <summary>Schemas that look at the very value that this one looks at.</summary>
    public virtual IEnumerable<SchemaNode> InPlace => [];

    /// <summary>Whether the value keeps the rule. Adds faults where they are collected.</summary>
    /// <param name="at">Index of the value's token; that of a name where names are checked.</param>
    /// <param name="marks">Where the value's children that were looked at are marked; -1 where nobody asks.</param>
    public abstract bool Check(ref Evaluation run, int at, int marks);

    public string Pointer => $"{owner.Pointer}/{JsonPointer.Escape(name)}";

    /// <summary>Adds a fault; always false. Ask <see cref="Evaluation.Collecting"/> before, so that no message is made in vain.</summary>
    protected bool Fail(ref Evaluation run, int at, string message) => run.Fail(at, Pointer, message);

    protected bool Fail(ref Evaluation run, int at, string keyword, string message) => run.Fail(at, $"{owner.Pointer}/{keyword}", message);
}
