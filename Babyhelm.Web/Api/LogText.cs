using System.Globalization;
using Babyhelm.Core.Applications;

namespace Babyhelm.Web.Api;

/// <summary>
/// A log as text. A log that can't be read is a problem as long as nothing of it was sent; after that, its last line says why
/// it ends.
/// </summary>
/// <param name="Follow">The headers are sent at once: the first line may be long in coming.</param>
/// <param name="Named">Each line begins with its pod.</param>
/// <param name="Times">Each line begins with its time, before the pod.</param>
/// <param name="Stopping">An open log must not hold up the end of this process.</param>
internal sealed record LogText(
    Func<CancellationToken, IAsyncEnumerable<AppLogLine>> Read, bool Follow, bool Named, bool Times, CancellationToken Stopping) : IResult
{
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <summary>Saved under this name, where the answer is for a file.</summary>
    public string? FileName { get; init; }

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(httpContext.RequestAborted, Stopping);
        var response = httpContext.Response;
        StreamWriter? writer = null;
        try
        {
            if (Follow)
            {
                writer = Begin(response);
                await response.Body.FlushAsync(ended.Token);
            }
            await foreach (var line in Read(ended.Token))
            {
                if (line.Problem is { } problem && writer is null)
                {
                    await Problems.From(problem).ExecuteAsync(httpContext);
                    return;
                }
                writer ??= Begin(response);
                if (Times && line.Time is { } time) await writer.WriteAsync(time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture) + " ");
                if (Named && line.Pod.Length > 0) await writer.WriteAsync($"[{line.Pod}] ");
                await writer.WriteAsync($"{(line.Problem is null ? line.Text : $"-- The log ends here: {line.Problem.Public}")}\n");
                if (Follow) await writer.FlushAsync(ended.Token);
            }
            writer ??= Begin(response);
            await writer.FlushAsync(ended.Token);
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // the reader or this process ends
        }
        finally
        {
            if (writer is not null && !ended.IsCancellationRequested) await writer.DisposeAsync();
        }
    }

    private StreamWriter Begin(HttpResponse response)
    {
        if (FileName is not null) response.Headers.ContentDisposition = $"attachment; filename=\"{FileName}\"";
        response.ContentType = "text/plain; charset=utf-8";
        return new StreamWriter(response.Body, leaveOpen: true);
    }
}
