using Babyhelm.Core.Administration;
using Babyhelm.Core.Common;
using Babyhelm.Web.Components;
using Babyhelm.Web.Components.Shared;
using Babyhelm.Web.Features.Projects;
using Microsoft.AspNetCore.Components;

namespace Babyhelm.Web.Features.Audit;

public sealed partial class AuditPanel
{
    private static readonly string[] Groups = ["application.", "audit.", "cluster.", "mail.", "member.", "page.", "passkey.", "project.", "request.", "session.", "settings.", "terminal.", "token.", "user."];
    private static readonly StatusWord Refused = new("refused", "Refused", "bad");
    private AuditQuery? _shown;
    private string? _shownProject;
    private AuditPage? _page;
    private Error? _error;
    private string? _actor, _action, _subject, _outcome, _from, _until;

    /// <summary>Null for the whole log.</summary>
    [Parameter] public string? Project { get; set; }

    [SupplyParameterFromQuery(Name = "actor")] private string? Actor { get; set; }
    [SupplyParameterFromQuery(Name = "action")] private string? Action { get; set; }
    [SupplyParameterFromQuery(Name = "subject")] private string? Subject { get; set; }
    [SupplyParameterFromQuery(Name = "outcome")] private string? Outcome { get; set; }
    [SupplyParameterFromQuery(Name = "from")] private string? From { get; set; }
    [SupplyParameterFromQuery(Name = "until")] private string? Until { get; set; }
    [SupplyParameterFromQuery(Name = "before")] private string? Before { get; set; }

    [Inject] private AuditLog Log { get; set; } = default!;
    [Inject] private CurrentUser User { get; set; } = default!;
    [Inject] private NavigationManager Navigation { get; set; } = default!;

    private string Page => Project is null ? Urls.Audit : Urls.Project(Project, ProjectTab.Audit.Path);

    private AuditQuery Query => AuditQuery.Of(Actor, Action, Subject, Outcome, From, Until, Before);

    protected override async Task OnParametersSetAsync()
    {
        var query = Query;
        if (_shown == query && _shownProject == Project) return;
        (_shown, _shownProject) = (query, Project);
        (_actor, _action, _subject, _outcome, _from, _until) = (Actor, Action, Subject, Outcome, From, Until);
        await UntilGoneAsync(async () =>
        {
            var found = await Log.ListAsync(await User.GetAsync(), Project, query.Filter, Gone);
            // Of two questions at once the last one counts.
            if (_shown == query && _shownProject == Project) found.Ok(out _page, out _error);
        });
    }

    private void Search() => Navigation.NavigateTo(AuditQuery.Of(_actor, _action, _subject, _outcome, _from, _until).On(Page));
}
