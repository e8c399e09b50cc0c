using System.Text.RegularExpressions;
using Babyhelm.Core.Accounts;
using Babyhelm.Core.Audit;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Core.Projects;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Monitoring.Alerts.Notification;

/// <param name="From">Null for now.</param>
public sealed record SilenceGiven(IReadOnlyList<SilenceMatcher>? Matchers, DateTimeOffset? From, DateTimeOffset? Until, string? Reason);

public sealed record SilenceView(Guid Id, IReadOnlyList<SilenceMatcher> Matchers, DateTimeOffset From, DateTimeOffset Until, string By, string Reason, bool IsActive);

/// <summary>The silences of a project. Every method checks the caller itself.</summary>
public sealed partial class Silences(IDbContextFactory<BabyhelmDbContext> contexts, TimeProvider time)
{
    private const int MaxMatchers = 10;
    private const int MaxValue = 200;

    /// <summary>Those that are not over, the next to end first.</summary>
    public async Task<Result<IReadOnlyList<SilenceView>>> ListAsync(Caller caller, string projectName, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        if ((await ProjectAccess.RequireAsync(db, caller, projectName, ProjectAction.View, cancellation)).Failed(out var error, out var project)) return error;
        var now = time.GetUtcNow();
        return (await db.Set<Silence>().AsNoTracking().Where(s => s.ProjectId == project.Id && s.Until > now).OrderBy(s => s.Until).ToListAsync(cancellation)).ConvertAll(s => View(s, now));
    }

    public async Task<Result<SilenceView>> CreateAsync(Caller caller, string projectName, SilenceGiven given, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        if ((await AlertAccess.RequireAsync(db, caller, projectName, ProjectAction.ManageAlerts, cancellation)).Failed(out var error, out var project)) return error;
        var now = time.GetUtcNow();
        if (Faults(given, now) is { Count: > 0 } faults) return new Invalid(faults);
        if (await db.Set<Silence>().CountAsync(s => s.ProjectId == project.Id && s.Until > now, cancellation) >= Silence.MaxCount)
            return new Conflict($"A project has at most {Silence.MaxCount} silences at a time.", "too-many-silences");
        var silence = new Silence
        {
            ProjectId = project.Id,
            Matchers = [.. given.Matchers ?? []],
            From = (given.From ?? now).ToUniversalTime(),
            Until = given.Until!.Value.ToUniversalTime(),
            By = caller.Email,
            Reason = given.Reason!.Trim(),
        };
        db.Add(silence);
        db.Add(AlertAccess.Entry(caller, "alert-silence.create", project, $"silence/{silence.Id}", time) with
        {
            Changes = [new AuditChange("matchers", null, Text(silence)), new AuditChange("until", null, $"{silence.Until:u}"), new AuditChange("reason", null, silence.Reason)],
        });
        return (await AlertAccess.SaveAsync(db, project, "", cancellation)).Map(_ => View(silence, now));
    }

    /// <summary>Ends it now.</summary>
    public async Task<Result<Done>> EndAsync(Caller caller, string projectName, Guid id, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        if ((await AlertAccess.RequireAsync(db, caller, projectName, ProjectAction.ManageAlerts, cancellation)).Failed(out var error, out var project)) return error;
        var now = time.GetUtcNow();
        if (await db.Set<Silence>().FirstOrDefaultAsync(s => s.ProjectId == project.Id && s.Id == id && s.Until > now, cancellation) is not { } silence)
            return new NotFound("There is no such silence, or it is over.");
        db.Add(AlertAccess.Entry(caller, "alert-silence.end", project, $"silence/{id}", time) with { Changes = [new AuditChange("until", $"{silence.Until:u}", $"{now:u}")], Detail = Text(silence) });
        silence.Until = now;
        return await AlertAccess.SaveAsync(db, project, "", cancellation);
    }

    private static List<Fault> Faults(SilenceGiven given, DateTimeOffset now)
    {
        var faults = new List<Fault>();
        var matchers = given.Matchers ?? [];
        if (matchers.Count > MaxMatchers) faults.Add(new Fault("matchers", $"Give at most {MaxMatchers} conditions."));
        for (var at = 0; at < Math.Min(matchers.Count, MaxMatchers); at++)
        {
            if (matchers[at]?.Label is not { Length: <= 63 } label || !LabelName().IsMatch(label)) faults.Add(new Fault($"matchers[{at}].label", "Give rule, application, severity, or the name of a label."));
            if (matchers[at]?.Value is not { Length: > 0 and <= MaxValue } value || !AlertText.CanBeStored(value)) faults.Add(new Fault($"matchers[{at}].value", $"Give a value of 1 to {MaxValue} characters, without NUL."));
        }
        if (given.Until is not { } until || until <= (given.From ?? now) || until <= now) faults.Add(new Fault("until", "Give a time to come, after the begin."));
        else if (until - now > Silence.Longest) faults.Add(new Fault("until", $"A silence lasts at most {Silence.Longest.TotalDays:0} days."));
        if (given.Reason?.Trim() is not { Length: > 0 and <= Silence.MaxReason } reason || !AlertText.CanBeStored(reason)) faults.Add(new Fault("reason", $"Say why, in at most {Silence.MaxReason} characters, without NUL."));
        return faults;
    }

    private static string Text(Silence s) => s.Matchers.Count == 0 ? "all alerts" : string.Join(", ", s.Matchers.Select(m => $"{m.Label}={m.Value}"));

    private static SilenceView View(Silence s, DateTimeOffset now) => new(s.Id, s.Matchers, s.From, s.Until, s.By, s.Reason, s.From <= now && now < s.Until);

    [GeneratedRegex(@"\A[a-zA-Z_][a-zA-Z0-9_]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex LabelName();
}
