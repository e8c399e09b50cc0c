using Babyhelm.Core.Accounts;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Exec;
using Babyhelm.Core.Projects;
using Babyhelm.Core.Rollouts;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Babyhelm.Core.Applications.Terminals;

/// <summary>
/// Opens shells in containers of applications, for those who may change these. Who opened and closed one, where and for how
/// long, is in the audit log; what was typed and shown is nowhere.
/// </summary>
public sealed partial class OpenTerminal(
    IDbContextFactory<BabyhelmDbContext> contexts, KubernetesClient cluster, ClusterCache cache, IOptions<TerminalOptions> options,
    TimeProvider time, ILogger<OpenTerminal> logger)
{
    internal const string Opened = "terminal.open";
    internal const string Closed = "terminal.close";

    private static readonly Forbidden SwitchedOff = new("A platform admin has switched terminals off.");

    private readonly Shells _shells = new(cluster, time);
    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, int> _open = [];

    /// <summary>
    /// Where the terminal would be: <see cref="Forbidden"/> for who may not, and for all while terminals are switched off. Ask
    /// again while one is open: a role can be lost, and a terminal should go with it.
    /// </summary>
    public async Task<Result<TerminalPlace>> FindAsync(Caller caller, string project, string app, TerminalTarget target, CancellationToken cancellation)
    {
        if ((await AllowedAsync(caller, project, app, cancellation)).Failed(out var error, out var found)) return error;
        if (TerminalPlace.Choose(cache.Get(found.Project.Namespace, app).Pods, target).Failed(out error, out var chosen)) return error;
        return new TerminalPlace(caller, found.Project, app, chosen.Pod, chosen.Container);
    }

    /// <summary>Why who has a terminal open may not go on; null while they may.</summary>
    public async Task<Error?> WhyNoLongerAsync(Caller caller, TerminalPlace place, CancellationToken cancellation) =>
        (await AllowedAsync(caller, place.Project.Name, place.App, cancellation)).Error;

    /// <summary>Whether anybody may have a terminal.</summary>
    public async Task<bool> IsSwitchedOnAsync(CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.Set<PlatformSettings>().Select(s => s.Terminals).SingleAsync(cancellation);
    }

    /// <summary>Starts a shell. Whoever gets the session has to end it.</summary>
    /// <param name="cancellation">For the beginning.</param>
    public async Task<Result<TerminalSession>> OpenAsync(TerminalPlace place, TerminalSize size, CancellationToken cancellation)
    {
        if (!Take(place.Caller.UserId))
            return new Conflict($"You have {options.Value.MaxPerUser} terminals open. Close one of them first.", "too-many-terminals");
        var (started, session) = ((StartedShell?)null, (TerminalSession?)null);
        try
        {
            if ((await _shells.StartAsync(place.Project.Namespace, place.Pod, place.Container, size, cancellation)).Failed(out var error, out started)) return error;
            await using var db = await contexts.CreateDbContextAsync(cancellation);
            db.Add(place.Entry(Opened, started.Path, time));
            await db.SaveChangesAsync(cancellation);
            return session = new TerminalSession(place, started, this, time.GetTimestamp());
        }
        finally
        {
            if (session is null)
            {
                if (started is not null) await started.Session.DisposeAsync();
                Give(place.Caller.UserId);
            }
        }
    }

    internal async Task ClosedAsync(TerminalSession session, long started, string why)
    {
        var place = session.Place;
        Give(place.Caller.UserId);
        try
        {
            await using var db = await contexts.CreateDbContextAsync(CancellationToken.None);
            db.Add(place.Entry(Closed, $"after {Words(time.GetElapsedTime(started))}: {why}", time));
            await db.SaveChangesAsync(CancellationToken.None);
        }
        catch (Exception e) when (DatabaseFault.IsOutage(e))
        {
            LogEndNotNoted(place.Caller.UserId, place.Project.Namespace, place.Pod, e);
        }
    }

    private async Task<Result<FoundApplication>> AllowedAsync(Caller caller, string project, string app, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        if ((await ApplicationAccess.RequireAsync(db, caller, project, app, ProjectAction.UseTerminal, cancellation)).Failed(out var error, out var found)) return error;
        if (!await db.Set<PlatformSettings>().Select(s => s.Terminals).SingleAsync(cancellation)) return SwitchedOff;
        return found;
    }

    private bool Take(Guid user)
    {
        lock (_gate)
        {
            var open = _open.GetValueOrDefault(user);
            if (open >= options.Value.MaxPerUser) return false;
            _open[user] = open + 1;
            return true;
        }
    }

    private void Give(Guid user)
    {
        lock (_gate)
            if (--_open[user] == 0) _open.Remove(user);
    }

    private static string Words(TimeSpan time) => time.TotalHours >= 1 ? $"{(int)time.TotalHours} h {time.Minutes} min" : time.TotalMinutes >= 1 ? $"{time.Minutes} min {time.Seconds} s" : $"{time.Seconds} s";

    [LoggerMessage(Level = LogLevel.Error, Message = "The end of a terminal of user {User} in {Namespace}/{Pod} could not be written to the audit log: the database does not answer.")]
    private partial void LogEndNotNoted(Guid user, string @namespace, string pod, Exception exception);
}
