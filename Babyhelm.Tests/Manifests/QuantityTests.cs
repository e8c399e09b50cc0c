using Babyhelm.Core.Manifests;

namespace Babyhelm.Tests.Manifests;

public class QuantityTests
{
    [Theory]
    [InlineData("0", "0")]
    [InlineData("100m", "0.1")]
    [InlineData("1.5", "1.5")]
    [InlineData(".5", "0.5")]
    [InlineData("5.", "5")]
    [InlineData("1u", "0.000001")]
    [InlineData("1n", "0.000000001")]
    [InlineData("2k", "2000")]
    [InlineData("1Ki", "1024")]
    [InlineData("1.5Gi", "1610612736")]
    [InlineData("1E", "1000000000000000000")]
    [InlineData("1E3", "1000")]
    [InlineData("1e3", "1000")]
    [InlineData("1e+3", "1000")]
    [InlineData("25e-1", "2.5")]
    [InlineData("0e99", "0")]
    public void Reads_every_notation(string text, string value) =>
        Assert.Equal(decimal.Parse(value), Quantity.Parse(text).Value.Value);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("m")]
    [InlineData(".")]
    [InlineData("1.2.3")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData("1 Gi")]
    [InlineData("1gi")]
    [InlineData("1K")]
    [InlineData("1KiB")]
    [InlineData("0x10")]
    [InlineData("1e")]
    [InlineData("1e3m")]
    [InlineData("1e99")]
    [InlineData("100E")]
    [InlineData("9999999999999999999999999999999")]
    [InlineData("1e-10")]
    [InlineData("0.1n")]
    [InlineData("١")]
    [InlineData("1\n")]
    public void Refuses_all_else(string? text) => Assert.NotNull(Quantity.Parse(text).Error);

    [Fact]
    public void Compares_by_value() => Assert.True(Quantity.Parse("1Gi").Value.CompareTo(Quantity.Parse("1G").Value) > 0);
}
