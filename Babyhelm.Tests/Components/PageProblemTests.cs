using System.Net.Sockets;
using Babyhelm.Web;
using Microsoft.AspNetCore.Http;
using Npgsql;

namespace Babyhelm.Tests.Components;

public sealed class PageProblemTests
{
    [Fact]
    public void A_lost_database_is_named_as_such_however_deep_it_hides()
    {
        var refused = new NpgsqlException("x", new SocketException((int)SocketError.ConnectionRefused));

        Assert.Equal(PageProblem.Database, PageProblem.Of(refused));
        Assert.Equal(PageProblem.Database, PageProblem.Of(new InvalidOperationException("y", new InvalidOperationException("z", refused))));
        Assert.Equal(PageProblem.Database, PageProblem.Of(Sql(PostgresErrorCodes.AdminShutdown)));
    }

    [Fact]
    public void A_faulty_statement_is_a_bug()
    {
        Assert.Equal(PageProblem.Bug, PageProblem.Of(Sql(PostgresErrorCodes.UndefinedColumn)));
        Assert.Equal(PageProblem.Bug, PageProblem.Of(new NullReferenceException()));
    }

    [Fact]
    public void An_oversized_form_says_so() =>
        Assert.Equal(413, PageProblem.Of(new BadHttpRequestException("too large", 413)).Status);

    [Theory]
    [InlineData("text/html,*/*", "/projects", true)]
    [InlineData("text/html", "/api/v1/projects", false)]
    [InlineData("text/html", "/healthz/live", false)]
    [InlineData("*/*", "/projects", false)]
    [InlineData("text/html", "/apiary", true)]
    public void Only_browsers_get_pages(string accept, string path, bool page)
    {
        var context = new DefaultHttpContext();
        context.Request.Path = path;
        context.Request.Headers.Accept = accept;

        Assert.Equal(page, ProblemPages.IsPage(context.Request));
    }

    private static PostgresException Sql(string state) => new("x", "FATAL", "FATAL", state);
}
