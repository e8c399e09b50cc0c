namespace Babyhelm.Core.JsonSchemas;

/// <summary>Why a JSON text is not what a schema asks for, or is no JSON.</summary>
/// <param name="Instance">JSON pointer (RFC 6901) to the value in the text; empty for the whole.</param>
/// <param name="Keyword">Pointer to the keyword in the schema, with <c>#</c>; with the address of the document where it is another one. Empty where the fault is the text's own.</param>
/// <param name="Message">Plain words: what is expected and, at most 100 characters of it, what is there.</param>
public sealed record SchemaFault(string Instance, string Keyword, string Message)
{
    /// <summary>From 1, where the text is no JSON.</summary>
    public long? Line { get; init; }

    /// <summary>Byte in the line, from 1.</summary>
    public long? Byte { get; init; }

    internal static SchemaFault OfText(string message) => new("", "", message);
}

/// <summary>What a validation found.</summary>
public sealed class SchemaVerdict
{
    internal static readonly SchemaVerdict Valid = new([], false);

    internal SchemaVerdict(IReadOnlyList<SchemaFault> faults, bool more) => (Faults, HasMore) = (faults, more);

    public bool IsValid => Faults.Count == 0;

    /// <summary>In the order in which they were found; no more than the options allow.</summary>
    public IReadOnlyList<SchemaFault> Faults { get; }

    /// <summary>There are more faults than are listed.</summary>
    public bool HasMore { get; }
}
