using Babyhelm.Core.Accounts.Sessions;

namespace Babyhelm.Tests.Integration;

/// <summary>A platform that asks for a second factor, until it is disposed of; by an admin who has one.</summary>
public sealed class RequiredSecondFactor : IAsyncDisposable
{
    private readonly ApiUser _admin;

    private RequiredSecondFactor(ApiUser admin) => _admin = admin;

    /// <summary>A platform admin with a second factor.</summary>
    public ApiUser Admin => _admin;

    public static Task<RequiredSecondFactor> OfEveryoneAsync(SharedBabyhelm shared) => OfAsync(shared, "everyone");

    public static async Task<RequiredSecondFactor> OfAsync(SharedBabyhelm shared, string whom)
    {
        var admin = await ApiUser.RegisterAsync(shared.App);
        (await shared.Admin.PatchAsync($"admin/users/{await shared.Admin.UserIdAsync(admin.Email)}", new { role = "admin" })).AssertStatus(204);
        await SetUpAsync(admin);
        var required = new RequiredSecondFactor(admin);
        await required.SetAsync(whom);
        return required;
    }

    public async Task SetAsync(string whom) => (await _admin.PutAsync("admin/settings", new { secondFactor = whom })).AssertStatus(204);

    /// <summary>Switches two-factor sign-in on, and answers the key of the app. The code of the step now, and of the one before, are used up.</summary>
    public static async Task<string> SetUpAsync(ApiUser user)
    {
        var key = (await user.PostAsync("me/two-factor/key", null)).AssertStatus(200)["key"]!.GetValue<string>();
        (await user.PutAsync("me/two-factor", new { password = RunningBabyhelm.TestPassword, code = CodeOf(key) })).AssertStatus(200);
        return key;
    }

    /// <param name="ahead">Steps of 30 s after now; one is taken too.</param>
    public static string CodeOf(string key, int ahead = 0) => OneTimeCodes.Compute(key, DateTimeOffset.UtcNow.ToUnixTimeSeconds() / 30 + ahead);

    public async ValueTask DisposeAsync()
    {
        await SetAsync("off");
        _admin.Dispose();
    }
}
