using Babyhelm.Core.Manifests;
using Babyhelm.Core.Monitoring.Panels;

namespace Babyhelm.Web.Features.Monitoring;

/// <summary>The panels that can say something of an application of a kind.</summary>
internal static class ShownPanels
{
    /// <param name="app">Null for a project.</param>
    public static IEnumerable<PanelDefinition> Of(string? app, AppKind? kind) => app is null
        ? PanelCatalog.Project
        : PanelCatalog.Application.Where(p => p.Need switch
        {
            PanelNeed.Deployment => kind != AppKind.Cron,
            PanelNeed.Requests => kind == AppKind.Web,
            _ => true,
        });
}
