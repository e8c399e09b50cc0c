using System.Globalization;
using Babyhelm.Core.Common;
using Babyhelm.Core.Sandbox.Kubelet;

namespace Babyhelm.Core.Sandbox.Api;

/// <summary>The /log subresource of pods.</summary>
internal sealed class Logs(PodContainers containers, TimeProvider time)
{
    public async Task HandleAsync(ApiCall call)
    {
        if (containers.Find(call).Failed(out var error, out var found))
        {
            await Answers.Error(call.Http, error);
            return;
        }
        if (!found.Scheduled)
        {
            // No kubelet has it yet, so there is nobody to ask.
            call.Http.Response.StatusCode = 204;
            return;
        }
        if (Find(call, found).Failed(out error, out var log))
        {
            await Answers.Error(call.Http, error);
            return;
        }
        call.Http.Response.ContentType = "text/plain; charset=utf-8";
        var since = call.Number("sinceSeconds") is { } seconds ? time.GetUtcNow().AddSeconds(-seconds) : WholeSecond(Ids.Time(call.Query("sinceTime")));
        var left = call.Number("limitBytes") ?? long.MaxValue;
        var (lines, next, ended, more) = log.Read(0);
        if (since is not null) lines = [.. lines.Where(l => l.At >= since)];
        if (call.Number("tailLines") is >= 0 and var tail && tail < lines.Count) lines = lines[^(int)tail..];
        await call.Http.Response.Body.FlushAsync(call.Aborted);
        while (true)
        {
            foreach (var (at, text) in lines)
            {
                var line = System.Text.Encoding.UTF8.GetBytes(call.Flag("timestamps") ? $"{at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'00Z'", CultureInfo.InvariantCulture)} {text}\n" : text + "\n");
                var part = line.AsMemory(0, (int)Math.Min(line.Length, left));
                await call.Http.Response.Body.WriteAsync(part, call.Aborted);
                if ((left -= part.Length) <= 0) return;
            }
            await call.Http.Response.Body.FlushAsync(call.Aborted);
            if (ended || !call.Flag("follow")) return;
            await more.WaitAsync(call.Aborted);
            (lines, next, ended, more) = log.Read(next);
        }
    }

    /// <summary>The API's times have no fractions: a log begins with the second that is asked for.</summary>
    private static DateTimeOffset? WholeSecond(DateTimeOffset? time) => time?.AddTicks(-(time.Value.Ticks % TimeSpan.TicksPerSecond));

    private static Result<ContainerLog> Find(ApiCall call, PodContainers.Found found)
    {
        var (asked, pod) = (found.Name, found.Pod.Name);
        if (found.Worker is not { } worker || found.State is not { } container) return StatusError.BadRequest($"container \"{asked}\" in pod \"{pod}\" is not available");
        lock (worker.Pod.Gate)
        {
            if (call.Flag("previous"))
                return container.PreviousLog is { } previous ? previous
                    : container is { Log: { Ended: true } last, WaitingReason: not null } ? last
                    : StatusError.BadRequest($"previous terminated container \"{asked}\" in pod \"{pod}\" not found");
            if (container.Log is { } log) return log;
            var why = container.WaitingReason is "ErrImagePull" or "ImagePullBackOff" ? "trying and failing to pull image"
                : container.WaitingReason == "InvalidImageName" ? "image can't be pulled" : container.WaitingReason ?? "ContainerCreating";
            return StatusError.BadRequest($"container \"{asked}\" in pod \"{pod}\" is waiting to start: {why}");
        }
    }
}
