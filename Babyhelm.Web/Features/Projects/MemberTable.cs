using Babyhelm.Core.Projects;

namespace Babyhelm.Web.Features.Projects;

/// <summary>A line of the list of members.</summary>
/// <param name="WhyNotChange">Why the reader can't give this member another role; null when allowed.</param>
/// <param name="WhyNotRemove">Why the reader can't remove this member or take the invitation back; null when allowed.</param>
public sealed record MemberLine(MemberView Member, bool IsMe, string? WhyNotChange, string? WhyNotRemove);

/// <summary>What one reader may do with the members of a project, and why not. The commands decide; this says it before.</summary>
public sealed class MemberTable
{
    private const string NeedsOwner = "A project needs an owner. Make somebody else an owner first.";

    /// <param name="me">Address of the reader.</param>
    public MemberTable(ProjectView project, IReadOnlyList<MemberView> members, string me)
    {
        WhyNotManage = project.WhyNot(ProjectAction.ManageMembers);
        var active = members.Where(m => m.State == MemberState.Active).ToList();
        var oneOwner = active.Count(m => m.Role == ProjectRole.Owner) == 1;
        Lines = [.. members.Select(m =>
        {
            var last = m is { State: MemberState.Active, Role: ProjectRole.Owner } && oneOwner ? NeedsOwner : null;
            return new MemberLine(m, m.State == MemberState.Active && Same(m.Email, me), WhyNotManage ?? last, WhyNotManage ?? last);
        })];
        Me = Lines.FirstOrDefault(l => l.IsMe)?.Member;
        WhyNotLeave = Me is null ? "You are no member of this project: you see it as a platform admin."
            : Me.Role == ProjectRole.Owner && oneOwner ? NeedsOwner
            : null;
        Heirs = [.. active.Where(m => !Same(m.Email, me) && m.Role != ProjectRole.Owner).Select(m => m.Email)];
        WhyNotTransfer = WhyNotManage
            ?? (Me is null ? "You are no owner of this project. Give a member the role owner instead." : null)
            ?? (Heirs.Count == 0 ? "There is no other member who could become the owner. Invite somebody first." : null);
    }

    public IReadOnlyList<MemberLine> Lines { get; }

    /// <summary>Null for a platform admin who is no member.</summary>
    public MemberView? Me { get; }

    /// <summary>Why the reader can't invite; null when allowed.</summary>
    public string? WhyNotManage { get; }
    public string? WhyNotLeave { get; }
    public string? WhyNotTransfer { get; }

    /// <summary>Addresses of those who could become the owner.</summary>
    public IReadOnlyList<string> Heirs { get; }

    private static bool Same(string a, string b) => a.Equals(b, StringComparison.OrdinalIgnoreCase);
}
