using Babyhelm.Core.Audit;

namespace Babyhelm.Tests.Integration;

/// <summary>What admins see of open invitations, and what of it and of strangers' tries is on record.</summary>
[Collection(AccountCollection.Name)]
public sealed class InvitationAdminTests(SharedBabyhelm shared)
{
    [Fact]
    public async Task The_link_of_an_open_invitation_is_there_in_person_until_it_is_revoked()
    {
        var email = $"{Guid.NewGuid():N}@example.com";
        for (var i = 0; i < 2; i++) (await shared.Admin.PostAsync("admin/invitations", new { email, role = "user" })).AssertStatus(202);
        var link = await LinkAsync(shared.Admin, email);
        Assert.NotNull(link);
        // The newest of two: the first one's is worthless.
        Assert.StartsWith($"{shared.App.Url}account/register?invitation=", link, StringComparison.Ordinal);
        using (var stranger = shared.App.CreateClient()) Assert.Contains(email, await stranger.GetStringAsync(link), StringComparison.Ordinal);

        var token = (await shared.Admin.PostAsync("me/tokens", new { name = $"{Guid.NewGuid():N}", scope = "admin", days = 1 })).AssertStatus(201)["token"]!.GetValue<string>();
        using var program = new ApiUser(shared.App.CreateClient(token));
        Assert.Null(await LinkAsync(program, email));

        (await shared.Admin.DeleteAsync($"admin/invitations/{email}")).AssertStatus(204);
        Assert.DoesNotContain(email, (await shared.Admin.GetAsync($"admin/invitations?search={email}")).Text, StringComparison.Ordinal);
        using (var stranger = shared.App.CreateClient()) Assert.DoesNotContain(email, await stranger.GetStringAsync(link), StringComparison.Ordinal);
        // That links were looked at is on record.
        Assert.NotEmpty((await shared.Admin.GetAsync("audit?action=mail.list&outcome=done")).AssertStatus(200)["entries"]!.AsArray());
    }

    [Fact]
    public async Task What_strangers_try_is_counted_by_address()
    {
        using var stranger = new ApiUser(shared.App.CreateClient("bhp_nonsense"));
        // Where this client comes from, its own registration tells.
        var email = $"{Guid.NewGuid():N}@example.com";
        (await stranger.PostAsync("auth/register", new { email, password = RunningBabyhelm.TestPassword })).AssertStatus(200);
        var address = (await shared.Admin.GetAsync($"audit?actor={email}")).AssertStatus(200)["entries"]!.AsArray()[0]!["address"]!.GetValue<string>();

        for (var i = 0; i < 3; i++) (await stranger.GetAsync("me")).AssertStatus(401);
        var tries = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => stranger.PostAsync("auth/login", new { email = $"nobody{i}@example.com", password = "wrong" })));
        // Written with the next sweeps, as numbers and not one by one.
        await CountedAsync(RefusalCounts.Token, address, 3);
        await CountedAsync(RefusalCounts.RateLimit, address, tries.Count(t => t.Status == 429));
        await CountedAsync(RefusalCounts.UnknownAddress, address, tries.Count(t => t.Status == 401));
    }

    [Fact]
    public async Task A_link_makes_nobody_else_what_was_invited_and_is_good_once()
    {
        var email = $"{Guid.NewGuid():N}@example.com";
        (await shared.Admin.PostAsync("admin/invitations", new { email, role = "admin" })).AssertStatus(202);
        var invitation = (await LinkAsync(shared.Admin, email))!.Split('=')[1];

        // Somebody else who has the link is as good as anybody, and takes nothing away.
        using var stranger = new ApiUser(shared.App.CreateClient());
        var other = $"{Guid.NewGuid():N}@example.com";
        (await stranger.PostAsync("auth/register", new { email = other, password = RunningBabyhelm.TestPassword, invitation })).AssertStatus(200);
        Assert.Equal("user", (await shared.Admin.GetAsync($"admin/users?search={other}"))["users"]![0]!["role"]!.GetValue<string>());
        (await stranger.PostAsync("auth/register", new { email, password = RunningBabyhelm.TestPassword, invitation })).AssertStatus(200);
        Assert.Equal("admin", (await shared.Admin.GetAsync($"admin/users?search={email}"))["users"]![0]!["role"]!.GetValue<string>());
        (await stranger.PostAsync("auth/register", new { email, password = RunningBabyhelm.TestPassword, invitation })).AssertProblem(400, "invalid");
    }

    [Fact]
    public async Task A_passkey_of_nobody_is_counted()
    {
        using var browser = new FormClient(shared.App.CreateClient());
        var page = await (await browser.SubmitAsync("/account/login", new() { ["_handler"] = "passkey", ["Credential"] = "{}" })).Content.ReadAsStringAsync();
        Assert.Contains("This passkey does not sign in here.", page, StringComparison.Ordinal);
        await Eventually.GetAsync(
            async () => (await shared.Admin.GetAsync($"audit?action={RefusalCounts.Passkey}&actor={RefusalCounts.Nobody}")).AssertStatus(200)["entries"]!.AsArray(),
            entries => entries.Count > 0, TimeSpan.FromMinutes(3), () => "a passkey of nobody on record");
    }

    private Task CountedAsync(string action, string address, int count) => Eventually.GetAsync(
        async () => (await shared.Admin.GetAsync($"audit?action={action}&actor={RefusalCounts.Nobody}")).AssertStatus(200)["entries"]!.AsArray()
            .Where(e => e!["address"]?.GetValue<string>() == address).Sum(e => int.Parse(e!["detail"]!.GetValue<string>().Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture)),
        sum => sum == count, TimeSpan.FromMinutes(3), () => $"{action} from {address}, {count} expected");

    private static async Task<string?> LinkAsync(ApiUser admin, string email) =>
        (await admin.GetAsync($"admin/invitations?search={email}")).AssertStatus(200)["invitations"]!.AsArray().Single(i => i!["email"]!.GetValue<string>() == email)!["link"]?.GetValue<string>();
}
