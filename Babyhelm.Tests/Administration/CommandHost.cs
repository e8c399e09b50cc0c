using Babyhelm.Core.Accounts;
using Babyhelm.Core.Accounts.Sessions;
using Babyhelm.Core.Administration;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Core.Projects;
using Babyhelm.Tests.Common;
using Babyhelm.Tests.Integration;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Babyhelm.Tests.Administration;

/// <summary>The commands around users, members and the audit log on a database of their own, without a web process.</summary>
public sealed class CommandHost : IAsyncLifetime
{
    private readonly MigratedDatabase _database = new();
    private ServiceProvider? _services;

    public ManualTimeProvider Time { get; } = new();

    public string Connection => _database.Connection;

    public IDbContextFactory<BabyhelmDbContext> Contexts => Get<IDbContextFactory<BabyhelmDbContext>>();

    public async Task InitializeAsync()
    {
        await _database.InitializeAsync();
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("ConnectionStrings:Babyhelm", $"{Connection};Maximum Pool Size=20")]).Build();
        var services = new ServiceCollection().AddLogging().AddSingleton<TimeProvider>(Time).AddSingleton<IConfiguration>(configuration).AddSingleton<IWorkQueue, NoWork>();
        services.AddAuthentication();
        _services = services.AddData(configuration).AddAccounts().AddAdministration().AddSingleton<ProjectMembers>().AddSingleton<ExpiredInvitations>().BuildServiceProvider();
    }

    public IServiceProvider Services => _services!;

    public T Get<T>() where T : notnull => _services!.GetRequiredService<T>();

    /// <summary>Runs a command of a scoped service in a scope of its own.</summary>
    public async Task<T> RunAsync<TService, T>(Func<TService, Task<T>> command) where TService : notnull
    {
        await using var scope = _services!.CreateAsyncScope();
        return await command(scope.ServiceProvider.GetRequiredService<TService>());
    }

    /// <summary>A user who can act, signed in.</summary>
    public async Task<Caller> AddUserAsync(PlatformRole role = PlatformRole.User)
    {
        var email = $"{Guid.NewGuid():N}@example.com";
        var user = new AppUser
        {
            Id = Guid.NewGuid(),
            Email = email,
            UserName = email,
            NormalizedEmail = email.ToUpperInvariant(),
            NormalizedUserName = email.ToUpperInvariant(),
            SecurityStamp = Guid.NewGuid().ToString(),
            EmailConfirmed = true,
            Role = role,
            CreatedAt = Time.GetUtcNow(),
        };
        await using var db = await Contexts.CreateDbContextAsync();
        db.Add(user);
        await db.SaveChangesAsync();
        return await SignInAsync(new Caller(user.Id, email, role == PlatformRole.Admin));
    }

    /// <summary>The same user in a session that begins now.</summary>
    public async Task<Caller> SignInAsync(Caller user, bool secondFactor = false) =>
        user with { SessionId = (await Get<SessionStore>().BeginAsync(user.UserId, SessionKind.Browser, secondFactor, null, null, default)).Id };

    /// <summary>Gives a user a passkey that no device holds.</summary>
    public async Task AddPasskeyAsync(Caller user)
    {
        await using var db = await Contexts.CreateDbContextAsync();
        db.Add(new IdentityUserPasskey<Guid>
        {
            UserId = user.UserId,
            CredentialId = Guid.NewGuid().ToByteArray(),
            Data = new IdentityPasskeyData { PublicKey = [1], Name = "Phone", CreatedAt = Time.GetUtcNow(), Transports = [], AttestationObject = [], ClientDataJson = [] },
        });
        await db.SaveChangesAsync();
    }

    public async Task<Project> AddProjectAsync(params (Caller Member, ProjectRole Role)[] members)
    {
        var name = ApiUser.NewName("p");
        var project = new Project { Name = name, Namespace = $"bh-{name}", State = ProjectState.Ready, CreatedAt = Time.GetUtcNow() };
        foreach (var (member, role) in members) project.Members.Add(new ProjectMember { ProjectId = project.Id, UserId = member.UserId, Role = role });
        await using var db = await Contexts.CreateDbContextAsync();
        db.Add(project);
        await db.SaveChangesAsync();
        return project;
    }

    public async Task DisposeAsync()
    {
        if (_services is not null) await _services.DisposeAsync();
        await _database.DisposeAsync();
    }
}
