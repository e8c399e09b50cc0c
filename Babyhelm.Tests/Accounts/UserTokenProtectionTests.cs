using Babyhelm.Core.Accounts;
using Babyhelm.Core.Accounts.Sessions;
using Babyhelm.Tests.Integration;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Babyhelm.Tests.Accounts;

/// <summary>Keys of authenticator apps and recovery codes, as they lie in the database.</summary>
public sealed class UserTokenProtectionTests(MigratedDatabase database) : IClassFixture<MigratedDatabase>
{
    private const string OldKey = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";

    [Fact]
    public async Task Nothing_is_stored_as_it_is_and_codes_work_once()
    {
        await using var scope = database.Services.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<AppUser>>();
        var user = await NewUserAsync(users);
        await users.ResetAuthenticatorKeyAsync(user);
        var key = (await users.GetAuthenticatorKeyAsync(user))!;
        var codes = (await users.GenerateNewTwoFactorRecoveryCodesAsync(user, 10))!.ToList();

        var stored = await StoredAsync(user.Id);
        Assert.Equal(2, stored.Count);
        Assert.All(stored, value => Assert.StartsWith("dp:", value, StringComparison.Ordinal));
        Assert.DoesNotContain(stored, value => value.Contains(key, StringComparison.Ordinal) || codes.Any(code => value.Contains(code, StringComparison.Ordinal)));
        Assert.Equal(10, await users.CountRecoveryCodesAsync(user));
        Assert.True((await users.RedeemTwoFactorRecoveryCodeAsync(user, codes[3])).Succeeded);
        Assert.False((await users.RedeemTwoFactorRecoveryCodeAsync(user, codes[3])).Succeeded);
        Assert.Equal(9, await users.CountRecoveryCodesAsync(user));
    }

    [Fact]
    public async Task What_was_stored_before_works_and_is_encrypted_after_the_next_start()
    {
        await using var scope = database.Services.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<AppUser>>();
        var user = await NewUserAsync(users);
        await using (var db = await database.Contexts.CreateDbContextAsync())
        {
            db.UserTokens.Add(new IdentityUserToken<Guid> { UserId = user.Id, LoginProvider = "[AspNetUserStore]", Name = "AuthenticatorKey", Value = OldKey });
            db.UserTokens.Add(new IdentityUserToken<Guid> { UserId = user.Id, LoginProvider = "[AspNetUserStore]", Name = "RecoveryCodes", Value = "aaaaa-bbbbb;ccccc-ddddd" });
            await db.SaveChangesAsync();
        }
        Assert.Equal(OldKey, await users.GetAuthenticatorKeyAsync(user));

        var old = new OldUserTokens(database.Contexts, database.Services.GetRequiredService<UserTokenProtection>());
        Assert.Empty(await old.DueAsync(default));
        Assert.All(await StoredAsync(user.Id), value => Assert.StartsWith("dp:", value, StringComparison.Ordinal));

        await using var later = database.Services.CreateAsyncScope();
        var fresh = later.ServiceProvider.GetRequiredService<UserManager<AppUser>>();
        var same = (await fresh.FindByIdAsync(user.Id.ToString()))!;
        Assert.Equal(OldKey, await fresh.GetAuthenticatorKeyAsync(same));
        Assert.True((await fresh.RedeemTwoFactorRecoveryCodeAsync(same, "ccccc-ddddd")).Succeeded);
    }

    [Fact]
    public async Task A_code_of_the_app_is_still_its_own()
    {
        await using var scope = database.Services.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<AppUser>>();
        var user = await NewUserAsync(users);
        await users.ResetAuthenticatorKeyAsync(user);
        var code = OneTimeCodes.Compute((await users.GetAuthenticatorKeyAsync(user))!, DateTimeOffset.UtcNow.ToUnixTimeSeconds() / 30);
        Assert.True(await scope.ServiceProvider.GetRequiredService<OneTimeCodes>().UseAsync(user, code));
    }

    private static async Task<AppUser> NewUserAsync(UserManager<AppUser> users)
    {
        var email = $"{Guid.NewGuid():N}@example.com";
        var user = new AppUser { Id = Guid.NewGuid(), UserName = email, Email = email, CreatedAt = DateTimeOffset.UtcNow };
        Assert.True((await users.CreateAsync(user)).Succeeded);
        return user;
    }

    private async Task<List<string>> StoredAsync(Guid user)
    {
        await using var db = await database.Contexts.CreateDbContextAsync();
        return await db.UserTokens.AsNoTracking().Where(t => t.UserId == user).Select(t => t.Value!).ToListAsync();
    }
}
