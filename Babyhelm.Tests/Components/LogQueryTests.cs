using Babyhelm.Web.Features.Applications;

namespace Babyhelm.Tests.Components;

public sealed class LogQueryTests
{
    [Fact]
    public void What_is_usual_is_not_in_the_address()
    {
        var usual = LogQuery.Of(null, null, null, null, null, null, null);
        Assert.Equal(new LogQuery(null, false, true, null, false, false, true), usual);
        Assert.Equal("/x", usual.On("/x"));
    }

    [Fact]
    public void Everything_else_is()
    {
        var query = new LogQuery("web-1", true, false, "a&b <c>", true, true, false);
        Assert.Equal("/x?pod=web-1&previous=1&follow=0&q=a%26b%20%3Cc%3E&only=1&times=1&wrap=0", query.On("/x"));
        Assert.Equal(query, LogQuery.Of("web-1", "1", "0", "a&b <c>", "1", "1", "0"));
        Assert.Equal("/download/projects/shop/apps/web/log.txt?pod=web-1&previous=true&times=true", query.Download("shop", "web"));
    }
}
