using Babyhelm.Web;
using Babyhelm.Web.Account;
using Microsoft.AspNetCore.Http;

namespace Babyhelm.Tests.Components;

public sealed class SignInCookieTests
{
    [Theory]
    [InlineData("localhost:5080", "http", false)]
    [InlineData("web-shop.apps.localhost:5080", "http", false)]
    [InlineData("127.0.0.1:5080", "http", false)]
    [InlineData("[::1]:5080", "http", false)]
    [InlineData("babyhelm.example", "http", true)]
    [InlineData("localhost.example", "http", true)]
    [InlineData("10.0.0.7:5080", "http", true)]
    [InlineData("localhost", "https", true)]
    public void Cookies_are_secure_everywhere_but_on_loopback(string host, string scheme, bool secure)
    {
        var context = new DefaultHttpContext();
        context.Request.Host = new HostString(host);
        context.Request.Scheme = scheme;

        Assert.Equal(secure, new LoopbackAwareCookie { Name = "c" }.Build(context).Secure);
    }

    [Theory]
    [InlineData("localhost:5080", "http", "c=v")]
    [InlineData("babyhelm.example", "https", "__Host-c=v")]
    public void A_secure_sign_in_belongs_to_its_host_alone(string host, string scheme, string sent)
    {
        var context = new DefaultHttpContext();
        context.Request.Host = new HostString(host);
        context.Request.Scheme = scheme;
        var manager = new HostCookieManager();

        manager.AppendResponseCookie(context, "c", "v", new LoopbackAwareCookie { Name = "c" }.Build(context));

        Assert.StartsWith(sent, context.Response.Headers.SetCookie.ToString(), StringComparison.Ordinal);
        Assert.Contains("path=/", context.Response.Headers.SetCookie.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("domain", context.Response.Headers.SetCookie.ToString(), StringComparison.Ordinal);
        context.Request.Headers.Cookie = sent;
        Assert.Equal("v", manager.GetRequestCookie(context, "c"));
    }

    [Theory]
    [InlineData("light", "light")]
    [InlineData("dark", "dark")]
    [InlineData("\"><script>", "system")]
    [InlineData(null, "system")]
    public void Only_known_themes_reach_the_page(string? cookie, string theme)
    {
        var context = new DefaultHttpContext();
        if (cookie is not null) context.Request.Headers.Cookie = $"{ThemeChoice.Cookie}={cookie}";

        Assert.Equal(theme, ThemeChoice.Of(context.Request));
    }
}
