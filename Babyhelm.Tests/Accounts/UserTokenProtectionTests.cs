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
        AssertKept(stored);
        Assert.DoesNotContain(stored, value => value.Contains(key, StringComparison.Ordinal) || codes.Any(code => value.Contains(code, StringComparison.Ordinal)));
        Assert.Equal(10, await users.CountRecoveryCodesAsync(user));
        Assert.True((await users.RedeemTwoFactorRecoveryCodeAsync(user, codes[3])).Succeeded);
        Assert.False((await users.RedeemTwoFactorRecoveryCodeAsync(user, codes[3])).Succeeded);
        Assert.Equal(9, await users.CountRecoveryCodesAsync(user));
    }

    [Fact]
    public async Task What_was_stored_before_works_and_is_kept_better_after_the_next_start()
    {
        var protection = database.Services.GetRequiredService<UserTokenProtection>();
        // As it was first, and as it was later.
        await WorksAsync(key: OldKey, codes: "aaaaa-bbbbb;ccccc-ddddd");
        await WorksAsync(key: protection.Protect(OldKey), codes: protection.Protect("aaaaa-bbbbb;ccccc-ddddd"));
    }

    private async Task WorksAsync(string key, string codes)
    {
        await using var scope = database.Services.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<AppUser>>();
        var user = await NewUserAsync(users);
        await using (var db = await database.Contexts.CreateDbContextAsync())
        {
            db.UserTokens.Add(new IdentityUserToken<Guid> { UserId = user.Id, LoginProvider = "[AspNetUserStore]", Name = "AuthenticatorKey", Value = key });
            db.UserTokens.Add(new IdentityUserToken<Guid> { UserId = user.Id, LoginProvider = "[AspNetUserStore]", Name = "RecoveryCodes", Value = codes });
            await db.SaveChangesAsync();
        }
        Assert.Equal(OldKey, await users.GetAuthenticatorKeyAsync(user));
        Assert.Equal(2, await users.CountRecoveryCodesAsync(user));

        var old = new OldUserTokens(database.Contexts, database.Services.GetRequiredService<UserTokenProtection>());
        Assert.Empty(await old.DueAsync(default));
        AssertKept(await StoredAsync(user.Id));

        await using var later = database.Services.CreateAsyncScope();
        var fresh = later.ServiceProvider.GetRequiredService<UserManager<AppUser>>();
        var same = (await fresh.FindByIdAsync(user.Id.ToString()))!;
        Assert.Equal(OldKey, await fresh.GetAuthenticatorKeyAsync(same));
        Assert.False((await fresh.RedeemTwoFactorRecoveryCodeAsync(same, "ccccc-eeeee")).Succeeded);
        Assert.True((await fresh.RedeemTwoFactorRecoveryCodeAsync(same, "ccccc-ddddd")).Succeeded);
        Assert.Equal(1, await fresh.CountRecoveryCodesAsync(same));
    }

    [Fact]
    public async Task Codes_that_are_used_before_they_are_hashed_are_hashed_then()
    {
        await using var scope = database.Services.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<AppUser>>();
        var user = await NewUserAsync(users);
        await using (var db = await database.Contexts.CreateDbContextAsync())
        {
            db.UserTokens.Add(new IdentityUserToken<Guid> { UserId = user.Id, LoginProvider = "[AspNetUserStore]", Name = "RecoveryCodes", Value = "aaaaa-bbbbb;ccccc-ddddd" });
            await db.SaveChangesAsync();
        }
        Assert.True((await users.RedeemTwoFactorRecoveryCodeAsync(user, "aaaaa-bbbbb")).Succeeded);
        Assert.StartsWith("rc1:", Assert.Single(await StoredAsync(user.Id)), StringComparison.Ordinal);
        Assert.False((await users.RedeemTwoFactorRecoveryCodeAsync(user, "aaaaa-bbbbb")).Succeeded);
        Assert.Equal(1, await users.CountRecoveryCodesAsync(user));
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

    /// <summary>A key of an app, encrypted, and recovery codes, hashed.</summary>
    private static void AssertKept(List<string> stored)
    {
        Assert.Equal(2, stored.Count);
        Assert.Single(stored, value => value.StartsWith("dp:", StringComparison.Ordinal));
        Assert.Single(stored, value => value.StartsWith("rc1:", StringComparison.Ordinal));
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
