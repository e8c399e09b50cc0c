namespace Babyhelm.Core.Liquid;

/// <summary>Where the parser is in one source.</summary>
internal sealed class ParseContext(TemplateSource source, LiquidOptions options)
{
    private int _depth;

    public TemplateSource Source => source;
    public LiquidOptions Options => options;

    /// <summary>The last tag or output ended in <c>-</c>: white space that follows is dropped.</summary>
    public bool TrimNext { get; set; }

    public void Enter(int offset)
    {
        if (++_depth > options.MaxNesting)
            throw new LiquidException($"Blocks are nested deeper than the limit of {options.MaxNesting}.", offset, LiquidLimit.Nesting);
    }

    public void Leave() => _depth--;
}

/// <summary>The start of a tag: its name, and where in the source its markup stands.</summary>
internal readonly record struct TagHead(string Name, int Offset, int MarkupStart, int MarkupEnd);
