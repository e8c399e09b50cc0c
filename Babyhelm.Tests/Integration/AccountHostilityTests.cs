using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;

namespace Babyhelm.Tests.Integration;

/// <summary>What strangers and other tenants try with accounts.</summary>
[Collection(AccountCollection.Name)]
public sealed partial class AccountHostilityTests(SharedBabyhelm shared) : IDisposable
{
    private readonly ApiUser _anonymous = new(shared.App.CreateClient());

    public void Dispose() => _anonymous.Dispose();

    [Fact]
    public async Task Spraying_one_password_over_many_accounts_is_slowed_down()
    {
        using var attacker = new ApiUser(shared.App.CreateClient());
        var answers = await Task.WhenAll(Enumerable.Range(0, 60).Select(i =>
            attacker.PostAsync("auth/login", new { email = $"user{i}@example.com", password = "correct horse battery" })));
        Assert.InRange(answers.Count(a => a.Status == 429), 25, 60);
        Assert.All(answers.Where(a => a.Status != 429), a => a.AssertProblem(401, "sign-in-refused"));
    }

    [Fact]
    public async Task A_forgotten_password_answers_alike_for_every_address()
    {
        using var user = await ApiUser.RegisterAsync(shared.App);
        // The first one warms up what both need.
        (await _anonymous.PostAsync("auth/forgot-password", new { email = user.Email })).AssertStatus(202);
        var (known, unknown) = (await TimedAsync(user.Email), await TimedAsync($"{Guid.NewGuid():N}@example.com"));
        Assert.Equal(known.Answer, unknown.Answer);
        // Both wait for the same time, which is longer than the work takes.
        Assert.All([known.Took, unknown.Took], took => Assert.True(took >= TimeSpan.FromMilliseconds(390), $"{took}"));
        // Whoever asks again at once floods no mailbox.
        Assert.Equal(1, await MailsAsync(user.Email, "Choose a new password"));
        Assert.Equal(1, await AskedAsync());
        await TestDatabase.ScalarAsync<int>(shared.App.Connection, $"UPDATE outgoing_mails SET created_at = created_at - interval '10 minutes' WHERE \"to\" = '{user.Email}'");
        (await _anonymous.PostAsync("auth/forgot-password", new { email = user.Email })).AssertStatus(202);
        Assert.Equal(2, await MailsAsync(user.Email, "Choose a new password"));
        Assert.Equal(2, await AskedAsync());

        async Task<int> AskedAsync() => (await shared.Admin.GetAsync($"audit?action=user.forgot-password&actor={user.Email}")).AssertStatus(200)["entries"]!.AsArray().Count;

        async Task<(Answer Answer, TimeSpan Took)> TimedAsync(string email)
        {
            var watch = Stopwatch.StartNew();
            return (await _anonymous.PostAsync("auth/forgot-password", new { email }), watch.Elapsed);
        }
    }

    [Theory]
    [InlineData("a@example.com\r\nBcc: victim@example.com")]
    [InlineData("a@example.com, victim@example.com")]
    [InlineData("\"a\r\nb\"@example.com")]
    [InlineData("<a@example.com>")]
    [InlineData("a@example.com\0")]
    public async Task An_address_can_bring_no_header_into_a_mail(string email)
    {
        (await _anonymous.PostAsync("auth/register", new { email, password = RunningBabyhelm.TestPassword })).AssertProblem(400, "invalid");
        (await _anonymous.PostAsync("auth/forgot-password", new { email })).AssertStatus(202);
        (await shared.Admin.PostAsync("admin/invitations", new { email })).AssertProblem(400, "invalid");
        Assert.Empty(await shared.Admin.MailsAsync("victim"));
    }

    [Theory]
    [InlineData("auth/register", """{"email":"x@example.com","password":"a good long one","role":"admin"}""")]
    [InlineData("auth/register", """{"email":"x@example.com","password":"a good long one","emailConfirmed":true}""")]
    [InlineData("me/tokens", """{"name":"x","scope":"read","userId":"00000000-0000-0000-0000-000000000001"}""")]
    [InlineData("projects", """{"name":"xx","owner":"x@example.com"}""")]
    public async Task What_a_body_may_not_say_is_refused_and_not_dropped(string path, string body)
    {
        using var user = await ApiUser.RegisterAsync(shared.App);
        (await user.SendAsync(HttpMethod.Post, path, body)).AssertProblem(400, "invalid-body");
    }

    [Fact]
    public async Task Nobody_makes_themselves_more_than_they_are()
    {
        using var owner = await ApiUser.RegisterAsync(shared.App);
        using var viewer = await ApiUser.RegisterAsync(shared.App);
        var project = await owner.CreateProjectAsync();
        await shared.Admin.PatchAsync($"admin/users/{await shared.Admin.UserIdAsync(viewer.Email)}", new { confirmed = true });
        (await owner.PutAsync($"projects/{project}/members/{viewer.Email}", new { role = "viewer" })).AssertStatus(202);
        (await viewer.PostAsync($"me/invitations/{project}/accept", null)).AssertStatus(204);
        (await viewer.PutAsync($"projects/{project}/members/{viewer.Email}", new { role = "owner" })).AssertProblem(403, "forbidden");
        (await viewer.PostAsync($"projects/{project}/transfer", new { email = viewer.Email })).AssertProblem(403, "forbidden");
        (await viewer.PostAsync($"me/invitations/{project}/accept", null)).AssertProblem(404, "not-found");
        (await owner.PutAsync($"projects/{project}/members/{viewer.Email}", new { role = "emperor" })).AssertProblem(400, "invalid-body");
        (await owner.PutAsync($"projects/{project}/members/{viewer.Email}", new { role = 7 })).AssertProblem(400, "invalid-body");
        (await viewer.PatchAsync($"admin/users/{await shared.Admin.UserIdAsync(viewer.Email)}", new { role = "admin" })).AssertProblem(403, "forbidden");
    }

    [Fact]
    public async Task An_unconfirmed_address_sees_no_invitation_of_its_owner()
    {
        using var owner = await ApiUser.RegisterAsync(shared.App);
        var project = await owner.CreateProjectAsync();
        // Somebody registers an address that is not theirs, without opening any mail.
        using var squatter = await ApiUser.RegisterAsync(shared.App);
        (await owner.PutAsync($"projects/{project}/members/{squatter.Email}", new { role = "editor" })).AssertStatus(202);
        Assert.Empty((await squatter.GetAsync("me/invitations")).AssertStatus(200).Json.AsArray());
        (await squatter.PostAsync($"me/invitations/{project}/accept", null)).AssertProblem(404, "not-found");
        (await squatter.GetAsync($"projects/{project}")).AssertProblem(404, "not-found");
    }

    [Fact]
    public async Task An_invitation_answers_alike_whether_there_is_an_account_or_not()
    {
        using var owner = await ApiUser.RegisterAsync(shared.App);
        using var registered = await ApiUser.RegisterAsync(shared.App);
        var project = await owner.CreateProjectAsync();
        var unknown = $"{Guid.NewGuid():N}@example.com";
        var (a, b) = (await owner.PutAsync($"projects/{project}/members/{registered.Email}", new { role = "viewer" }), await owner.PutAsync($"projects/{project}/members/{unknown}", new { role = "viewer" }));
        Assert.Equal(Plain(a, registered.Email), Plain(b, unknown));

        static (int, string) Plain(Answer answer, string email) => (answer.Status, Time().Replace(answer.Text.Replace(email, "?", StringComparison.Ordinal), "?"));
    }

    [Fact]
    public async Task A_reset_link_is_good_once_and_ends_every_session()
    {
        using var user = await ApiUser.RegisterAsync(shared.App);
        (await _anonymous.PostAsync("auth/forgot-password", new { email = user.Email })).AssertStatus(202);
        var (id, code) = await LinkAsync(user.Email, "Choose a new password");
        (await _anonymous.PostAsync("auth/reset-password", new { user = id, code, password = "short" })).AssertProblem(400, "invalid");
        (await _anonymous.PostAsync("auth/reset-password", new { user = id, code, password = "another horse battery" })).AssertStatus(204);
        (await _anonymous.PostAsync("auth/reset-password", new { user = id, code, password = "a third horse battery" })).AssertProblem(400, "invalid");
        (await user.GetAsync("me")).AssertProblem(401, "unauthorized");
        (await _anonymous.PostAsync("auth/login", new { email = user.Email, password = RunningBabyhelm.TestPassword })).AssertProblem(401, "sign-in-refused");
        (await _anonymous.PostAsync("auth/login", new { email = user.Email, password = "another horse battery" })).AssertStatus(200);
        // A link of one account is worthless for another.
        using var other = await ApiUser.RegisterAsync(shared.App);
        (await _anonymous.PostAsync("auth/forgot-password", new { email = other.Email })).AssertStatus(202);
        var (_, second) = await LinkAsync(other.Email, "Choose a new password");
        (await _anonymous.PostAsync("auth/reset-password", new { user = await shared.Admin.UserIdAsync(shared.Admin.Email), code = second, password = "a third horse battery" })).AssertProblem(400, "invalid");
    }

    [Fact]
    public async Task A_reset_leaves_two_factor_on()
    {
        using var user = await ApiUser.RegisterAsync(shared.App);
        var key = await RequiredSecondFactor.SetUpAsync(user);
        (await _anonymous.PostAsync("auth/forgot-password", new { email = user.Email })).AssertStatus(202);
        var (id, code) = await LinkAsync(user.Email, "Choose a new password");
        (await _anonymous.PostAsync("auth/reset-password", new { user = id, code, password = "another horse battery" })).AssertStatus(204);
        (await _anonymous.PostAsync("auth/login", new { email = user.Email, password = "another horse battery" })).AssertProblem(401, "two-factor-required");
        (await _anonymous.PostAsync("auth/login", new { email = user.Email, password = "another horse battery", twoFactorCode = RequiredSecondFactor.CodeOf(key, ahead: 1) })).AssertStatus(200);
    }

    [Fact]
    public async Task A_forced_new_password_keeps_the_old_one_out()
    {
        using var user = await ApiUser.RegisterAsync(shared.App);
        (await shared.Admin.PatchAsync($"admin/users/{await shared.Admin.UserIdAsync(user.Email)}", new { mustResetPassword = true })).AssertStatus(204);
        (await user.GetAsync("me")).AssertProblem(401, "unauthorized");
        (await _anonymous.PostAsync("auth/login", new { email = user.Email, password = RunningBabyhelm.TestPassword })).AssertProblem(401, "new-password-required");
        var (id, code) = await LinkAsync(user.Email, "A new password is needed");
        (await _anonymous.PostAsync("auth/reset-password", new { user = id, code, password = "another horse battery" })).AssertStatus(204);
        (await _anonymous.PostAsync("auth/login", new { email = user.Email, password = "another horse battery" })).AssertStatus(200);
    }

    [Fact]
    public async Task The_cookie_of_a_browser_opens_no_API_and_a_token_in_an_address_neither()
    {
        using var user = await ApiUser.RegisterAsync(shared.App);
        using var browser = await FormClient.SignInAsync(shared.App, user.Email);
        Assert.Equal(HttpStatusCode.OK, (await browser.Http.GetAsync("/projects")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await browser.Http.GetAsync("/api/v1/me")).StatusCode);
        using var named = shared.App.CreateClient();
        var token = (await _anonymous.PostAsync("auth/login", new { email = user.Email, password = RunningBabyhelm.TestPassword }))["accessToken"]!.GetValue<string>();
        Assert.Equal(HttpStatusCode.Unauthorized, (await named.GetAsync($"/api/v1/me?access_token={token}")).StatusCode);
    }

    [Fact]
    public async Task A_form_from_another_site_is_refused()
    {
        using var user = await ApiUser.RegisterAsync(shared.App);
        using var browser = await FormClient.SignInAsync(shared.App, user.Email);
        using var form = new FormUrlEncodedContent([new("returnUrl", "/")]);
        var answer = await browser.Http.PostAsync("/account/logout", form);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await browser.Http.GetAsync("/projects")).StatusCode);
    }

    [Fact]
    public async Task Each_sign_in_begins_a_session_of_its_own()
    {
        using var user = await ApiUser.RegisterAsync(shared.App);
        using var first = await FormClient.SignInAsync(shared.App, user.Email);
        using var second = await FormClient.SignInAsync(shared.App, user.Email);
        var sessions = (await user.GetAsync("me/sessions")).AssertStatus(200).Json.AsArray();
        Assert.Equal(2, sessions.Count(s => s!["kind"]!.GetValue<string>() == "browser"));
        // The cookie of an ended session is worthless, also within the minute until it would be looked at anyway, in the API's sense: the row is gone.
        (await user.DeleteAsync("me/sessions")).AssertStatus(204);
        Assert.Single((await user.GetAsync("me/sessions")).AssertStatus(200).Json.AsArray());
    }

    [Fact]
    public async Task Public_keys_are_public_and_private_ones_are_not()
    {
        var keys = (await _anonymous.GetAsync("/.well-known/jwks.json")).AssertStatus(200).Json["keys"]!.AsArray();
        Assert.NotEmpty(keys);
        Assert.All(keys, key => Assert.Equal(["alg", "crv", "kid", "kty", "use", "x", "y"], key!.AsObject().Select(p => p.Key).Order()));
    }

    private async Task<int> MailsAsync(string to, string subject) => (await shared.Admin.MailsAsync(to))
        .Count(m => m!["to"]!.GetValue<string>() == to && m["subject"]!.GetValue<string>() == subject);

    private async Task<(string User, string Code)> LinkAsync(string to, string subject)
    {
        var mail = (await shared.Admin.MailsAsync(to))
            .First(m => m!["to"]!.GetValue<string>() == to && m["subject"]!.GetValue<string>() == subject)!;
        var link = Link().Match(mail["text"]!.GetValue<string>());
        return (link.Groups["user"].Value, link.Groups["code"].Value);
    }

    [GeneratedRegex(@"user=(?<user>[0-9a-f-]+)&code=(?<code>[\w-]+)")]
    private static partial Regex Link();

    [GeneratedRegex(@"\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)")]
    private static partial Regex Time();
}
