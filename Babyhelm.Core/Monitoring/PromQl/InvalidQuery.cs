using Babyhelm.Core.Common;

namespace Babyhelm.Core.Monitoring.PromQl;

/// <summary>A text that is no PromQL, or more of it than is taken.</summary>
/// <param name="Line">Of the place of the fault, from 1.</param>
/// <param name="Column">In characters, from 1.</param>
/// <param name="What">A plain sentence.</param>
public sealed record InvalidQuery(int Line, int Column, string What) : Error("invalid-query", $"Line {Line}, column {Column}: {What}");

/// <summary>Ends the reading of a text; never leaves <see cref="PromQlText"/>.</summary>
internal sealed class PromQlException(int offset, string what) : Exception(what)
{
    public int Offset => offset;
}
