using System.Text.Json.Nodes;

namespace Babyhelm.Tests.Integration;

/// <summary>Members of a project over REST.</summary>
[Collection(AccountCollection.Name)]
public sealed class MemberTests(SharedBabyhelm shared)
{
    [Fact]
    public async Task An_invitation_is_accepted_declined_and_taken_back()
    {
        using var owner = await ApiUser.RegisterAsync(shared.App);
        using var ada = await ConfirmedAsync();
        using var bob = await ConfirmedAsync();
        using var eve = await ConfirmedAsync();
        var project = await owner.CreateProjectAsync();
        foreach (var user in new[] { ada, bob, eve }) (await owner.PutAsync($"projects/{project}/members/{user.Email}", new { role = "viewer" })).AssertStatus(202);
        // Asked again with another role: the last one counts.
        (await owner.PutAsync($"projects/{project}/members/{ada.Email}", new { role = "editor" })).AssertStatus(202);

        (await ada.GetAsync($"projects/{project}")).AssertProblem(404, "not-found"); // not yet
        var waiting = (await ada.GetAsync("me/invitations")).AssertStatus(200).Json.AsArray().Single()!;
        Assert.Equal((project, "editor", owner.Email), (waiting["project"]!.GetValue<string>(), waiting["role"]!.GetValue<string>(), waiting["invitedBy"]!.GetValue<string>()));
        (await ada.PostAsync($"me/invitations/{project}/accept", null)).AssertStatus(204);
        (await ada.PostAsync($"me/invitations/{project}/accept", null)).AssertProblem(404, "not-found");
        Assert.Equal("editor", (await ada.GetAsync($"projects/{project}"))["role"]!.GetValue<string>());

        (await bob.PostAsync($"me/invitations/{project}/decline", null)).AssertStatus(204);
        (await bob.PostAsync($"me/invitations/{project}/accept", null)).AssertProblem(404, "not-found");
        (await owner.DeleteAsync($"projects/{project}/members/{eve.Email}")).AssertStatus(204);
        (await eve.PostAsync($"me/invitations/{project}/accept", null)).AssertProblem(404, "not-found");

        Assert.Equal(new[] { $"{ada.Email} editor active", $"{owner.Email} owner active" }.Order(), (await MembersAsync(owner, project)).Order());
        Assert.Equal(
            ["member.accept", "member.decline", "member.invite", "member.uninvite"],
            (await owner.GetAsync($"projects/{project}/audit?action=member."))["entries"]!.AsArray().Select(e => e!["action"]!.GetValue<string>()).Distinct().Order());
    }

    [Fact]
    public async Task Only_a_confirmed_address_sees_and_accepts_invitations()
    {
        using var owner = await ApiUser.RegisterAsync(shared.App);
        using var stranger = await ApiUser.RegisterAsync(shared.App); // may have registered an address of somebody else
        var project = await owner.CreateProjectAsync();
        (await owner.PutAsync($"projects/{project}/members/{stranger.Email}", new { role = "owner" })).AssertStatus(202);
        Assert.Empty((await stranger.GetAsync("me/invitations")).AssertStatus(200).Json.AsArray());
        (await stranger.PostAsync($"me/invitations/{project}/accept", null)).AssertProblem(404, "not-found");
        await ConfirmAsync(stranger);
        (await stranger.PostAsync($"me/invitations/{project}/accept", null)).AssertStatus(204);
    }

    [Fact]
    public async Task The_last_owner_can_neither_leave_nor_step_down_nor_be_removed()
    {
        using var owner = await ApiUser.RegisterAsync(shared.App);
        using var ada = await ConfirmedAsync();
        var project = await owner.CreateProjectAsync();
        await JoinAsync(owner, project, ada, "editor");
        (await owner.PostAsync($"projects/{project}/leave", null)).AssertProblem(409, "last-owner");
        (await owner.PutAsync($"projects/{project}/members/{owner.Email}", new { role = "editor" })).AssertProblem(409, "last-owner");
        (await owner.DeleteAsync($"projects/{project}/members/{owner.Email}")).AssertProblem(409, "last-owner");
        (await shared.Admin.DeleteAsync($"projects/{project}/members/{owner.Email}")).AssertProblem(409, "last-owner");

        (await owner.PostAsync($"projects/{project}/transfer", new { email = "nobody@example.com" })).AssertProblem(400, "invalid");
        (await owner.PostAsync($"projects/{project}/transfer", new { email = owner.Email })).AssertProblem(400, "invalid");
        (await ada.PostAsync($"projects/{project}/transfer", new { email = ada.Email })).AssertProblem(403, "forbidden");
        (await owner.PostAsync($"projects/{project}/transfer", new { email = ada.Email })).AssertStatus(204);
        Assert.Equal("editor", (await owner.GetAsync($"projects/{project}"))["role"]!.GetValue<string>());
        Assert.Equal("owner", (await ada.GetAsync($"projects/{project}"))["role"]!.GetValue<string>());
        (await owner.PostAsync($"projects/{project}/leave", null)).AssertStatus(204);
        (await owner.GetAsync($"projects/{project}")).AssertProblem(404, "not-found");
        (await ada.PostAsync($"projects/{project}/leave", null)).AssertProblem(409, "last-owner");
        (await shared.Admin.PostAsync($"projects/{project}/leave", null)).AssertProblem(409, "not-a-member");
    }

    [Fact]
    public async Task A_changed_role_holds_from_the_next_call_on_and_is_on_record()
    {
        using var owner = await ApiUser.RegisterAsync(shared.App);
        using var ada = await ConfirmedAsync();
        var project = await owner.CreateProjectAsync();
        await JoinAsync(owner, project, ada, "viewer");
        var app = new { name = "web", image = "demo/hello:1", env = new[] { new { name = "KEY", value = "hunter2", secret = true } } };
        (await ada.PostAsync($"projects/{project}/apps", app)).AssertProblem(403, "forbidden");
        (await owner.PutAsync($"projects/{project}/members/{ada.Email}", new { role = "editor" })).AssertStatus(200);
        (await ada.PostAsync($"projects/{project}/apps", app)).AssertStatus(202);
        (await ada.PutAsync($"projects/{project}/apps/web", new { name = "web", image = "demo/hello:2", env = new[] { new { name = "KEY", value = "hunter3", secret = true } } })).AssertStatus(202);
        (await ada.GetAsync($"projects/{project}/members")).AssertStatus(200);
        (await ada.PutAsync($"projects/{project}/members/{ada.Email}", new { role = "owner" })).AssertProblem(403, "forbidden");

        var audit = (await owner.GetAsync($"projects/{project}/audit")).AssertStatus(200);
        Assert.DoesNotContain("hunter", audit.Text, StringComparison.Ordinal);
        Assert.Equal("role viewer editor", Changes(audit, "member.role", "done"));
        Assert.Equal("env KEY set changed, image demo/hello:1 demo/hello:2", Changes(audit, "application.deploy", "done"));
        Assert.Equal("", Changes(audit, "application.deploy", "refused"));
        Assert.Equal("", Changes(audit, "member.manage", "refused"));
    }

    private static string Changes(Answer audit, string action, string outcome) => string.Join(", ", audit["entries"]!.AsArray()
        .Single(e => e!["action"]!.GetValue<string>() == action && e["outcome"]!.GetValue<string>() == outcome)!["changes"]!.AsArray()
        .Select(c => string.Join(' ', new[] { c!["field"], c["before"], c["after"] }.OfType<JsonNode>().Select(n => n.GetValue<string>()))).Order(StringComparer.Ordinal));

    private static async Task<string[]> MembersAsync(ApiUser user, string project) =>
        [.. (await user.GetAsync($"projects/{project}/members")).AssertStatus(200).Json.AsArray().Select(m => $"{m!["email"]} {m["role"]} {m["state"]}")];

    private async Task JoinAsync(ApiUser owner, string project, ApiUser user, string role)
    {
        (await owner.PutAsync($"projects/{project}/members/{user.Email}", new { role })).AssertStatus(202);
        (await user.PostAsync($"me/invitations/{project}/accept", null)).AssertStatus(204);
    }

    private async Task<ApiUser> ConfirmedAsync()
    {
        var user = await ApiUser.RegisterAsync(shared.App);
        await ConfirmAsync(user);
        return user;
    }

    private async Task ConfirmAsync(ApiUser user) =>
        (await shared.Admin.PatchAsync($"admin/users/{await shared.Admin.UserIdAsync(user.Email)}", new { confirmed = true })).AssertStatus(204);
}
