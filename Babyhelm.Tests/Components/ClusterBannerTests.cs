using System.Security.Claims;
using Babyhelm.Core.Accounts;
using Babyhelm.Web.Components;
using Babyhelm.Web.Components.Layout;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.Extensions.DependencyInjection;

namespace Babyhelm.Tests.Components;

/// <summary>What people read while the cluster is away.</summary>
public sealed class ClusterBannerTests
{
    private static readonly ClusterStatus Away = new(false, new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), "The cluster can't be reached.")
    {
        Cause = "The token file /var/run/token cannot be read.",
    };

    [Theory]
    [InlineData(PlatformRole.User, false)]
    [InlineData(PlatformRole.Admin, true)]
    public async Task Where_the_cluster_is_and_what_is_wrong_with_it_is_for_platform_admins(PlatformRole role, bool told)
    {
        var user = new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Role, role.ToString())], "test"));
        await using var services = new ServiceCollection().AddLogging().AddAuthorizationCore()
            .AddCascadingValue(_ => Away).AddCascadingValue(_ => Task.FromResult(new AuthenticationState(user)))
            .AddSingleton<NavigationManager, Here>().BuildServiceProvider();
        await using var page = new PageRenderer(services);
        await page.ShowAsync<ClusterBanner>();
        var text = await page.TextAsync();
        Assert.Contains("The cluster has not answered for", text, StringComparison.Ordinal);
        Assert.Equal(told, text.Contains("/var/run/token", StringComparison.Ordinal));
        Assert.Equal(told, text.Contains(Urls.Cluster, StringComparison.Ordinal));
        Assert.Empty(page.Faults);
    }

    private sealed class Here : NavigationManager
    {
        public Here() => Initialize("http://localhost/", "http://localhost/");
    }
}
