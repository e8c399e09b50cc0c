using Babyhelm.Core.Accounts.Sessions;
using Babyhelm.Core.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Babyhelm.Tests.Integration;

/// <summary>What a change of the own credentials takes with it, and what has to be shown for it.</summary>
[Collection(AccountCollection.Name)]
public sealed class OwnCredentialTests(SharedBabyhelm shared)
{
    [Fact]
    public async Task Personal_tokens_go_with_the_password_where_that_is_asked_for()
    {
        using var user = await ApiUser.RegisterAsync(shared.App);
        var token = (await user.PostAsync("me/tokens", new { name = "ci", scope = "read", days = 1 })).AssertStatus(201)["token"]!.GetValue<string>();
        using var program = new ApiUser(shared.App.CreateClient(token));
        (await user.PostAsync("me/password", new { password = RunningBabyhelm.TestPassword, newPassword = "another horse battery" })).AssertStatus(204);
        (await program.GetAsync("projects")).AssertStatus(200);
        // A change that is refused takes nothing.
        (await user.PostAsync("me/password", new { password = "wrong", newPassword = "a third horse battery", revokeTokens = true })).AssertProblem(400, "invalid");
        (await program.GetAsync("projects")).AssertStatus(200);
        (await user.PostAsync("me/password", new { password = "another horse battery", newPassword = "a third horse battery", revokeTokens = true })).AssertStatus(204);
        (await program.GetAsync("projects")).AssertStatus(401);
        Assert.Empty((await user.GetAsync("me/tokens")).AssertStatus(200).Json.AsArray());
        Assert.Equal("1 tokens", (await shared.Admin.GetAsync($"audit?actor={user.Email}&action=user.revoke-tokens")).AssertStatus(200)["entries"]!.AsArray().Single()!["detail"]!.GetValue<string>());
    }

    [Fact]
    public async Task Without_a_password_a_second_factor_is_begun_soon_after_the_sign_in()
    {
        using var user = await ApiUser.RegisterAsync(shared.App);
        await using var services = MigratedDatabase.Reach(shared.App.Connection, TimeProvider.System);
        await using var db = await services.GetRequiredService<IDbContextFactory<BabyhelmDbContext>>().CreateDbContextAsync();
        await db.Users.Where(u => u.Email == user.Email).ExecuteUpdateAsync(set => set.SetProperty(u => u.PasswordHash, (string?)null));
        (await user.PostAsync("me/two-factor/key", new { })).AssertStatus(200);
        await db.Set<UserSession>().Where(s => db.Users.Any(u => u.Id == s.UserId && u.Email == user.Email))
            .ExecuteUpdateAsync(set => set.SetProperty(s => s.CreatedAt, s => s.CreatedAt.AddMinutes(-11)));
        (await user.PostAsync("me/two-factor/key", new { })).AssertProblem(409, "sign-in-again");
    }

    [Fact]
    public async Task Who_is_locked_between_password_and_code_stays_out_and_it_is_on_record()
    {
        using var user = await ApiUser.RegisterAsync(shared.App);
        var key = await RequiredSecondFactor.SetUpAsync(user);
        using var browser = await FormClient.SignInAsync(shared.App, user.Email); // as far as the code
        var id = (await shared.Admin.GetAsync($"admin/users?search={user.Email}")).AssertStatus(200)["users"]!.AsArray().Single()!["id"]!.GetValue<string>();
        (await shared.Admin.PatchAsync($"admin/users/{id}", new { locked = true })).AssertStatus(204);
        var answer = await browser.SubmitAsync("/account/login-code", new() { ["_handler"] = "login-code", ["Input.Code"] = RequiredSecondFactor.CodeOf(key, ahead: 1) });
        Assert.Contains("code-error", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        var tries = (await shared.Admin.GetAsync($"audit?actor={user.Email}&action=user.sign-in&outcome=refused")).AssertStatus(200)["entries"]!.AsArray();
        Assert.StartsWith("locked", Assert.Single(tries)!["detail"]!.GetValue<string>(), StringComparison.Ordinal);
    }
}
