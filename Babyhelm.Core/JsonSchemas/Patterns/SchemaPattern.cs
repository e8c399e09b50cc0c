using System.Text;
using System.Text.RegularExpressions;
using Babyhelm.Core.JsonSchemas.Keywords;

namespace Babyhelm.Core.JsonSchemas.Patterns;

/// <summary>A compiled pattern. Where it can be, it runs in time that grows with the text alone; else its time is bounded.</summary>
internal sealed class SchemaPattern
{
    private readonly Regex _regex;
    private readonly bool _backtracks;
    private readonly Alphabet? _alphabet;

    private SchemaPattern(string pattern, Regex regex, PatternTranslator translator) =>
        (Utf8, _regex, _backtracks, _alphabet) = (Encoding.UTF8.GetBytes(pattern), regex, translator.NeedsBacktracking, translator.Alphabet);

    public byte[] Utf8 { get; }

    /// <summary>Either the pattern or what is wrong with it.</summary>
    public static (SchemaPattern? Pattern, string? Error) Compile(string pattern, SchemaOptions options)
    {
        if (pattern.Length > options.MaxPatternLength) return (null, $"it is longer than {options.MaxPatternLength} characters");
        var translator = new PatternTranslator(pattern);
        var (text, error) = translator.Translate();
        if (text is null) return (null, error);
        try
        {
            var regex = translator.NeedsBacktracking
                ? new Regex(text, RegexOptions.CultureInvariant, options.MaxMatch)
                : new Regex(text, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
            return (new SchemaPattern(pattern, regex, translator), null);
        }
        catch (RegexParseException e)
        {
            return (null, e.Message);
        }
    }

    /// <summary>Whether a string or name matches; null where it could not be found out, and the validation was given up.</summary>
    public bool? Matches(ref Evaluation run, int at, Keyword keyword)
    {
        var text = run.Space.Characters(run.TextOf(at), _alphabet);
        if (!run.Take(1 + text.Length / 64, at)) return null;
        if (!_backtracks) return _regex.IsMatch(text);
        var clock = run.Schema.Options.Clock;
        var began = clock.GetTimestamp();
        if (run.Space.MayBacktrack(run.Schema.Options))
        {
            try
            {
                var matches = _regex.IsMatch(text);
                run.Space.Backtracked(clock.GetElapsedTime(began));
                return matches;
            }
            catch (RegexMatchTimeoutException)
            {
                // told below, as where no time was left
            }
        }
        run.GiveUp(at, keyword.Pointer, $"Whether the text matches the pattern {Values.Quote.Of(Utf8)} could not be found out in time.");
        return null;
    }
}
