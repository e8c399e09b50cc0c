using System.Net;

namespace Babyhelm.Tests.Integration;

/// <summary>Signing in through a provider, end to end: browser without scripts, Babyhelm, a provider that insists on the rules.</summary>
[Collection(AccountCollection.Name)]
public sealed class ExternalSignInTests(SharedBabyhelm shared)
{
    private static string NewEmail() => $"{Guid.NewGuid():N}@example.com";

    [Fact]
    public async Task A_checked_address_makes_an_account_after_a_question_and_opens_it_the_next_time()
    {
        var email = NewEmail();
        using var browser = new FormClient(shared.App.CreateClient());
        var page = await ComeAsync(browser, new ProvidedUser(email, email, Verified: true));
        Assert.Contains(email, page, StringComparison.Ordinal);
        // Nothing is made before the answer.
        Assert.Empty((await shared.Admin.GetAsync($"admin/users?search={email}"))["users"]!.AsArray());
        Assert.Equal(HttpStatusCode.Redirect, (await browser.SubmitAsync("/account/external", new() { ["_handler"] = "external-register" })).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await browser.Http.GetAsync("/projects")).StatusCode);

        using var again = new FormClient(shared.App.CreateClient());
        await ComeAsync(again, new ProvidedUser(email, "changed-" + email, Verified: false), "/projects");
        Assert.Equal(HttpStatusCode.OK, (await again.Http.GetAsync("/projects")).StatusCode);
        var user = (await shared.Admin.GetAsync($"admin/users?search={email}"))["users"]!.AsArray().Single()!;
        Assert.True(user["emailConfirmed"]!.GetValue<bool>());
        Assert.Equal("user", user["role"]!.GetValue<string>());
    }

    [Fact]
    public async Task The_way_there_carries_a_challenge_and_a_state_of_its_own()
    {
        using var browser = new FormClient(shared.App.CreateClient());
        await ComeAsync(browser, new ProvidedUser(NewEmail(), null, false));
        var first = shared.Provider.LastRequest!;
        Assert.Equal("S256", first["code_challenge_method"]);
        Assert.Equal("openid email", first["scope"]);
        Assert.Equal($"{shared.App.Url.GetLeftPart(UriPartial.Authority)}/account/external/{TestProvider.Name}/callback", first["redirect_uri"]);
        await ComeAsync(browser, new ProvidedUser(NewEmail(), null, false));
        Assert.NotEqual(first["state"], shared.Provider.LastRequest!["state"]);
        Assert.NotEqual(first["code_challenge"], shared.Provider.LastRequest!["code_challenge"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_address_of_an_account_opens_it_to_nobody(bool verified)
    {
        using var user = await ApiUser.RegisterAsync(shared.App);
        using var browser = new FormClient(shared.App.CreateClient());
        var page = await ComeAsync(browser, new ProvidedUser(NewEmail(), user.Email, verified));
        Assert.Contains("external-problem", page, StringComparison.Ordinal);
        await SubmitAnywayAsync(browser);
        Assert.Equal(HttpStatusCode.Redirect, (await browser.Http.GetAsync("/projects")).StatusCode); // to sign-in
    }

    [Fact]
    public async Task An_address_that_the_provider_did_not_check_makes_no_account()
    {
        var email = NewEmail();
        using var browser = new FormClient(shared.App.CreateClient());
        Assert.Contains("external-problem", await ComeAsync(browser, new ProvidedUser(email, email, Verified: false)), StringComparison.Ordinal);
        await SubmitAnywayAsync(browser);
        Assert.Empty((await shared.Admin.GetAsync($"admin/users?search={email}"))["users"]!.AsArray());
    }

    [Fact]
    public async Task A_signed_in_user_links_with_consent_and_comes_in_that_way_until_it_is_unlinked()
    {
        using var user = await ApiUser.RegisterAsync(shared.App);
        using var browser = await FormClient.SignInAsync(shared.App, user.Email);
        var there = new ProvidedUser(NewEmail(), NewEmail(), Verified: true);
        await GoAsync(browser, "/account/external/begin-link", there);
        // Asked, and not linked yet.
        using (var early = new FormClient(shared.App.CreateClient()))
            Assert.DoesNotContain("/projects", await ComeAsync(early, there with { Email = user.Email }), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, (await browser.SubmitAsync("/account/external/link", new() { ["_handler"] = "external-link" })).StatusCode); // with no password
        Assert.Equal(HttpStatusCode.Redirect, (await browser.SubmitAsync("/account/external/link", new() { ["_handler"] = "external-link", ["Input.Password"] = RunningBabyhelm.TestPassword })).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await browser.Http.GetAsync("/projects")).StatusCode); // the cookie goes on

        using (var linked = new FormClient(shared.App.CreateClient())) await ComeAsync(linked, there, "/projects");
        Assert.Equal(HttpStatusCode.Redirect, (await browser.SubmitAsync("/account/security", new() { ["_handler"] = $"unlink-{TestProvider.Name}" })).StatusCode);
        using var after = new FormClient(shared.App.CreateClient());
        Assert.DoesNotContain("/projects", await ComeAsync(after, there), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_answer_for_one_browser_is_worthless_in_another()
    {
        using var victim = new FormClient(shared.App.CreateClient());
        using var attacker = new FormClient(shared.App.CreateClient());
        // The attacker gets as far as the provider's answer and has the victim open it.
        var callback = await CallbackAsync(attacker, new ProvidedUser(NewEmail(), NewEmail(), Verified: true));
        var answer = await victim.Http.GetAsync(callback);
        Assert.Equal(("/account/external", HttpStatusCode.Redirect), (answer.Headers.Location!.OriginalString, answer.StatusCode));
        Assert.Contains("external-problem", await (await victim.Http.GetAsync("/account/external")).Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, (await victim.Http.GetAsync("/projects")).StatusCode);
    }

    [Fact]
    public async Task A_locked_user_does_not_come_in_this_way_either()
    {
        var email = NewEmail();
        var there = new ProvidedUser(email, email, Verified: true);
        using (var browser = new FormClient(shared.App.CreateClient()))
        {
            await ComeAsync(browser, there);
            await browser.SubmitAsync("/account/external", new() { ["_handler"] = "external-register" });
        }
        (await shared.Admin.PatchAsync($"admin/users/{await shared.Admin.UserIdAsync(email)}", new { locked = true })).AssertStatus(204);
        using var again = new FormClient(shared.App.CreateClient());
        Assert.Contains("external-problem", await ComeAsync(again, there), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_foreign_return_address_is_dropped_and_an_unknown_provider_told()
    {
        var email = NewEmail();
        using var browser = new FormClient(shared.App.CreateClient());
        var answer = await browser.SubmitAsync("/account/login", new() { ["provider"] = TestProvider.Name, ["returnUrl"] = "https://evil.example/" }, "/account/external/login");
        shared.Provider.Next = new ProvidedUser(email, email, Verified: true);
        var page = await FollowAsync(browser, answer.Headers.Location!);
        Assert.DoesNotContain("evil.example", page, StringComparison.Ordinal);
        var unknown = await browser.SubmitAsync("/account/login", new() { ["provider"] = "nobody" }, "/account/external/login");
        Assert.Equal("/account/external", unknown.Headers.Location!.OriginalString);
        // Without the form's token nothing begins.
        using var bare = new FormUrlEncodedContent([new("provider", TestProvider.Name)]);
        Assert.Equal(HttpStatusCode.BadRequest, (await browser.Http.PostAsync("/account/external/login", bare)).StatusCode);
    }

    /// <summary>Goes to the provider and comes back, to the end of all redirects.</summary>
    [Fact]
    public async Task Where_a_second_factor_is_required_a_provider_is_not_enough()
    {
        var email = NewEmail();
        await using var rule = await RequiredSecondFactor.OfEveryoneAsync(shared);
        using var browser = new FormClient(shared.App.CreateClient());
        await ComeAsync(browser, new ProvidedUser(email, email, Verified: true));
        Assert.Equal(HttpStatusCode.Redirect, (await browser.SubmitAsync("/account/external", new() { ["_handler"] = "external-register" })).StatusCode);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/projects");
        request.Headers.Accept.ParseAdd("text/html");
        using var answer = await browser.Http.SendAsync(request);
        Assert.Equal("/account/second-factor?returnUrl=%2Fprojects", answer.Headers.Location?.ToString());
    }

    /// <param name="end">Where it ends; null for a page that asks or says something.</param>
    private async Task<string> ComeAsync(FormClient browser, ProvidedUser user, string? end = null)
    {
        var callback = await CallbackAsync(browser, user);
        var page = await FollowAsync(browser, callback);
        if (end is not null) Assert.Equal(end, page);
        return page;
    }

    private async Task<string> GoAsync(FormClient browser, string begin, ProvidedUser user)
    {
        shared.Provider.Next = user;
        var answer = await browser.SubmitAsync("/account/login", new() { ["provider"] = TestProvider.Name }, begin);
        return await FollowAsync(browser, answer.Headers.Location!);
    }

    private async Task<Uri> CallbackAsync(FormClient browser, ProvidedUser user)
    {
        shared.Provider.Next = user;
        var begun = await browser.SubmitAsync("/account/login", new() { ["provider"] = TestProvider.Name, ["returnUrl"] = "/projects" }, "/account/external/login");
        using var direct = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false });
        return (await direct.GetAsync(begun.Headers.Location)).Headers.Location!;
    }

    /// <summary>The last page's text; its path where it asks nobody anything.</summary>
    private static async Task<string> FollowAsync(FormClient browser, Uri next)
    {
        using var direct = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false });
        for (var hops = 0; hops < 8; hops++)
        {
            next = new Uri(browser.Http.BaseAddress!, next);
            if (next.AbsolutePath == "/projects") return next.AbsolutePath;
            var answer = next.Port != browser.Http.BaseAddress!.Port ? await direct.GetAsync(next) : await browser.Http.GetAsync(next);
            if (answer.Headers.Location is { } location) next = location;
            else return await answer.Content.ReadAsStringAsync();
        }
        throw new InvalidOperationException($"Redirected without end, last to {next}.");
    }

    /// <summary>Sends the form that the page does not show.</summary>
    private static async Task SubmitAnywayAsync(FormClient browser) =>
        await browser.SubmitAsync("/account/login", new() { ["_handler"] = "external-register" }, "/account/external");
}
