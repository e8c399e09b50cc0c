using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;

namespace Babyhelm.Bench;

/// <param name="Url">A running Babyhelm on this machine whose accounts don't matter: some are made.</param>
/// <param name="Rounds">Pairs of calls that are measured for each question.</param>
internal sealed record EnumerationRun(Uri Url, int Rounds)
{
    public static EnumerationRun Parse(string[] args)
    {
        var options = new EnumerationRun(new Uri("http://localhost:5080"), 60);
        for (var i = 0; i < args.Length; i += 2)
        {
            var value = i + 1 < args.Length ? args[i + 1] : throw new BenchException($"{args[i]} takes a value");
            options = args[i] switch
            {
                "--url" when Uri.TryCreate(value, UriKind.Absolute, out var url) && url.IsLoopback => options with { Url = url },
                "--rounds" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var rounds) && rounds is >= 10 and <= 10_000 => options with { Rounds = rounds },
                _ => throw new BenchException($"{args[i]} {value} is no option: --url takes an address of this machine, --rounds 10 to 10000"),
            };
        }
        return options;
    }
}

/// <summary>Whether the time of an answer tells which addresses have accounts: the same question for known and unknown ones, in turns.</summary>
internal sealed class EnumerationScenario : IDisposable
{
    private const string Password = "correct horse battery";

    // Fewer than lock an account out: then another answer would be measured.
    private const int TriesPerAccount = 4;
    private const double Tolerance = 0.1;
    private readonly HttpClient _client;
    private readonly EnumerationRun _options;
    private int _calls;

    private EnumerationScenario(EnumerationRun options)
    {
        _options = options;
        _client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri(options.Url, "/api/v1/auth/") };
    }

    public static async Task<int> RunAsync(EnumerationRun options, CancellationToken stop)
    {
        using var scenario = new EnumerationScenario(options);
        return await scenario.RunAsync(stop) ? 0 : 1;
    }

    private async Task<bool> RunAsync(CancellationToken stop)
    {
        Console.Error.WriteLine("making accounts");
        var known = new List<string>();
        for (var i = 0; i < 5 + (_options.Rounds + TriesPerAccount - 1) / TriesPerAccount; i++)
        {
            known.Add(NewAddress());
            await CallAsync("register", new { email = known[^1], password = Password }, stop);
        }
        Console.WriteLine($"{"ms",-18}{"known",12}{"unknown",12}{"ratio",10}{"p95 known",12}{"p95 unknown",14}");
        var good = await MeasureAsync("login", i => new { email = known[i / TriesPerAccount], password = "not the right one" }, () => new { email = NewAddress(), password = "not the right one" }, judged: true, stop);
        good &= await MeasureAsync("forgot-password", i => new { email = known[i / TriesPerAccount] }, () => new { email = NewAddress() }, judged: true, stop);
        // Without mail, registration tells in words that an address is taken; its times are for installations with mail.
        await MeasureAsync("register", i => new { email = known[i / TriesPerAccount], password = Password }, () => new { email = NewAddress(), password = Password }, judged: false, stop);
        return good;
    }

    private async Task<bool> MeasureAsync(string route, Func<int, object> known, Func<object> unknown, bool judged, CancellationToken stop)
    {
        Console.Error.WriteLine($"asking {route}");
        var (with, without) = (new List<double>(), new List<double>());
        await CallAsync(route, unknown(), stop); // what both need is there then
        for (var i = 0; i < _options.Rounds; i++)
        {
            // Neither is always the first of the two.
            if (i % 2 == 0) with.Add(await CallAsync(route, known(i), stop));
            without.Add(await CallAsync(route, unknown(), stop));
            if (i % 2 == 1) with.Add(await CallAsync(route, known(i), stop));
        }
        var (a, b) = (new Times(with), new Times(without));
        var ratio = a.Median / b.Median;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{route,-18}{a.Median,12:F1}{b.Median,12:F1}{ratio,10:F3}{a.P95,12:F1}{b.P95,14:F1}"));
        return !judged || Math.Abs(ratio - 1) <= Tolerance;
    }

    /// <summary>Milliseconds until the whole answer was there.</summary>
    private async Task<double> CallAsync(string route, object body, CancellationToken stop)
    {
        // Sign-in is limited per address; a Babyhelm on the same machine believes it as it believes any proxy there.
        var number = Interlocked.Increment(ref _calls) / 10;
        using var request = new HttpRequestMessage(HttpMethod.Post, route) { Content = JsonContent.Create(body) };
        request.Headers.Add("X-Forwarded-For", $"10.{number / 62_500 % 250}.{number / 250 % 250}.{number % 250 + 1}");
        var begun = Stopwatch.GetTimestamp();
        using var answer = await _client.SendAsync(request, stop);
        await answer.Content.ReadAsByteArrayAsync(stop);
        var took = Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
        return (int)answer.StatusCode is 429 or >= 500 ? throw new BenchException($"{route} answered {(int)answer.StatusCode}") : took;
    }

    private static string NewAddress() => $"{Guid.NewGuid():N}@example.com";

    public void Dispose() => _client.Dispose();
}
