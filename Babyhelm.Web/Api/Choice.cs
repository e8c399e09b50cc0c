namespace Babyhelm.Web.Api;

/// <summary>A query parameter that takes one of the values of an enum, as they are written in JSON, whatever their case; no numbers.</summary>
internal readonly record struct Choice<T>(T Value) where T : struct, Enum
{
    public static bool TryParse(string? text, out Choice<T> choice)
    {
        var found = Enum.GetValues<T>().Where(v => v.ToString().Equals(text, StringComparison.OrdinalIgnoreCase)).Select(v => new Choice<T>(v)).ToList();
        choice = found.FirstOrDefault();
        return found.Count > 0;
    }
}
