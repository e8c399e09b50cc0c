using Babyhelm.Core.Rollouts;
using Babyhelm.Web.Components;
using Microsoft.AspNetCore.Components;

namespace Babyhelm.Web.Features.Applications;

public sealed partial class TerminalPanel
{
    [Parameter, EditorRequired] public string Project { get; set; } = "";
    [Parameter, EditorRequired] public string App { get; set; } = "";
    [Parameter, EditorRequired] public string Namespace { get; set; } = "";
    [Parameter] public IReadOnlyList<PodState> Pods { get; set; } = [];

    /// <summary>Why the reader may have none; null for who may.</summary>
    [Parameter] public string? WhyNot { get; set; }

    [SupplyParameterFromQuery(Name = "pod")] private string? Pod { get; set; }
    [SupplyParameterFromQuery(Name = "container")] private string? Container { get; set; }

    [Inject] private ClusterCache Cache { get; set; } = default!;
    [Inject] private NavigationManager Navigation { get; set; } = default!;

    /// <summary>Of the chosen pod; of any they are the same.</summary>
    private IReadOnlyList<string> Containers
    {
        get
        {
            var pods = Cache.Get(Namespace, App).Pods;
            return (pods.FirstOrDefault(p => p.Metadata.Name == Pod) ?? pods.FirstOrDefault())?.Spec.Containers?.Select(c => c.Name).ToList() ?? [];
        }
    }

    private void Go(string? pod, string? container) => Navigation.NavigateTo(
        Urls.WithQuery(Urls.Application(Project, App, ApplicationTab.Terminal.Path), ("pod", pod), ("container", container)), replace: true);
}
