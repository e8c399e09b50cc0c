namespace Babyhelm.Web.Account.Own;

/// <summary>What a client calls itself, in words: browser and system. A hint for people; anybody can send anything.</summary>
internal static class AgentText
{
    private const int Longest = 40;

    // The first that is found counts: most browsers also name those whose engine they share.
    private static readonly (string Mark, string Name)[] Browsers =
    [
        ("Edg/", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser/", "Samsung Internet"), ("Firefox/", "Firefox"), ("FxiOS/", "Firefox"), ("CriOS/", "Chrome"),
        ("HeadlessChrome/", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
    ];

    private static readonly (string Mark, string Name)[] Systems =
    [
        ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS X", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux"),
    ];

    public static string Of(string? agent)
    {
        if (string.IsNullOrWhiteSpace(agent)) return "unknown";
        if (Find(Browsers, agent) is not { } browser)
            return agent.Split(' ', 2)[0] is { Length: > Longest } first ? first[..Longest] : agent.Split(' ', 2)[0];
        return Find(Systems, agent) is { } system ? $"{browser} on {system}" : browser;
    }

    private static string? Find((string Mark, string Name)[] known, string agent) =>
        known.FirstOrDefault(k => agent.Contains(k.Mark, StringComparison.Ordinal)).Name;
}
