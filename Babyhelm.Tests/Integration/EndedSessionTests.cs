using System.Net;
using Babyhelm.Core.Accounts;
using Babyhelm.Core.Accounts.Sessions;
using Microsoft.Extensions.DependencyInjection;

namespace Babyhelm.Tests.Integration;

/// <summary>A cookie whose session was ended is worthless with the next request, not only after a minute.</summary>
[Collection(AccountCollection.Name)]
public sealed class EndedSessionTests(SharedBabyhelm shared)
{
    [Theory]
    [InlineData("lock")]
    [InlineData("delete")]
    [InlineData("reset")]
    [InlineData("two-factor")]
    [InlineData("sessions")]
    [InlineData("own")]
    [InlineData("other process")]
    public async Task Whoever_ends_it_it_is_over_at_once(string how)
    {
        using var user = await ApiUser.RegisterAsync(shared.App);
        using var browser = await FormClient.SignInAsync(shared.App, user.Email);
        Assert.Equal(HttpStatusCode.OK, await OpenAsync(browser, "/projects"));
        var id = await shared.Admin.UserIdAsync(user.Email);
        switch (how)
        {
            case "lock": (await shared.Admin.PatchAsync($"admin/users/{id}", new { locked = true })).AssertStatus(204); break;
            case "delete": (await shared.Admin.DeleteAsync($"admin/users/{id}")).AssertStatus(204); break;
            case "reset": (await shared.Admin.PatchAsync($"admin/users/{id}", new { mustResetPassword = true })).AssertStatus(204); break;
            case "two-factor": (await shared.Admin.PatchAsync($"admin/users/{id}", new { twoFactor = false })).AssertStatus(204); break;
            case "sessions": (await shared.Admin.DeleteAsync($"admin/users/{id}/sessions")).AssertStatus(204); break;
            case "own": (await user.DeleteAsync("me/sessions")).AssertStatus(204); break;
            default:
                // As another process does it: nothing but the row is gone.
                await using (var other = MigratedDatabase.Reach($"{shared.App.Connection};Pooling=false"))
                    foreach (var session in (await user.GetAsync("me/sessions")).AssertStatus(200).Json.AsArray().Where(s => s!["kind"]!.GetValue<string>() == "browser"))
                        await other.GetRequiredService<SessionStore>().EndAsync(Guid.Parse(session!["id"]!.GetValue<string>()), default);
                break;
        }
        Assert.Equal(HttpStatusCode.Redirect, await OpenAsync(browser, "/projects")); // to sign-in
        Assert.Equal(HttpStatusCode.OK, await OpenAsync(browser, "/")); // as anybody
    }

    [Fact]
    public async Task A_copy_of_the_cookie_of_who_signed_out_is_worth_nothing_and_it_is_on_record()
    {
        using var user = await ApiUser.RegisterAsync(shared.App);
        using var browser = new FormClient(shared.App.CreateClient());
        var signedIn = await browser.SubmitAsync("/account/login", new() { ["_handler"] = "login", ["Input.Email"] = user.Email, ["Input.Password"] = RunningBabyhelm.TestPassword });
        var cookie = signedIn.Headers.GetValues("Set-Cookie").Select(c => c.Split(';')[0]).Single(c => c.StartsWith("babyhelm=", StringComparison.Ordinal));
        using var copy = shared.App.CreateClient();
        Assert.Equal(HttpStatusCode.OK, await OpenAsync(copy, "/projects", cookie));
        Assert.Equal(HttpStatusCode.Redirect, (await browser.SubmitAsync("/account/sessions", [], "/account/logout")).StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, await OpenAsync(copy, "/projects", cookie));
        var entries = (await shared.Admin.GetAsync($"audit?actor={user.Email}&action=user.sign-out")).AssertStatus(200)["entries"]!.AsArray();
        Assert.Single(entries);
    }

    [Fact]
    public async Task Who_signs_in_again_in_the_same_browser_ends_the_session_that_was_there()
    {
        using var first = await ApiUser.RegisterAsync(shared.App);
        using var second = await ApiUser.RegisterAsync(shared.App);
        using var browser = new FormClient(shared.App.CreateClient());
        var cookies = new List<string>();
        foreach (var user in new[] { first, first, second })
        {
            var signedIn = await browser.SubmitAsync("/account/login", new() { ["_handler"] = "login", ["Input.Email"] = user.Email, ["Input.Password"] = RunningBabyhelm.TestPassword });
            cookies.Add(signedIn.Headers.GetValues("Set-Cookie").Select(c => c.Split(';')[0]).Single(c => c.StartsWith("babyhelm=", StringComparison.Ordinal)));
        }
        Assert.Equal(3, cookies.Distinct().Count()); // no cookie of before is worth anything after
        using var copy = shared.App.CreateClient();
        Assert.Equal(HttpStatusCode.Redirect, await OpenAsync(copy, "/projects", cookies[0]));
        Assert.Equal(HttpStatusCode.Redirect, await OpenAsync(copy, "/projects", cookies[1])); // somebody else's sign-in ends it too
        Assert.Equal(HttpStatusCode.OK, await OpenAsync(copy, "/projects", cookies[2]));
        Assert.Equal(HttpStatusCode.OK, await OpenAsync(browser, "/projects"));
        Assert.DoesNotContain((await first.GetAsync("me/sessions")).AssertStatus(200).Json.AsArray(), s => s!["kind"]!.GetValue<string>() == "browser");
    }

    [Fact]
    public async Task A_role_that_was_taken_away_opens_no_page_any_more()
    {
        using var user = await ApiUser.RegisterAsync(shared.App);
        var id = await shared.Admin.UserIdAsync(user.Email);
        (await shared.Admin.PatchAsync($"admin/users/{id}", new { role = nameof(PlatformRole.Admin).ToLowerInvariant() })).AssertStatus(204);
        using var browser = await FormClient.SignInAsync(shared.App, user.Email);
        Assert.Equal(HttpStatusCode.OK, await OpenAsync(browser, "/admin/users"));
        (await shared.Admin.PatchAsync($"admin/users/{id}", new { role = "user" })).AssertStatus(204);
        Assert.Equal(HttpStatusCode.Redirect, await OpenAsync(browser, "/admin/users")); // to the page that says no
        Assert.Equal(HttpStatusCode.OK, await OpenAsync(browser, "/projects"));
        // That it was tried is on record, by the page and not by what was typed.
        var noted = (await shared.Admin.GetAsync($"audit?actor={user.Email}&action=page.open&outcome=refused")).AssertStatus(200)["entries"]!.AsArray();
        Assert.Equal("page/admin/users", Assert.Single(noted)!["subject"]!.GetValue<string>());
    }

    private static Task<HttpStatusCode> OpenAsync(FormClient browser, string path) => OpenAsync(browser.Http, path, null);

    private static async Task<HttpStatusCode> OpenAsync(HttpClient http, string path, string? cookie)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.ParseAdd("text/html");
        if (cookie is not null) request.Headers.Add("Cookie", cookie);
        using var answer = await http.SendAsync(request);
        return answer.StatusCode;
    }
}
