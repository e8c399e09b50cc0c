namespace Babyhelm.Core.Liquid;

/// <summary>
/// A Liquid template, parsed once and rendered any number of times, by several threads at once if need be. It reaches
/// nothing but the values it is given.
/// </summary>
public sealed class LiquidTemplate
{
    private readonly ParsedTemplate _parsed;
    private readonly LiquidOptions _options;
    private readonly PartialStore _partials;

    private LiquidTemplate(ParsedTemplate parsed, LiquidOptions options)
    {
        _parsed = parsed;
        _options = options;
        _partials = new PartialStore(options);
    }

    public static LiquidResult<LiquidTemplate> Parse(string source, LiquidOptions? options = null)
    {
        options ??= LiquidOptions.Default;
        var text = new TemplateSource(source, options.Name);
        try
        {
            return new(new LiquidTemplate(ParsedTemplate.Parse(text, options), options), null);
        }
        catch (LiquidException e)
        {
            return new(null, text.Error(e));
        }
    }

    /// <param name="values">The variables; they are read, never changed.</param>
    /// <returns>The text, or the first error; a limit that is hit and a cancellation are errors too.</returns>
    public LiquidResult<string> Render(LiquidMap values, LiquidLimits? limits = null, CancellationToken cancellationToken = default)
    {
        limits ??= LiquidLimits.Default;
        var output = new OutputBuffer(limits.MaxOutputLength);
        try
        {
            var rendering = new Rendering(limits, cancellationToken);
            rendering.Step(0);
            _parsed.Body.Render(new Scope(values, rendering, _options.Strict, _partials), output);
            return new(output.ToString(), null);
        }
        catch (LiquidException e)
        {
            return new(null, _parsed.Source.Error(e));
        }
        catch (InsufficientExecutionStackException)
        {
            return new(null, new LiquidError("Blocks and partials are nested too deep.", 1, 1, _options.Name, LiquidLimit.Nesting));
        }
    }
}
