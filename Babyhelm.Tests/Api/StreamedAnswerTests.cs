using System.IO.Pipelines;
using System.Threading.Channels;
using Babyhelm.Core.Applications;
using Babyhelm.Core.Common;
using Babyhelm.Tests.Common;
using Babyhelm.Web.Api;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Babyhelm.Tests.Api;

/// <summary>Answers that come piece by piece, as a client reads them.</summary>
public sealed class StreamedAnswerTests : IDisposable
{
    private static readonly Unavailable Away = new("The cluster at 10.0.0.1 is away.") { ForEverybody = "The cluster can't be reached." };

    private readonly ManualTimeProvider _time = new();
    private readonly Pipe _pipe = new();
    private readonly CancellationTokenSource _gone = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddLogging().BuildServiceProvider();
    private readonly DefaultHttpContext _http;
    private readonly StreamReader _client;

    public StreamedAnswerTests()
    {
        _http = new DefaultHttpContext { RequestServices = _services, RequestAborted = _gone.Token };
        _http.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(_pipe.Writer.AsStream()));
        _client = new StreamReader(_pipe.Reader.AsStream());
    }

    public void Dispose()
    {
        _client.Dispose();
        _gone.Dispose();
        _services.Dispose();
    }

    [Fact]
    public async Task An_event_stream_says_every_15_seconds_that_it_is_there()
    {
        var values = Channel.CreateUnbounded<int>();
        var answering = AnswerAsync(new EventStream<int>(values.Reader.ReadAllAsync(), "count", _time));
        for (var i = 0; i < 3; i++)
        {
            await _time.UntilTimerWithinAsync(EventStream<int>.Heartbeat);
            _time.Advance(EventStream<int>.Heartbeat);
            Assert.StartsWith(":", await LineAsync(), StringComparison.Ordinal);
            Assert.Equal("", await LineAsync());
        }
        values.Writer.TryWrite(7);
        foreach (var line in new[] { "event: count", "data: 7", "" }) Assert.Equal(line, await LineAsync());
        values.Writer.Complete();
        await answering;
        Assert.Null(await LineAsync());
        Assert.Equal("text/event-stream", _http.Response.ContentType);
    }

    [Fact]
    public async Task An_event_stream_ends_with_its_reader_and_with_its_source()
    {
        var values = Channel.CreateUnbounded<int>();
        var answering = AnswerAsync(new EventStream<int>(values.Reader.ReadAllAsync(), "count", _time));
        await _time.UntilTimerWithinAsync(EventStream<int>.Heartbeat);
        await _gone.CancelAsync();
        await answering;
        Assert.Null(_time.NextDue);
    }

    [Fact]
    public async Task A_log_that_cannot_be_read_is_a_problem_while_nothing_was_sent()
    {
        await AnswerAsync(Log(false, Problem("web-1")));
        Assert.Equal((503, "application/problem+json"), (_http.Response.StatusCode, _http.Response.ContentType));
        var text = await _client.ReadToEndAsync();
        Assert.Contains("can't be reached", text.Replace("\\u0027", "'", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain("10.0.0.1", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_log_that_breaks_off_says_why_in_its_last_line(bool follow)
    {
        await AnswerAsync(Log(follow, new AppLogLine("web-1", "hello", null), Problem("web-2")));
        Assert.Equal(200, _http.Response.StatusCode);
        Assert.Equal("[web-1] hello\n[web-2] -- The log ends here: The cluster can't be reached.\n", await _client.ReadToEndAsync());
    }

    [Fact]
    public async Task A_followed_log_begins_before_its_first_line_and_then_has_no_other_answer()
    {
        await AnswerAsync(Log(true, Problem("")));
        Assert.Equal((200, "text/plain; charset=utf-8"), (_http.Response.StatusCode, _http.Response.ContentType));
        Assert.Equal("-- The log ends here: The cluster can't be reached.\n", await _client.ReadToEndAsync());
    }

    [Fact]
    public async Task An_empty_log_is_empty()
    {
        await AnswerAsync(Log(false));
        Assert.Equal((200, "text/plain; charset=utf-8"), (_http.Response.StatusCode, _http.Response.ContentType));
        Assert.Equal("", await _client.ReadToEndAsync());
    }

    private static LogText Log(bool follow, params AppLogLine[] lines) => new(_ => lines.ToAsyncEnumerable(), follow, Named: true, Times: false, default);

    private static AppLogLine Problem(string pod) => new(pod, "", null) { Problem = Away };

    private async Task AnswerAsync(IResult result)
    {
        await result.ExecuteAsync(_http);
        await _pipe.Writer.CompleteAsync();
    }

    private async Task<string?> LineAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        return await _client.ReadLineAsync(limit.Token);
    }
}
