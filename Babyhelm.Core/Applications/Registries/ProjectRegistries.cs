using Babyhelm.Core.Accounts;
using Babyhelm.Core.Audit;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Core.Projects;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Babyhelm.Core.Applications.Registries;

/// <param name="Password">Null keeps the one that is stored; never answered.</param>
public sealed record RegistryGiven(string? Host, string? UserName, string? Password);

/// <summary>A registry as its project's members see it.</summary>
/// <param name="UsedBy">Names of the applications that pull with it.</param>
/// <param name="Notice">Why the last test said nothing or no; null where the registry took the credentials.</param>
public sealed record RegistryView(
    string Name, string Host, string UserName, IReadOnlyList<string> UsedBy, DateTimeOffset CheckedAt, string? Notice, DateTimeOffset UpdatedAt);

/// <summary>The registries of a project: made, tested, changed and removed. Every method checks the caller itself.</summary>
public sealed class ProjectRegistries(
    IDbContextFactory<BabyhelmDbContext> contexts, RegistryPasswords passwords, RegistryProbe probe, IWorkQueue work, TimeProvider time)
{
    public async Task<Result<IReadOnlyList<RegistryView>>> ListAsync(Caller caller, string projectName, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        if ((await ProjectAccess.RequireAsync(db, caller, projectName, ProjectAction.View, cancellation)).Failed(out var error, out var project)) return error;
        var all = await db.Set<Registry>().AsNoTracking().Where(r => r.ProjectId == project.Id).OrderBy(r => r.Name).ToListAsync(cancellation);
        var uses = await RegistryUses.OfProjectAsync(db, project.Id, cancellation);
        return all.Select(r => View(r, [.. uses[r.Name]])).ToList();
    }

    /// <summary>
    /// Stores a new one, once its registry took the credentials or could not be asked. <see cref="Invalid"/> on <c>password</c>
    /// where it refused them, <see cref="Conflict"/> for a name that is taken.
    /// </summary>
    public async Task<Result<RegistryView>> CreateAsync(Caller caller, string projectName, string? name, RegistryGiven given, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        if ((await RequireAsync(db, caller, projectName, cancellation)).Failed(out var error, out var project)) return error;
        var faults = Faults(given, passwordNeeded: true);
        if (Slug.Problem(name) is { } problem) faults.Insert(0, new Fault("name", problem));
        if (faults.Count > 0) return new Invalid(faults);
        if (await TooManyAsync(db, project.Id, cancellation) is { } full) return full;
        var (host, user) = (Registry.ReadHost(given.Host).Value, given.UserName!.Trim());
        if ((await ProveAsync(host, user, given.Password!, cancellation)).Failed(out error, out var proof)) return error;

        // The registry had its time to answer: the project may be another by now, or gone.
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var locked = await db.Set<Project>().FromSql($"SELECT * FROM projects WHERE id = {project.Id} FOR NO KEY UPDATE").AsNoTracking().FirstOrDefaultAsync(cancellation);
        if (locked is not { State: not ProjectState.Deleting }) return BeingDeleted();
        if (await TooManyAsync(db, project.Id, cancellation) is { } filled) return filled;
        var now = time.GetUtcNow();
        var registry = new Registry
        {
            ProjectId = project.Id,
            Name = name!,
            Host = host,
            UserName = user,
            ProtectedPassword = passwords.Protect(given.Password!),
            CheckedAt = now,
            Notice = proof.Notice,
            UpdatedAt = now,
        };
        db.Add(registry);
        db.Add(Entry(caller, "registry.create", project, name!) with
        {
            Changes = [new AuditChange("host", null, host), new AuditChange("userName", null, user), new AuditChange("password", null, "set")],
        });
        try
        {
            await SaveAsync(db, project, cancellation);
            await transaction.CommitAsync(cancellation);
        }
        catch (DbUpdateException e) when (e.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
        {
            return new Conflict($"The project already has a registry '{name}'. Choose another name.", "name-taken");
        }
        return View(registry, []);
    }

    /// <summary>
    /// Changes it; what pulls with it gets the new credentials without a deploy. <see cref="Conflict"/> for another host while
    /// applications use it; <see cref="Invalid"/> as for a new one.
    /// </summary>
    public async Task<Result<RegistryView>> ChangeAsync(Caller caller, string projectName, string name, RegistryGiven given, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        if ((await FindAsync(db, caller, projectName, name, cancellation)).Failed(out var error, out var found)) return error;
        var (project, seen) = found;
        var faults = Faults(given, passwordNeeded: false);
        if (faults.Count > 0) return new Invalid(faults);
        var (host, user) = (Registry.ReadHost(given.Host).Value, given.UserName!.Trim());
        // A stored password goes to no other host than the one that it was given for.
        if (host != seen.Host && given.Password is null) return new Invalid("password", $"Give the password for {host}.");
        var password = given.Password ?? passwords.TryUnprotect(seen.ProtectedPassword);
        if (password is null) return new Invalid("password", "The stored password can't be read any more: give it again.");
        if ((await ProveAsync(host, user, password, cancellation)).Failed(out error, out var proof)) return error;

        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var registry = await LockAsync(db, project.Id, name, cancellation);
        if (registry is null || registry.UpdatedAt != seen.UpdatedAt) return new Conflict("Somebody else has changed the registry meanwhile. Look at it again.", "changed-meanwhile");
        var uses = await RegistryUses.OfAsync(db, project.Id, name, cancellation);
        if (host != registry.Host && uses.Count > 0) return InUse(name, uses, "Its host can't be changed");
        var changes = new List<AuditChange>();
        if (host != registry.Host) changes.Add(new AuditChange("host", registry.Host, host));
        if (user != registry.UserName) changes.Add(new AuditChange("userName", registry.UserName, user));
        if (given.Password is not null) changes.Add(new AuditChange("password", "set", "changed"));
        var now = time.GetUtcNow();
        (registry.Host, registry.UserName, registry.CheckedAt, registry.Notice) = (host, user, now, proof.Notice);
        if (given.Password is not null) registry.ProtectedPassword = passwords.Protect(given.Password);
        IReadOnlyList<Guid> waiting = [];
        if (changes.Count > 0)
        {
            registry.UpdatedAt = now;
            db.Add(Entry(caller, "registry.change", project, name) with { Changes = changes });
            waiting = await RegistryUses.ApplyAgainAsync(db, project.Id, name, cancellation);
        }
        await SaveAsync(db, project, cancellation);
        await transaction.CommitAsync(cancellation);
        foreach (var app in waiting) await work.EnqueueAsync(new WorkItem(ReconcileApplication.WorkKind, app), cancellation);
        return View(registry, uses);
    }

    /// <summary>Asks the registry again, with the stored credentials.</summary>
    public async Task<Result<RegistryView>> TestAsync(Caller caller, string projectName, string name, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        if ((await FindAsync(db, caller, projectName, name, cancellation)).Failed(out var error, out var found)) return error;
        var (project, registry) = found;
        var proof = passwords.TryUnprotect(registry.ProtectedPassword) is { } password
            ? await probe.AskAsync(registry.Host, registry.UserName, password, cancellation)
            : new RegistryProof(ProbeVerdict.Refused, "The stored password can't be read any more: give it again.");
        var now = time.GetUtcNow();
        (registry.CheckedAt, registry.Notice) = (now, proof.Notice);
        // What was changed while the registry was asked was tested by that change.
        await db.Set<Registry>().Where(r => r.Id == registry.Id && r.UpdatedAt == registry.UpdatedAt)
            .ExecuteUpdateAsync(set => set.SetProperty(r => r.CheckedAt, now).SetProperty(r => r.Notice, proof.Notice), cancellation);
        await Change.SendAsync(db, ChangeOf.Project, project.Id, cancellation);
        return View(registry, await RegistryUses.OfAsync(db, project.Id, name, cancellation));
    }

    /// <summary>Removes it. <see cref="Conflict"/> that names the applications which pull with it.</summary>
    public async Task<Result<Done>> DeleteAsync(Caller caller, string projectName, string name, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        if ((await FindAsync(db, caller, projectName, name, cancellation)).Failed(out var error, out var found)) return error;
        var project = found.Project;
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        if (await LockAsync(db, project.Id, name, cancellation) is not { } registry) return NoRegistry(name);
        if (await RegistryUses.OfAsync(db, project.Id, name, cancellation) is { Count: > 0 } uses) return InUse(name, uses, "It can't be deleted");
        db.Remove(registry);
        db.Add(Entry(caller, "registry.delete", project, name) with { Changes = [new AuditChange("host", registry.Host, null)] });
        await SaveAsync(db, project, cancellation);
        await transaction.CommitAsync(cancellation);
        return Done.Result;
    }

    private static NotFound NoRegistry(string name) => new($"There is no registry '{(name.Length <= 63 ? name : name[..63] + "…")}' in the project.");

    private static Conflict InUse(string name, IReadOnlyList<string> uses, string refused) => new(
        $"{refused} while applications pull with the registry '{name}': {string.Join(", ", uses)}. Choose another for {(uses.Count == 1 ? "it" : "them")} first.", "registry-in-use");

    private static async Task<Result<ProjectView>> RequireAsync(BabyhelmDbContext db, Caller caller, string projectName, CancellationToken cancellation)
    {
        if ((await ProjectAccess.RequireAsync(db, caller, projectName, ProjectAction.ManageRegistries, cancellation)).Failed(out var error, out var project)) return error;
        return project.State == ProjectState.Deleting ? BeingDeleted() : project;
    }

    private static Conflict BeingDeleted() => new("The project is being deleted.", "project-deleting");

    private static async Task<Conflict?> TooManyAsync(BabyhelmDbContext db, Guid projectId, CancellationToken cancellation) =>
        await db.Set<Registry>().CountAsync(r => r.ProjectId == projectId, cancellation) < Registry.MaxCount ? null
            : new Conflict($"A project has at most {Registry.MaxCount} registries.", "too-many-registries");

    private static async Task<Result<(ProjectView Project, Registry Registry)>> FindAsync(
        BabyhelmDbContext db, Caller caller, string projectName, string name, CancellationToken cancellation)
    {
        if ((await RequireAsync(db, caller, projectName, cancellation)).Failed(out var error, out var project)) return error;
        var registry = await db.Set<Registry>().AsNoTracking().FirstOrDefaultAsync(r => r.ProjectId == project.Id && r.Name == name, cancellation);
        return registry is null ? NoRegistry(name) : (project, registry);
    }

    private static Task<Registry?> LockAsync(BabyhelmDbContext db, Guid projectId, string name, CancellationToken cancellation) =>
        db.Set<Registry>().FromSql($"SELECT * FROM registries WHERE project_id = {projectId} AND name = {name} FOR UPDATE").FirstOrDefaultAsync(cancellation);

    private async Task<Result<RegistryProof>> ProveAsync(string host, string user, string password, CancellationToken cancellation)
    {
        var proof = await probe.AskAsync(host, user, password, cancellation);
        return proof.Verdict == ProbeVerdict.Refused ? new Invalid("password", proof.Notice!) : proof;
    }

    private static List<Fault> Faults(RegistryGiven given, bool passwordNeeded)
    {
        var faults = new List<Fault>();
        if (Registry.ReadHost(given.Host).Error is Invalid host) faults.AddRange(host.Faults);
        var user = given.UserName?.Trim() ?? "";
        if (user.Length is 0 or > Registry.MaxUserName) faults.Add(new Fault("userName", user.Length == 0 ? "Give the user name." : $"A user name has at most {Registry.MaxUserName} characters."));
        else if (user.Contains(':') || user.Any(char.IsControl)) faults.Add(new Fault("userName", "A user name has no ':' and no control characters."));
        if (given.Password is null ? passwordNeeded : given.Password.Length is 0 or > Registry.MaxPassword)
            faults.Add(new Fault("password", $"Give the password or token, at most {Registry.MaxPassword} characters."));
        else if (given.Password?.Any(c => c == '\0' || char.IsSurrogate(c)) == true) faults.Add(new Fault("password", "A password is plain text."));
        return faults;
    }

    private AuditEntry Entry(Caller caller, string action, ProjectView project, string name) =>
        AuditEntry.Of(caller, action, $"project/{project.Name}/registry/{name}", time, project.Id);

    private static async Task SaveAsync(BabyhelmDbContext db, ProjectView project, CancellationToken cancellation)
    {
        await db.SaveChangesAsync(cancellation);
        await Change.SendAsync(db, ChangeOf.Project, project.Id, cancellation);
    }

    private static RegistryView View(Registry r, IReadOnlyList<string> uses) => new(r.Name, r.Host, r.UserName, uses, r.CheckedAt, r.Notice, r.UpdatedAt);
}
