namespace Babyhelm.Core.Liquid;

/// <summary>Why a template could not be parsed or rendered.</summary>
/// <param name="Message">One plain sentence, without the place.</param>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1, in UTF-16 units.</param>
/// <param name="Template">Name of the template or partial with the fault; empty for one without a name.</param>
/// <param name="Limit">The limit that was hit, one of <see cref="LiquidLimit"/>; null for any other fault.</param>
public sealed record LiquidError(string Message, int Line, int Column, string Template, string? Limit = null)
{
    public override string ToString() => $"{(Template.Length == 0 ? "" : Template + ", ")}line {Line}, column {Column}: {Message}";
}

/// <summary>Names of what is bounded.</summary>
public static class LiquidLimit
{
    public const string Source = "source";
    public const string Nesting = "nesting";
    public const string Steps = "steps";
    public const string Output = "output";
    public const string Time = "time";
    public const string Cancellation = "cancellation";
}

/// <summary>Either a value or an error.</summary>
public readonly record struct LiquidResult<T>(T? Value, LiquidError? Error) where T : class;

/// <summary>Leaves the engine only as a <see cref="LiquidError"/>.</summary>
internal sealed class LiquidException(string message, int offset = -1, string? limit = null) : Exception(message)
{
    /// <summary>Place in the source, or -1 until someone who knows it fills it in.</summary>
    public int Offset { get; set; } = offset;

    /// <summary>The source that <see cref="Offset"/> belongs to; null for the one being rendered outermost.</summary>
    public TemplateSource? Template { get; set; }

    public string? Limit { get; } = limit;
}

/// <summary>A template's text with its name; turns offsets into lines and columns.</summary>
internal sealed record TemplateSource(string Text, string Name)
{
    public LiquidError Error(LiquidException e)
    {
        var source = e.Template ?? this;
        var offset = Math.Clamp(e.Offset, 0, source.Text.Length);
        var before = source.Text.AsSpan(0, offset);
        return new LiquidError(e.Message, before.Count('\n') + 1, offset - (before.LastIndexOf('\n') + 1) + 1, source.Name, e.Limit);
    }
}
