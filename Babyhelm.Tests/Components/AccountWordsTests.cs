using Babyhelm.Core.Common;
using Babyhelm.Web;
using Babyhelm.Web.Account;
using Babyhelm.Web.Account.Own;
using Babyhelm.Web.Components;

namespace Babyhelm.Tests.Components;

public sealed class AccountWordsTests
{
    [Theory]
    [InlineData("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36", "Chrome on Linux")]
    [InlineData("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows")]
    [InlineData("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1", "Safari on iPhone")]
    [InlineData("Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0", "Firefox on Android")]
    [InlineData("curl/8.5.0", "curl/8.5.0")]
    [InlineData("", "unknown")]
    [InlineData(null, "unknown")]
    public void An_agent_is_told_in_words(string? agent, string words) => Assert.Equal(words, AgentText.Of(agent));

    [Fact]
    public void A_long_agent_is_cut() => Assert.Equal(40, AgentText.Of(new string('x', 256)).Length);

    [Fact]
    public void Faults_are_told_once_by_the_field_or_above_the_form()
    {
        var faults = new FormFaults(new Invalid([new Fault("email", "a"), new Fault("code", "b")]), "email");
        Assert.Equal(["a"], faults.Of("email"));
        Assert.Equal("true", faults.Aria("email"));
        Assert.Equal("b", faults.Rest?.Message);
        Assert.Null(new FormFaults(new Invalid("email", "a"), "email").Rest);
        Assert.Equal("gone", new FormFaults(new NotFound("gone"), "email").Rest?.Message);
        Assert.False(FormFaults.None.Any);
        Assert.Null(FormFaults.None.Rest);
    }

    [Fact]
    public void A_code_becomes_a_picture_without_script()
    {
        var svg = QrCode.Svg("otpauth://totp/Babyhelm:ada%40example.com?secret=ABCDEFGHIJKLMNOP&issuer=Babyhelm&digits=6").Value;
        Assert.StartsWith("<svg viewBox=\"0 0 ", svg, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", svg, StringComparison.Ordinal);
        Assert.DoesNotContain("style", svg, StringComparison.Ordinal);
        Assert.NotEqual(svg, QrCode.Svg("otpauth://totp/Babyhelm:bob%40example.com").Value);
    }

    [Theory]
    [InlineData("/projects/shop", true, false, "/account/login-code?remember=true&returnUrl=%2Fprojects%2Fshop")]
    [InlineData("//evil.example", false, true, "/account/login-code?recovery=true")]
    [InlineData(null, false, false, "/account/login-code")]
    public void The_second_step_keeps_where_to_go(string? returnUrl, bool remember, bool recovery, string url) =>
        Assert.Equal(url, Urls.LoginCode(returnUrl, remember, recovery));

    [Fact]
    public void Time_zones_have_names_of_places()
    {
        Assert.Contains("Europe/Berlin", TimeZones.All);
        Assert.Equal("UTC", TimeZones.All[0]);
        Assert.Equal(TimeZones.All.Count, TimeZones.All.Distinct().Count());
    }
}
