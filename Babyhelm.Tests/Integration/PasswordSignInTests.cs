using Babyhelm.Core.Accounts;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Tests.Common;
using Babyhelm.Web.Account;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Babyhelm.Tests.Integration;

/// <summary>What a sign-in costs: hashing takes nearly all of its time, so as much of it for every answer.</summary>
[Collection(AccountCollection.Name)]
public sealed class PasswordSignInTests : IAsyncLifetime
{
    private const string Wrong = "not the right one";
    private readonly SharedBabyhelm _shared;
    private readonly CountingHasher _hasher = new();
    private readonly ServiceProvider _services;

    public PasswordSignInTests(SharedBabyhelm shared)
    {
        _shared = shared;
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("ConnectionStrings:Babyhelm", $"{shared.App.Connection};Pooling=false")]).Build();
        var services = new ServiceCollection();
        services.AddAuthentication();
        _services = services.AddLogging().AddSingleton(TimeProvider.System).AddSingleton<IConfiguration>(configuration).AddSingleton<IWorkQueue, NoWork>().AddSingleton<IPasswordHasher<AppUser>>(_hasher)
            .AddData(configuration).AddAccounts().AddHttpContextAccessor().AddScoped<PasswordSignIn>().BuildServiceProvider();
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _services.DisposeAsync();

    [Fact]
    public async Task Every_answer_costs_as_much_hashing_as_the_next()
    {
        using var user = await ApiUser.RegisterAsync(_shared.App);
        await CheckAsync("first@example.com", Wrong); // makes the decoy, once per process
        Assert.Equal((true, 1), await CheckAsync(user.Email, RunningBabyhelm.TestPassword));
        Assert.Equal((false, 1), await CheckAsync($"{Guid.NewGuid():N}@example.com", Wrong));
        for (var i = 0; i < 4; i++) Assert.Equal((false, 1), await CheckAsync(user.Email, Wrong));
        // This one locks the account.
        Assert.Equal((false, 1), await CheckAsync(user.Email, Wrong));
        Assert.Equal((false, 1), await CheckAsync(user.Email, RunningBabyhelm.TestPassword));
    }

    [Fact]
    public async Task The_right_password_locks_nobody_out_while_a_new_one_is_asked_for()
    {
        using var user = await ApiUser.RegisterAsync(_shared.App);
        await AskForNewPasswordAsync(true);
        for (var i = 0; i < 10; i++) Assert.Equal((false, 1), await CheckAsync(user.Email, RunningBabyhelm.TestPassword));
        await AskForNewPasswordAsync(false);
        Assert.Equal((true, 1), await CheckAsync(user.Email, RunningBabyhelm.TestPassword));

        async Task AskForNewPasswordAsync(bool asked)
        {
            await using var scope = _services.CreateAsyncScope();
            Assert.Equal(1, await scope.ServiceProvider.GetRequiredService<BabyhelmDbContext>().Users.Where(u => u.Email == user.Email)
                .ExecuteUpdateAsync(set => set.SetProperty(u => u.MustResetPassword, asked)));
        }
    }

    [Fact]
    public async Task What_is_too_long_is_refused_before_any_hashing()
    {
        var huge = new string('x', 1024 * 1024);
        Assert.Equal((false, 0), await CheckAsync(_shared.Admin.Email, huge));
        Assert.Equal((false, 0), await CheckAsync(huge, Wrong));
        await using var scope = _services.CreateAsyncScope();
        var refused = await scope.ServiceProvider.GetRequiredService<RegisterUser>().ExecuteAsync(new Registration($"{Guid.NewGuid():N}@example.com", huge), default);
        Assert.NotNull(refused.Error);
        Assert.Equal(0, _hasher.Take());
    }

    /// <summary>Whether it is let in, and how often something was hashed.</summary>
    private async Task<(bool In, int Hashed)> CheckAsync(string email, string password)
    {
        _hasher.Take();
        await using var scope = _services.CreateAsyncScope();
        var (outcome, _, _) = await scope.ServiceProvider.GetRequiredService<PasswordSignIn>().CheckAsync(email, password);
        return (outcome == SignInOutcome.Done, _hasher.Take());
    }

    private sealed class CountingHasher : IPasswordHasher<AppUser>
    {
        private readonly PasswordHasher<AppUser> _inner = new();
        private int _count;

        public int Take() => Interlocked.Exchange(ref _count, 0);

        public string HashPassword(AppUser user, string password)
        {
            Interlocked.Increment(ref _count);
            return _inner.HashPassword(user, password);
        }

        public PasswordVerificationResult VerifyHashedPassword(AppUser user, string hashedPassword, string providedPassword)
        {
            Interlocked.Increment(ref _count);
            return _inner.VerifyHashedPassword(user, hashedPassword, providedPassword);
        }
    }
}
