using System.Collections.Concurrent;

namespace Babyhelm.Core.Liquid;

/// <summary>A source that was parsed.</summary>
internal sealed record ParsedTemplate(TemplateSource Source, Block Body)
{
    public static ParsedTemplate Parse(TemplateSource source, LiquidOptions options)
    {
        if (source.Text.Length > options.MaxSourceLength)
            throw new LiquidException($"The template has {source.Text.Length} characters, more than the limit of {options.MaxSourceLength}.", 0, LiquidLimit.Source) { Template = source };
        try
        {
            return new ParsedTemplate(source, BlockParser.ParseTemplate(new ParseContext(source, options)));
        }
        catch (LiquidException e)
        {
            e.Template ??= source;
            throw;
        }
    }

    /// <summary>Renders as a partial: an error inside keeps the partial's name and place.</summary>
    public Completion Render(Scope scope, OutputBuffer output)
    {
        try
        {
            return Body.Render(scope, output);
        }
        catch (LiquidException e) when (e.Offset >= 0)
        {
            e.Template ??= Source;
            throw;
        }
    }
}

/// <summary>The partials of one template, parsed when first used.</summary>
internal sealed class PartialStore(LiquidOptions options)
{
    private readonly ConcurrentDictionary<string, ParsedTemplate> _parsed = new(StringComparer.Ordinal);

    public ParsedTemplate Get(string name)
    {
        if (_parsed.TryGetValue(name, out var parsed)) return parsed;
        if (!options.Partials.TryGetValue(name, out var text)) throw new LiquidException($"There is no template '{name}'.");
        return _parsed.GetOrAdd(name, _ => ParsedTemplate.Parse(new TemplateSource(text, name), options));
    }
}
