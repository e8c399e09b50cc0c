using System.Collections.Concurrent;
using System.Net;

namespace Babyhelm.Tests.Integration;

/// <summary>Somebody who asks for a page again and again, one request after the other.</summary>
internal sealed class Visits : IAsyncDisposable
{
    private readonly CancellationTokenSource _done = new();
    private readonly ConcurrentQueue<string> _answers = [];
    private readonly ConcurrentQueue<string> _failures = [];
    private readonly Task _running;

    /// <summary>Good ones so far.</summary>
    public int Answers => _answers.Count;

    public Visits(HttpClient visitor, string url) => _running = RunAsync(visitor, url);

    /// <summary>Waits for this many answers that begin so.</summary>
    public Task AnswersAsync(string start, int count) => Eventually.GetAsync(
        () => Task.FromResult(_answers.Count(a => a.StartsWith(start, StringComparison.Ordinal))), n => n >= count, context: () => string.Join('\n', _failures));

    /// <summary>Ends the visits and answers what went wrong.</summary>
    public async Task<IReadOnlyCollection<string>> EndAsync()
    {
        await _done.CancelAsync();
        await _running;
        return _failures;
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        _done.Dispose();
    }

    private async Task RunAsync(HttpClient visitor, string url)
    {
        while (!_done.IsCancellationRequested)
        {
            try
            {
                using var answer = await visitor.GetAsync(url);
                if (answer.StatusCode == HttpStatusCode.OK) _answers.Enqueue(await answer.Content.ReadAsStringAsync());
                else _failures.Enqueue($"{answer.StatusCode} after {_answers.Count}");
            }
            catch (HttpRequestException e)
            {
                _failures.Enqueue($"{e.Message} after {_answers.Count}");
            }
            await Task.Delay(10);
        }
    }
}
