using System.Text.RegularExpressions;
using Babyhelm.Core.Accounts;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Core.Monitoring.Prometheus;
using Babyhelm.Core.Projects;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Babyhelm.Core.Monitoring.Scoped;

/// <summary>
/// Prometheus as one caller may see it: the series with the namespace of a project that the caller sees, and no others. A
/// platform admin sees those of all projects, and nobody those without a namespace.
/// </summary>
public sealed partial class ScopedPrometheus(IDbContextFactory<BabyhelmDbContext> contexts, PrometheusClient prometheus, QuerySlots slots, IOptions<PrometheusOptions> options)
{
    /// <summary>
    /// The answer of Prometheus, to be sent on. It is not looked at again: labels are free text that a query may make up, also
    /// that of the namespace.
    /// </summary>
    /// <returns><see cref="PromQl.InvalidQuery"/>, <see cref="Invalid"/>, <see cref="TooMany"/>, <see cref="PrometheusRefusal"/> or <see cref="Unavailable"/> where there is none.</returns>
    public async Task<Result<PrometheusAnswer>> AskAsync(Caller caller, ScopedRequest request, CancellationToken cancellation)
    {
        if (caller.WhyNotScope(AccessScope.Read) is { } no) return no;
        if ((await slots.TakeAsync(caller.UserId, cancellation)).Failed(out var error, out var slot)) return error;
        var isKept = false;
        try
        {
            var scope = await ScopeAsync(caller, cancellation);
            if (ScopedParameters.Of(request, scope, options.Value.TimeoutSeconds).Failed(out error, out var fields)) return error;
            if ((await SendAsync(request, fields, cancellation)).Failed(out error, out var answer)) return error is PrometheusRefusal refusal ? WithoutPlace(refusal) : error;
            isKept = true;
            return answer.Holding(slot);
        }
        finally
        {
            if (!isKept) slot.Dispose();
        }
    }

    private Task<Result<PrometheusAnswer>> SendAsync(ScopedRequest request, List<KeyValuePair<string, string>> fields, CancellationToken cancellation) => request.Read switch
    {
        ScopedRead.Query => prometheus.PostAsync("query", fields, cancellation),
        ScopedRead.QueryRange => prometheus.PostAsync("query_range", fields, cancellation),
        ScopedRead.Series => prometheus.PostAsync("series", fields, cancellation),
        ScopedRead.Labels => prometheus.PostAsync("labels", fields, cancellation),
        _ => prometheus.GetAsync($"label/{request.Label}/values", fields, cancellation),
    };

    private async Task<NamespaceScope> ScopeAsync(Caller caller, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        // One that is not ready may be named like a namespace of somebody else, which it never gets.
        return new NamespaceScope((await ProjectAccess.Visible(db, caller).ToListAsync(cancellation)).Where(p => p.State == ProjectState.Ready).Select(p => p.Namespace));
    }

    /// <summary>Its places are those of the text that was sent, which nobody wrote.</summary>
    private static PrometheusRefusal WithoutPlace(PrometheusRefusal refusal) => refusal with { Message = Place().Replace(refusal.Message, "") };

    [GeneratedRegex(@"\b\d+:\d+: (?=parse error)", RegexOptions.CultureInvariant)]
    private static partial Regex Place();
}
