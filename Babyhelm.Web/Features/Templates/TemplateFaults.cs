using System.Globalization;
using System.Text.RegularExpressions;

namespace Babyhelm.Web.Features.Templates;

/// <summary>Finds the place that a fault's text names.</summary>
internal static partial class TemplateFaults
{
    /// <summary>The line of this template that the fault is in, from 1; null where it names none, or one of another template.</summary>
    public static int? LineOf(string fault, string template)
    {
        var place = Place().Match(fault);
        return place.Success && place.Groups["name"].Value == template ? int.Parse(place.Groups["line"].ValueSpan, CultureInfo.InvariantCulture) : null;
    }

    [GeneratedRegex(@"(?<name>[a-z-]+), line (?<line>\d{1,6}), column \d+:")]
    private static partial Regex Place();
}
