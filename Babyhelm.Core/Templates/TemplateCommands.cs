using Babyhelm.Core.Accounts;
using Babyhelm.Core.Audit;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Core.Manifests;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Templates;

/// <param name="Revision">Number of the change that holds; null for a template that was never changed.</param>
/// <param name="Changed">Another one than the built-in is meant to be in use.</param>
/// <param name="Problem">Why the built-in one is in use all the same; null where it is not.</param>
public sealed record TemplateSummary(string Name, int? Revision, bool Changed, string? By, DateTimeOffset? At, string? Problem);

/// <param name="BuiltIn">The built-in one went back in.</param>
/// <param name="Version">Of all templates together, as applications show it.</param>
public sealed record TemplateRevisionView(int Number, bool BuiltIn, string? Message, string Version, string By, DateTimeOffset At);

/// <param name="Source">What holds.</param>
/// <param name="Revision">As in <see cref="TemplateSummary"/>; to be sent with a change.</param>
/// <param name="Revisions">Newest first, the last 100.</param>
public sealed record TemplateDetail(string Name, string Source, string BuiltIn, int? Revision, string? Problem, IReadOnlyList<TemplateRevisionView> Revisions);

/// <param name="Source">Null for the built-in one.</param>
/// <param name="Message">Why, at most <see cref="TemplateRevision.MaxMessage"/> characters.</param>
/// <param name="ExpectedRevision">Number of the revision that it was made from; null where there was none.</param>
public sealed record TemplateChange(string? Source, string? Message, int? ExpectedRevision);

/// <summary>What platform admins do with templates. What is saved here is in use for the next thing that is rendered, in every process.</summary>
public sealed class TemplateCommands(IDbContextFactory<BabyhelmDbContext> contexts, RefusalLog refusals, TemplateStore store, TimeProvider time)
{
    // Any constant: changes are made one after the other, so that each is checked with those before it.
    private const long Lock = 0x626168656c6d05;
    private const int ShownRevisions = 100;

    public async Task<Result<IReadOnlyList<TemplateSummary>>> ListAsync(Caller caller, CancellationToken cancellation)
    {
        if (await refusals.WhyNotAdminAsync(caller, "template.list", cancellation) is { } no) return no;
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var newest = await TemplateStore.Newest(db).Select(r => new { r.Name, r.Number, Changed = r.Source != null, r.By, r.At }).ToDictionaryAsync(r => r.Name, cancellation);
        return ManifestTemplates.BuiltInSources.Keys.Order(StringComparer.Ordinal).Select(name => newest.TryGetValue(name, out var r)
            ? new TemplateSummary(name, r.Number, r.Changed, r.By, r.At, r.Changed ? ProblemOf(name) : null)
            : new TemplateSummary(name, null, false, null, null, null)).ToList();
    }

    public async Task<Result<TemplateDetail>> GetAsync(Caller caller, string name, CancellationToken cancellation)
    {
        if (await refusals.WhyNotAdminAsync(caller, "template.read", cancellation) is { } no) return no;
        if (!ManifestTemplates.BuiltInSources.TryGetValue(name, out var builtIn)) return NoTemplate(name);
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var all = db.Set<TemplateRevision>().AsNoTracking().Where(r => r.Name == name).OrderByDescending(r => r.Number);
        var newest = await all.FirstOrDefaultAsync(cancellation);
        var revisions = await all.Take(ShownRevisions).Select(r => new TemplateRevisionView(r.Number, r.Source == null, r.Message, r.Version, r.By, r.At)).ToListAsync(cancellation);
        return new TemplateDetail(name, newest?.Source ?? builtIn, builtIn, newest?.Number, newest?.Source is null ? null : ProblemOf(name), revisions);
    }

    /// <summary>The source of an earlier revision.</summary>
    public async Task<Result<string>> SourceAsync(Caller caller, string name, int number, CancellationToken cancellation)
    {
        if (await refusals.WhyNotAdminAsync(caller, "template.read", cancellation) is { } no) return no;
        if (!ManifestTemplates.BuiltInSources.TryGetValue(name, out var builtIn)) return NoTemplate(name);
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.Set<TemplateRevision>().AsNoTracking().FirstOrDefaultAsync(r => r.Name == name && r.Number == number, cancellation) is { } found
            ? found.Source ?? builtIn
            : new NotFound($"The template '{name}' has no revision {number}.");
    }

    /// <summary>
    /// Makes it hold, once it renders everything that templates are used for; <see cref="Invalid"/> on <c>source</c> with line and
    /// column otherwise. <see cref="Conflict"/> when somebody else changed it meanwhile. Running applications keep what they have
    /// until their next release.
    /// </summary>
    public async Task<Result<TemplateDetail>> SaveAsync(Caller caller, string name, TemplateChange change, CancellationToken cancellation)
    {
        if (await refusals.WhyNotAdminAsync(caller, "template.change", cancellation) is { } no) return no;
        if (!ManifestTemplates.BuiltInSources.ContainsKey(name)) return NoTemplate(name);
        if (change.Message?.Contains('\0', StringComparison.Ordinal) == true) return new Invalid("message", "There is a NUL character in it.");
        if (change.Message?.Length > TemplateRevision.MaxMessage) return new Invalid("message", $"Use at most {TemplateRevision.MaxMessage} characters.");
        if (Problem(change.Source) is { } problem) return problem;
        var source = Stored(name, change.Source);

        await using var db = await contexts.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({Lock})", cancellation);
        var newest = await TemplateStore.Newest(db).FirstOrDefaultAsync(r => r.Name == name, cancellation);
        if (newest?.Number != change.ExpectedRevision)
            return new Conflict(newest is null ? "This template was never changed." : $"{newest.By} changed this template meanwhile (revision {newest.Number}). Load theirs and make your change there.", "changed-meanwhile");
        if (source == newest?.Source) return await GetAsync(caller, name, cancellation);

        var overrides = await TemplateStore.OverridesAsync(db, cancellation);
        if (Checked(overrides, name, source).Failed(out var error, out var templates)) return error;
        var revision = new TemplateRevision
        {
            Name = name,
            Source = source,
            Message = string.IsNullOrWhiteSpace(change.Message) ? null : change.Message.Trim(),
            Version = templates.Version,
            ById = caller.UserId,
            By = caller.Email,
            At = time.GetUtcNow(),
        };
        db.Add(revision);
        await db.SaveChangesAsync(cancellation);
        db.Add(AuditEntry.Of(caller, "template.change", $"template/{name}", time, detail: revision.Message) with
        {
            Changes = [new AuditChange("revision", newest is null ? "built-in" : Told(newest), Told(revision))],
        });
        await Change.SendAsync(db, ChangeOf.Template, Guid.Empty, cancellation);
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        await store.EnsureAsync(db, cancellation); // here at once; elsewhere with the notification
        return await GetAsync(caller, name, cancellation);
    }

    /// <summary>Why a source is not even looked at; null where it is.</summary>
    internal static Invalid? Problem(string? source) =>
        source?.Length > TemplateRevision.MaxSource ? new Invalid("source", $"A template has at most {TemplateRevision.MaxSource / 1024} KiB.")
        : source?.Contains('\0', StringComparison.Ordinal) == true ? new Invalid("source", "There is a NUL character in it.")
        : null;

    /// <summary>What a source is stored as: the built-in one as null, lines with one kind of end.</summary>
    internal static string? Stored(string name, string? source) => source?.ReplaceLineEndings("\n") is { } text && text != ManifestTemplates.BuiltInSources[name] ? text : null;

    /// <summary>All templates with this one in place, which is then also in <paramref name="overrides"/>.</summary>
    internal static Result<ManifestTemplates> Checked(Dictionary<string, string> overrides, string name, string? source)
    {
        if (source is null) overrides.Remove(name);
        else overrides[name] = source;
        return TemplateCheck.Check(overrides).Failed(out var error, out var templates)
            ? error is Invalid invalid ? new Invalid([.. invalid.Faults.Select(f => f with { Field = "source" })]) : error
            : templates;
    }

    internal static NotFound NoTemplate(string name) => new($"There is no template '{name}'.");

    private static string Told(TemplateRevision revision) => revision.Source is null ? $"{revision.Number} (built-in)" : $"{revision.Number}";

    private string? ProblemOf(string name) => store.Faults.FirstOrDefault(f => f.Field == name || f.Field == $"templates.{name}")?.Message ?? (store.Faults.Count > 0 ? store.Faults[0].Message : null);
}
