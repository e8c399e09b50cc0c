using Babyhelm.Core.Accounts;
using Babyhelm.Core.Audit;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Core.Projects;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Monitoring.Alerts.Notification;

/// <summary>When messages go out, in seconds; see <see cref="AlertTimes"/>. Null as input leaves a number as it is.</summary>
public sealed record AlertTimesView(int? GroupWaitSeconds, int? GroupIntervalSeconds, int? RepeatIntervalSeconds);

/// <summary>Reads and changes when messages of a project go out. Every method checks the caller itself.</summary>
public sealed class AlertTimings(IDbContextFactory<BabyhelmDbContext> contexts, TimeProvider time)
{
    public async Task<Result<AlertTimesView>> ReadAsync(Caller caller, string projectName, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        if ((await ProjectAccess.RequireAsync(db, caller, projectName, ProjectAction.View, cancellation)).Failed(out var error, out var project)) return error;
        return View(await db.Set<AlertTimes>().AsNoTracking().FirstOrDefaultAsync(t => t.ProjectId == project.Id, cancellation) ?? new AlertTimes { ProjectId = project.Id });
    }

    public async Task<Result<AlertTimesView>> ChangeAsync(Caller caller, string projectName, AlertTimesView given, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        if ((await AlertAccess.RequireAsync(db, caller, projectName, ProjectAction.ManageAlerts, cancellation)).Failed(out var error, out var project)) return error;
        var faults = new List<Fault>();
        if (given.GroupWaitSeconds is < 0 or > 3600) faults.Add(new Fault("groupWaitSeconds", "Give 0 to 3600 seconds."));
        if (given.GroupIntervalSeconds is < 10 or > 86_400) faults.Add(new Fault("groupIntervalSeconds", "Give 10 to 86400 seconds."));
        if (given.RepeatIntervalSeconds is < 300 or > 604_800) faults.Add(new Fault("repeatIntervalSeconds", "Give 300 to 604800 seconds."));
        if (faults.Count > 0) return new Invalid(faults);
        var row = await db.Set<AlertTimes>().FirstOrDefaultAsync(t => t.ProjectId == project.Id, cancellation);
        if (row is null) db.Add(row = new AlertTimes { ProjectId = project.Id });
        var before = View(row);
        row.GroupWaitSeconds = given.GroupWaitSeconds ?? row.GroupWaitSeconds;
        row.GroupIntervalSeconds = given.GroupIntervalSeconds ?? row.GroupIntervalSeconds;
        row.RepeatIntervalSeconds = given.RepeatIntervalSeconds ?? row.RepeatIntervalSeconds;
        var after = View(row);
        AuditChange[] changes =
        [
            new("groupWaitSeconds", $"{before.GroupWaitSeconds}", $"{after.GroupWaitSeconds}"), new("groupIntervalSeconds", $"{before.GroupIntervalSeconds}", $"{after.GroupIntervalSeconds}"),
            new("repeatIntervalSeconds", $"{before.RepeatIntervalSeconds}", $"{after.RepeatIntervalSeconds}"),
        ];
        if (before != after) db.Add(AlertAccess.Entry(caller, "alert-times.change", project, "alerts", time) with { Changes = [.. changes.Where(c => c.Before != c.After)] });
        return (await AlertAccess.SaveAsync(db, project, "Somebody else has changed this just now. Look at it again.", cancellation)).Map(_ => after);
    }

    private static AlertTimesView View(AlertTimes t) => new(t.GroupWaitSeconds, t.GroupIntervalSeconds, t.RepeatIntervalSeconds);
}
