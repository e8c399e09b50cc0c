using System.Net;

namespace Babyhelm.Tests.Integration;

/// <summary>Forms with values that no page sends: refused with a sentence, and never taken for something else.</summary>
[Collection(AccountCollection.Name)]
public sealed class FormValueTests(SharedBabyhelm shared)
{
    [Theory]
    [InlineData("Token.Scope", "emperor", "Choose read, deploy or admin.")]
    [InlineData("Token.Scope", "Session", "Choose read, deploy or admin.")]
    [InlineData("Token.Scope", "3", "Choose read, deploy or admin.")]
    [InlineData("Token.Days", "abc", "Choose how long it is good.")]
    [InlineData("Token.Days", "-1", "Choose how long it is good.")]
    [InlineData("Token.Days", "", "Choose how long it is good.")]
    [InlineData("Token.Project", "abc", "There is no such project (any more).")]
    public async Task A_token_is_made_from_nothing_that_can_not_be_read(string field, string value, string says)
    {
        using var user = await ApiUser.RegisterAsync(shared.App);
        using var browser = await FormClient.SignInAsync(shared.App, user.Email);
        var fields = new Dictionary<string, string> { ["_handler"] = "new-token", ["Token.Name"] = "x", ["Token.Scope"] = "Read", ["Token.Days"] = "7", ["Token.Project"] = "" };
        fields[field] = value;
        using var answer = await browser.SubmitAsync("/account/tokens", fields);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(says, WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync()), StringComparison.Ordinal);
        Assert.Empty((await user.GetAsync("me/tokens")).AssertStatus(200).Json.AsArray());
    }

    [Theory]
    [InlineData("https://evil.example/")]
    [InlineData("//evil.example/")]
    [InlineData("/\\evil.example")]
    [InlineData("javascript:alert(1)")]
    [InlineData("/\t/evil.example")]
    public async Task Nobody_is_led_to_another_site(string returnUrl)
    {
        using var user = await ApiUser.RegisterAsync(shared.App);
        var there = Uri.EscapeDataString(returnUrl);
        using var browser = new FormClient(shared.App.CreateClient());
        var answers = new List<HttpResponseMessage>
        {
            await browser.SubmitAsync($"/account/register?returnUrl={there}", new() { ["_handler"] = "register", ["Input.Email"] = $"{Guid.NewGuid():N}@example.com", ["Input.Password"] = RunningBabyhelm.TestPassword }),
            await browser.SubmitAsync("/account/sessions", new() { ["returnUrl"] = returnUrl }, "/account/logout"),
            await browser.SubmitAsync($"/account/login?returnUrl={there}", new() { ["_handler"] = "login", ["Input.Email"] = user.Email, ["Input.Password"] = RunningBabyhelm.TestPassword }),
        };
        foreach (var answer in answers)
        {
            Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
            var to = new Uri(shared.App.Url, answer.Headers.Location!);
            Assert.True(to.Authority == shared.App.Url.Authority, $"led to {to}");
            answer.Dispose();
        }
    }

    [Theory]
    [InlineData("/account", "preferences", "Preferences.Theme", "pink", HttpStatusCode.BadRequest)]
    [InlineData("/account", "preferences", "Preferences.Theme", "7", HttpStatusCode.BadRequest)]
    [InlineData("/account/sessions", "end", "Id", "nonsense", HttpStatusCode.Conflict)]
    [InlineData("/account/sessions", "nonsense", "Id", "x", HttpStatusCode.BadRequest)]
    public async Task Nothing_is_done_and_nothing_fails(string page, string form, string field, string value, HttpStatusCode expected)
    {
        using var user = await ApiUser.RegisterAsync(shared.App);
        using var browser = await FormClient.SignInAsync(shared.App, user.Email);
        using var answer = await browser.SubmitAsync(page, new() { ["_handler"] = form, [field] = value });
        Assert.Equal(expected, answer.StatusCode);
        Assert.Equal("system", (await user.GetAsync("me/account"))["theme"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_pasted_password_is_never_cut()
    {
        using var browser = new FormClient(shared.App.CreateClient());
        Assert.DoesNotContain("maxlength=\"128\"", await browser.Http.GetStringAsync("/account/register"), StringComparison.Ordinal);
        using var answer = await browser.SubmitAsync("/account/register", new() { ["_handler"] = "register", ["Input.Email"] = $"{Guid.NewGuid():N}@example.com", ["Input.Password"] = new string('x', 100) + Guid.NewGuid() });
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("at most 128 characters", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }
}
