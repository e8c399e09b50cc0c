using Babyhelm.Web.Components;

namespace Babyhelm.Tests.Components;

public sealed class UrlsTests
{
    [Theory]
    [InlineData("/projects", "/projects")]
    [InlineData("/projects/a?x=1#y", "/projects/a?x=1#y")]
    [InlineData("//evil.example", "/else")]
    [InlineData("/\\evil.example", "/else")]
    [InlineData("https://evil.example", "/else")]
    [InlineData("javascript:alert(1)", "/else")]
    [InlineData("/\t/evil.example", "/else")]
    [InlineData("/a\r\nSet-Cookie: x=1", "/else")]
    [InlineData("", "/else")]
    [InlineData(null, "/else")]
    public void Only_paths_of_this_site_are_followed(string? given, string expected) =>
        Assert.Equal(expected, Urls.Local(given, "/else"));

    [Fact]
    public void Names_from_typed_addresses_are_escaped() =>
        Assert.Equal("/projects/a%2F..%2Fb/apps/c%3Fd/logs", Urls.Application("a/../b", "c?d", "logs"));

    [Fact]
    public void A_foreign_return_address_is_left_out_of_links()
    {
        Assert.Equal("/account/login", Urls.LoginThen("//evil.example"));
        Assert.Equal("/account/login?returnUrl=%2Fprojects%2Fa", Urls.LoginThen("/projects/a"));
    }
}
