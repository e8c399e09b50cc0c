using System.Collections.Immutable;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Core.Manifests;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Babyhelm.Core.Templates;

/// <summary>Brings the templates of the database into use, in every process: before anything is rendered, and after each change.</summary>
public sealed partial class TemplateStore(
    IDbContextFactory<BabyhelmDbContext> contexts, CurrentTemplates current, TemplateNames names, ChangeListener changes, DatabaseReady database, TimeProvider time, ILogger<TemplateStore> logger)
    : DatabaseMirror(contexts, changes, database, time), IDatabaseStep
{
    private volatile IReadOnlyList<Fault> _faults = [];

    /// <summary>Templates of the database that are not in use, because this version of Babyhelm can't use them; the built-in ones are, in their place.</summary>
    public IReadOnlyList<Fault> Faults => _faults;

    public Task EnsureAsync(BabyhelmDbContext db, CancellationToken cancellation) => LoadAsync(db, cancellation);

    protected override bool Concerns(ChangeOf change) => change is ChangeOf.Template or ChangeOf.Unknown;

    protected override void NoteFault(string problem) => LogKept(logger, problem);

    protected override async Task LoadAsync(BabyhelmDbContext db, CancellationToken cancellation)
    {
        names.Use((await db.Set<TemplateRevision>().GroupBy(r => r.Version).Select(g => new { Version = g.Key, Number = g.Max(r => r.Number) }).ToListAsync(cancellation))
            .ToImmutableDictionary(r => r.Version, r => r.Number));
        Use(await OverridesAsync(db, cancellation));
    }

    /// <summary>Sources that stand in for built-in ones now, by name.</summary>
    internal static async Task<Dictionary<string, string>> OverridesAsync(BabyhelmDbContext db, CancellationToken cancellation) =>
        await Newest(db).Where(r => r.Source != null).ToDictionaryAsync(r => r.Name, r => r.Source!, cancellation);

    /// <summary>The revision that holds of each template that was ever changed.</summary>
    internal static IQueryable<TemplateRevision> Newest(BabyhelmDbContext db) =>
        db.Set<TemplateRevision>().AsNoTracking().Where(r => !db.Set<TemplateRevision>().Any(later => later.Name == r.Name && later.Number > r.Number));

    internal void Use(IReadOnlyDictionary<string, string> overrides)
    {
        var faults = new List<Fault>();
        var left = overrides.Where(o => ManifestTemplates.BuiltInSources.ContainsKey(o.Key)).ToDictionary();
        var templates = ManifestTemplates.BuiltIn;
        // They were good when they were saved; another version of Babyhelm may give them other values.
        while (left.Count > 0 && TemplateCheck.Check(left).Failed(out var error, out templates!))
        {
            var bad = error is Invalid invalid ? invalid.Faults : [new Fault("", error.Message)];
            faults.AddRange(bad);
            var named = bad.Select(f => f.Field[(f.Field.LastIndexOf('.') + 1)..]).Where(left.ContainsKey).ToHashSet();
            // A partial's fault is told of the template that uses it: where none of those named is ours, all go.
            left = named.Count == 0 ? [] : left.Where(o => !named.Contains(o.Key)).ToDictionary();
            templates = ManifestTemplates.BuiltIn;
        }
        foreach (var fault in faults) LogUnusable(logger, fault.Field, fault.Message);
        _faults = faults;
        current.Use(templates);
    }

    [LoggerMessage(LogLevel.Warning, "The manifest templates stay as they were read last: {Problem}")]
    private static partial void LogKept(ILogger logger, string problem);

    [LoggerMessage(LogLevel.Error, "The manifest template {Template} can't be used by this version; the built-in one is: {Problem}")]
    private static partial void LogUnusable(ILogger logger, string template, string problem);
}
