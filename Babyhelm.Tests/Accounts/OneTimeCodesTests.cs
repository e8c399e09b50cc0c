using Babyhelm.Core.Accounts;
using Babyhelm.Core.Accounts.Sessions;
using Babyhelm.Tests.Common;
using Babyhelm.Tests.Integration;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;

namespace Babyhelm.Tests.Accounts;

/// <summary>Codes of authenticator apps.</summary>
public sealed class OneTimeCodesTests(MigratedDatabase database) : IClassFixture<MigratedDatabase>
{
    // RFC 6238, appendix B: the secret is "12345678901234567890"; the last 6 of the 8 digits.
    [Theory]
    [InlineData(59, "287082")]
    [InlineData(1111111109, "081804")]
    [InlineData(1111111111, "050471")]
    [InlineData(1234567890, "005924")]
    [InlineData(2000000000, "279037")]
    [InlineData(20000000000, "353130")]
    public void The_examples_of_the_standard_hold(long seconds, string code) =>
        Assert.Equal(code, OneTimeCodes.Compute("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", seconds / 30));

    [Fact]
    public async Task A_code_is_good_once_and_near_its_time()
    {
        var time = new ManualTimeProvider();
        await using var services = MigratedDatabase.Reach(database.Connection, time);
        await using var scope = services.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<AppUser>>();
        var codes = scope.ServiceProvider.GetRequiredService<OneTimeCodes>();
        var user = new AppUser { Id = Guid.CreateVersion7(), UserName = "codes@example.com", Email = "codes@example.com", CreatedAt = time.GetUtcNow() };
        Assert.True((await users.CreateAsync(user)).Succeeded);
        Assert.False(await codes.UseAsync(user, "123456")); // no app yet
        await users.ResetAuthenticatorKeyAsync(user);
        var key = (await users.GetAuthenticatorKeyAsync(user))!;
        var now = time.GetUtcNow().ToUnixTimeSeconds() / 30;

        Assert.False(await codes.UseAsync(user, OneTimeCodes.Compute(key, now - 2)));
        Assert.False(await codes.UseAsync(user, OneTimeCodes.Compute(key, now + 2)));
        Assert.False(await codes.UseAsync(user, null));
        Assert.False(await codes.UseAsync(user, "12345"));
        var current = OneTimeCodes.Compute(key, now);
        Assert.True(await codes.UseAsync(user, $"{current[..3]} {current[3..]}"));
        Assert.False(await codes.UseAsync(user, current));
        // An older one would have been seen over a shoulder.
        Assert.False(await codes.UseAsync(user, OneTimeCodes.Compute(key, now - 1)));
        Assert.True(await codes.UseAsync(user, OneTimeCodes.Compute(key, now + 1)));

        time.Advance(TimeSpan.FromSeconds(90));
        var next = OneTimeCodes.Compute(key, now + 3);
        Assert.Single(await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(async () =>
        {
            await using var own = services.CreateAsyncScope();
            return await own.ServiceProvider.GetRequiredService<OneTimeCodes>().UseAsync(user, next);
        }))), used => used);
    }
}
