using Babyhelm.Core.Manifests;

namespace Babyhelm.Tests.Manifests;

public class CronExpressionTests
{
    [Theory]
    [InlineData("* * * * *")]
    [InlineData("*/5 0-6,12 1,15 jan-mar MON-fri")]
    [InlineData("0  3 ? * ?")]
    [InlineData("5/15 0 31 12 0")]
    public void Good(string text) => Assert.Null(CronExpression.Problem(text));

    [Theory]
    [InlineData("")]
    [InlineData("* * * *")]
    [InlineData("* * * * * *")]
    [InlineData("@daily")]
    [InlineData("TZ=UTC * * * * *")]
    [InlineData("60 * * * *")]
    [InlineData("* 24 * * *")]
    [InlineData("* * 0 * *")]
    [InlineData("* * * 13 *")]
    [InlineData("* * * * 7")]
    [InlineData("*/0 * * * *")]
    [InlineData("*/ * * * *")]
    [InlineData("5-1 * * * *")]
    [InlineData("1,,2 * * * *")]
    [InlineData("-1 * * * *")]
    [InlineData("1-2-3 * * * *")]
    [InlineData("0\n0 * * * *")]
    public void Bad(string text) => Assert.NotNull(CronExpression.Problem(text));
}
