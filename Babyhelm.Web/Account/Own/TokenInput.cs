using System.Globalization;
using Babyhelm.Core.Accounts;
using Babyhelm.Core.Accounts.Tokens;
using Babyhelm.Core.Common;
using Babyhelm.Core.Projects;

namespace Babyhelm.Web.Account.Own;

/// <summary>The form of a new token, as text: what can't be read must not become a token that can do more, or lives longer.</summary>
internal sealed class TokenInput
{
    public string? Name { get; set; }
    public string? Scope { get; set; }

    /// <summary>Id of a project; empty for all.</summary>
    public string? Project { get; set; }

    /// <summary>0 for no end.</summary>
    public string? Days { get; set; }

    /// <summary>What was chosen; null where it can't be read.</summary>
    public AccessScope? ChosenScope => Enum.GetValues<AccessScope>().Where(s => s.ToString() == Scope).Cast<AccessScope?>().FirstOrDefault();

    public int? ChosenDays => int.TryParse(Days, NumberStyles.None, CultureInfo.InvariantCulture, out var days) ? days : null;

    /// <param name="projects">Those that the user sees.</param>
    public Result<NewPersonalToken> Read(IReadOnlyList<ProjectView> projects)
    {
        var project = projects.FirstOrDefault(p => p.Id.ToString() == Project);
        if (ChosenScope is not { } scope) return new Invalid("scope", "Choose read, deploy or admin.");
        if (project is null && !string.IsNullOrEmpty(Project)) return new Invalid("project", "There is no such project (any more).");
        if (ChosenDays is not { } days) return new Invalid("days", "Choose how long it is good.");
        return new NewPersonalToken(Name, scope, days == 0 ? null : days, project?.Id);
    }
}
