using System.Net.Sockets;
using System.Security.Claims;
using Babyhelm.Core.Accounts;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Tests.Common;
using Babyhelm.Web.Account;
using Babyhelm.Web.Features.Applications;
using Babyhelm.Web.Features.Projects;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Babyhelm.Tests.Components;

/// <summary>What open pages do while the database is away.</summary>
public sealed class DatabaseAwayTests
{
    private static readonly NpgsqlException Away = new("refused", new SocketException());

    [Fact]
    public async Task Nobody_is_signed_out()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton(TimeProvider.System);
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(
            [new("ConnectionStrings:Babyhelm", "Host=127.0.0.1;Port=1;Username=x;Password=x;Database=x")]).Build();
        services.AddSingleton<IConfiguration>(configuration).AddSingleton<IWorkQueue, NoWork>();
        services.AddAuthentication();
        services.AddData(configuration);
        services.AddAccounts();
        await using var provider = services.BuildServiceProvider();
        var identity = provider.GetRequiredService<IOptions<IdentityOptions>>();
        var user = new ClaimsPrincipal(new ClaimsIdentity(
            [new Claim(identity.Value.ClaimsIdentity.UserIdClaimType, Guid.NewGuid().ToString()), new Claim(Caller.SessionClaim, Guid.NewGuid().ToString())], "test"));
        using var revalidation = new CircuitUserRevalidation(NullLoggerFactory.Instance, provider.GetRequiredService<IServiceScopeFactory>(), Options.Create(new CircuitOptions()));

        Assert.True(await revalidation.IsValidAsync(new AuthenticationState(user), default));
        Assert.False(await revalidation.IsValidAsync(new AuthenticationState(new ClaimsPrincipal(new ClaimsIdentity())), default)); // no user to ask for
    }

    [Fact]
    public async Task A_new_project_keeps_its_name_and_says_so()
    {
        var model = new NewProjectModel(_ => throw Away);
        model.Type("shop");

        Assert.Null(await model.SubmitAsync());

        Assert.IsType<Unavailable>(model.Error);
        Assert.Equal(("shop", false), (model.Name, model.Busy));
    }

    [Fact]
    public async Task An_application_keeps_all_that_was_typed()
    {
        var form = AppForm.New();
        form.SetImage("nginx");
        var model = new AppFormModel(form, (_, _) => throw Away);

        Assert.Null(await model.SubmitAsync());

        Assert.IsType<Unavailable>(model.Error);
        Assert.Equal(("nginx", false), (model.Form.Image, model.Busy));
    }

    [Fact]
    public async Task Another_image_stays_typed()
    {
        var model = new RedeployModel((_, _, _) => throw Away);
        model.Type("nginx:2");

        Assert.Null(await model.SubmitAsync());

        Assert.Contains("database", model.Problem, StringComparison.Ordinal);
        Assert.Equal("nginx:2", model.Image);
    }

    [Fact]
    public async Task A_bug_is_no_outage()
    {
        var model = new NewProjectModel(_ => throw new InvalidOperationException());
        model.Type("shop");

        await Assert.ThrowsAsync<InvalidOperationException>(model.SubmitAsync);
    }
}
