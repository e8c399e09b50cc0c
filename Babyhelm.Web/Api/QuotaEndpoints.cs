using Babyhelm.Core.Applications.Quotas;
using Babyhelm.Core.Projects.Quotas;

namespace Babyhelm.Web.Api;

/// <summary>How much projects may use, and how much they do.</summary>
internal static class QuotaEndpoints
{
    public static void MapQuotaEndpoints(this IEndpointRouteBuilder api)
    {
        var project = api.MapGroup("/projects/{project}/quota").WithTags("Quotas");
        project.MapGet("", (string project, HttpContext http, QuotaUsage usage, CancellationToken cancellation) =>
            Problems.OkAsync(usage.ReadAsync(BearerTokens.CallerOf(http), project, cancellation)))
            .WithSummary("The project's quota: limit, what its applications have reserved, and what the cluster counts as used").Produces<QuotaView>().ProducesProblem(404);
        project.MapPut("", (string project, QuotaAmounts body, HttpContext http, QuotaCommands commands, CancellationToken cancellation) =>
            Problems.NoContentAsync(commands.SetAsync(BearerTokens.CallerOf(http), project, body, cancellation)))
            .WithSummary("Give the project a quota of its own, for platform admins; what is left out follows the defaults")
            .Produces(204).ProducesProblem(400).ProducesProblem(403).ProducesProblem(404);
        var defaults = api.MapGroup("/admin/quota").WithTags("Quotas");
        defaults.MapGet("", (HttpContext http, QuotaCommands commands, CancellationToken cancellation) =>
            Problems.OkAsync(commands.DefaultsAsync(BearerTokens.CallerOf(http), cancellation)))
            .WithSummary("What projects may use that have no quota of their own").Produces<QuotaAmounts>().ProducesProblem(403);
        defaults.MapPut("", (QuotaAmounts body, HttpContext http, QuotaCommands commands, CancellationToken cancellation) =>
            Problems.OkAsync(commands.ChangeDefaultsAsync(BearerTokens.CallerOf(http), body, cancellation)))
            .WithSummary("Change it; what is left out stays").Produces<QuotaAmounts>().ProducesProblem(400).ProducesProblem(403);
    }
}
