using System.Globalization;
using System.Text;
using System.Text.Json;
using Babyhelm.Core.Accounts;
using Babyhelm.Core.Audit;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Core.Projects;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Administration;

/// <summary>Which entries of the audit log; null means any.</summary>
/// <param name="Actor">Part of the address of who did it, whatever its case.</param>
/// <param name="Action">Start of the action, for example <c>application.</c></param>
/// <param name="Subject">Part of the subject.</param>
/// <param name="From">Not before.</param>
/// <param name="Until">Before.</param>
/// <param name="Before">Only entries older than the one of this id: the next page.</param>
public sealed record AuditFilter(
    string? Actor = null, string? Action = null, string? Subject = null, AuditOutcome? Outcome = null,
    DateTimeOffset? From = null, DateTimeOffset? Until = null, long? Before = null);

/// <param name="Next">Give it as <see cref="AuditFilter.Before"/> for the next page; null at the end.</param>
public sealed record AuditPage(IReadOnlyList<AuditEntry> Entries, long? Next);

/// <summary>Reads the audit log: owners that of their project, platform admins all of it. Newest first.</summary>
public sealed class AuditLog(IDbContextFactory<BabyhelmDbContext> contexts, RefusalLog refusals)
{
    public const int PageSize = 50;

    /// <summary>The most entries of one export.</summary>
    public const int MaxExported = 100_000;

    /// <param name="project">Null for everything.</param>
    public async Task<Result<AuditPage>> ListAsync(Caller caller, string? project, AuditFilter filter, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var (entries, error) = await QueryAsync(db, caller, project, filter, cancellation);
        if (error is not null) return error;
        var page = await entries.Take(PageSize + 1).ToListAsync(cancellation);
        return page.Count <= PageSize ? new AuditPage(page, null) : new AuditPage(page[..PageSize], page[PageSize - 1].Id);
    }

    /// <summary>
    /// Writes the entries as CSV (RFC 4180, UTF-8), at most <see cref="MaxExported"/>. The error comes before the first byte.
    /// </summary>
    /// <param name="open">Where to write; asked for when the caller may read.</param>
    public async Task<Result<Done>> ExportAsync(Caller caller, string? project, AuditFilter filter, Func<Stream> open, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var (entries, error) = await QueryAsync(db, caller, project, filter, cancellation);
        if (error is not null) return error;
        await using var writer = new StreamWriter(open(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true);
        await writer.WriteAsync("time,actor,address,action,subject,outcome,detail,changes\r\n");
        await foreach (var e in entries.Take(MaxExported).AsAsyncEnumerable().WithCancellation(cancellation))
            await writer.WriteAsync(string.Join(',',
                e.At.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture), Field(e.Actor), Field(e.Address), Field(e.Action), Field(e.Subject),
                e.Outcome.ToString().ToLowerInvariant(), Field(e.Detail), Field(e.Changes.Count == 0 ? null : JsonSerializer.Serialize(e.Changes, StoredJson.Options))) + "\r\n");
        return Done.Result;
    }

    private async Task<(IQueryable<AuditEntry> Entries, Error? Error)> QueryAsync(
        BabyhelmDbContext db, Caller caller, string? projectName, AuditFilter filter, CancellationToken cancellation)
    {
        var entries = db.Set<AuditEntry>().AsNoTracking();
        if (projectName is null)
        {
            if (await refusals.WhyNotAdminAsync(caller, "audit.read", cancellation) is { } no) return (entries, no);
        }
        else
        {
            if ((await ProjectAccess.RequireAsync(db, caller, projectName, ProjectAction.ViewAudit, cancellation)).Failed(out var error, out var project)) return (entries, error);
            entries = entries.Where(e => e.ProjectId == project.Id);
        }
        if (Like.Text(filter.Actor) is { } actor) entries = entries.Where(e => EF.Functions.ILike(e.Actor, $"%{actor}%", Like.Escape));
        if (Like.Text(filter.Action) is { } action) entries = entries.Where(e => EF.Functions.ILike(e.Action, $"{action}%", Like.Escape));
        if (Like.Text(filter.Subject) is { } subject) entries = entries.Where(e => EF.Functions.ILike(e.Subject, $"%{subject}%", Like.Escape));
        if (filter.Outcome is { } outcome) entries = entries.Where(e => e.Outcome == outcome);
        if (filter.From?.ToUniversalTime() is { } from) entries = entries.Where(e => e.At >= from);
        if (filter.Until?.ToUniversalTime() is { } until) entries = entries.Where(e => e.At < until);
        if (filter.Before is { } before) entries = entries.Where(e => e.Id < before);
        return (entries.OrderByDescending(e => e.Id), null);
    }

    /// <summary>Quoted. A spreadsheet must not take what somebody typed for a formula: such text gets an apostrophe before it.</summary>
    private static string Field(string? text) =>
        string.IsNullOrEmpty(text) ? "" : $"\"{(text[0] is '=' or '+' or '-' or '@' or '\t' or '\r' ? "'" : "")}{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
