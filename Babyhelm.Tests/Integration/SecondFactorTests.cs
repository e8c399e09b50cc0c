using System.Net;
using System.Reflection;
using Babyhelm.Core.Accounts.Sessions;
using Babyhelm.Web.Account;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Components;

namespace Babyhelm.Tests.Integration;

/// <summary>A platform that asks for a second factor: until they have one, people reach nothing but what sets it up.</summary>
[Collection(AccountCollection.Name)]
public sealed class SecondFactorTests(SharedBabyhelm shared)
{
    private static readonly string[] ToSetOneUp = ["GET me", "POST me/two-factor/key", "PUT me/two-factor", "POST auth/logout"];
    private static readonly string[] ToChoosePassword = ["GET me", "POST me/password", "POST auth/logout"];
    private static readonly string[] Signed = ["GET me"];

    [Fact]
    public async Task No_route_answers_before_it_is_set_up()
    {
        using var user = await ApiUser.RegisterAsync(shared.App);
        var token = (await user.PostAsync("me/tokens", new { name = "ci", scope = "admin", days = 1 })).AssertStatus(201)["token"]!.GetValue<string>();
        using var personal = new ApiUser(shared.App.CreateClient(token));
        (await personal.GetAsync("projects")).AssertStatus(200);
        await using var rule = await RequiredSecondFactor.OfEveryoneAsync(shared);

        Assert.Empty(await OpenAsync(user, "second-factor-required", ToSetOneUp));
        // Its user has none: it can set nothing up either, and what is for people in person stays so.
        Assert.Empty(await OpenAsync(personal, "second-factor-required", Signed, refusedAnyway: ToSetOneUp));
        Assert.Equal("secondFactor", (await user.GetAsync("me"))["due"]!.GetValue<string>());

        await RequiredSecondFactor.SetUpAsync(user);
        (await user.GetAsync("projects")).AssertStatus(200);
        (await personal.GetAsync("projects")).AssertStatus(200);
        Assert.Equal("none", (await user.GetAsync("me"))["due"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_password_that_an_admin_chose_is_changed_before_anything_else()
    {
        var email = $"{Guid.NewGuid():N}@example.com";
        (await shared.Admin.PostAsync("admin/users", new { email, password = RunningBabyhelm.TestPassword })).AssertStatus(201);
        using var user = new ApiUser(await shared.App.LoginAsync(email), email);
        Assert.Empty(await OpenAsync(user, "new-password-required", ToChoosePassword));
        using var browser = await FormClient.SignInAsync(shared.App, email);
        Assert.Empty(await OpenPagesAsync(browser, DueStep.NewPassword, "/account/new-password"));

        (await user.PostAsync("me/password", new { password = RunningBabyhelm.TestPassword, newPassword = RunningBabyhelm.TestPassword })).AssertProblem(400, "invalid");
        (await user.GetAsync("projects")).AssertProblem(403, "new-password-required");
        (await user.PostAsync("me/password", new { password = RunningBabyhelm.TestPassword, newPassword = "another horse battery" })).AssertStatus(204);
        (await user.GetAsync("projects")).AssertStatus(200);
    }

    [Fact]
    public async Task No_page_opens_before_it_is_set_up()
    {
        using var user = await ApiUser.RegisterAsync(shared.App);
        await using var rule = await RequiredSecondFactor.OfEveryoneAsync(shared);
        using var browser = await FormClient.SignInAsync(shared.App, user.Email);
        Assert.Empty(await OpenPagesAsync(browser, DueStep.SecondFactor, "/account/second-factor"));
        // No open page either, and files of the own account neither.
        using (var circuit = await browser.Http.PostAsync("/_blazor/negotiate?negotiateVersion=1", null)) Assert.Equal(HttpStatusCode.Forbidden, circuit.StatusCode);
        using (var data = await browser.Http.GetAsync("/account/personal-data")) Assert.Equal(HttpStatusCode.Forbidden, data.StatusCode);
        await rule.SetAsync("off");
        using var open = await browser.Http.GetAsync("/projects");
        Assert.Equal(HttpStatusCode.OK, open.StatusCode);
    }

    [Fact]
    public async Task The_rule_is_for_those_whom_it_names_and_begins_at_once()
    {
        using var user = await ApiUser.RegisterAsync(shared.App);
        await using var rule = await RequiredSecondFactor.OfAsync(shared, "admins");
        (await user.GetAsync("projects")).AssertStatus(200);
        (await shared.Admin.GetAsync("projects")).AssertProblem(403, "second-factor-required");
        (await rule.Admin.GetAsync("projects")).AssertStatus(200);
        await rule.SetAsync("everyone");
        (await user.GetAsync("projects")).AssertProblem(403, "second-factor-required");
        // A token that leaked does not switch it off.
        var token = (await rule.Admin.PostAsync("me/tokens", new { name = $"{Guid.NewGuid():N}", scope = "admin", days = 1 })).AssertStatus(201)["token"]!.GetValue<string>();
        using var leaked = new ApiUser(shared.App.CreateClient(token));
        (await leaked.PutAsync("admin/settings", new { secondFactor = "off" })).AssertProblem(403, "forbidden");
        (await leaked.PutAsync("admin/settings", new { registration = "open" })).AssertStatus(204);
        var noted = (await rule.Admin.GetAsync("audit?action=settings.change&outcome=done")).AssertStatus(200)["entries"]!.AsArray()[0]!;
        Assert.Contains("secondFactor", noted["changes"]!.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_from_before_the_second_factor_has_to_show_it_and_one_without_any_more_sets_up_another()
    {
        using var user = await ApiUser.RegisterAsync(shared.App);
        var key = await RequiredSecondFactor.SetUpAsync(user);
        await using var rule = await RequiredSecondFactor.OfEveryoneAsync(shared);
        (await user.GetAsync("projects")).AssertStatus(200); // it was shown in this one
        using var anonymous = new ApiUser(shared.App.CreateClient());
        (await anonymous.PostAsync("auth/login", new { email = user.Email, password = RunningBabyhelm.TestPassword })).AssertProblem(401, "two-factor-required");
        var pair = (await anonymous.PostAsync("auth/login", new { email = user.Email, password = RunningBabyhelm.TestPassword, twoFactorCode = RequiredSecondFactor.CodeOf(key, ahead: 1) })).AssertStatus(200);
        using var second = new ApiUser(shared.App.CreateClient(pair["accessToken"]!.GetValue<string>()));
        (await second.GetAsync("projects")).AssertStatus(200);
        (await second.PostAsync("me/two-factor/disable", new { password = RunningBabyhelm.TestPassword })).AssertStatus(204);
        (await second.GetAsync("projects")).AssertProblem(403, "second-factor-required");
    }

    /// <summary>Routes that answer something else than that this has to be done first, although they are not named.</summary>
    private static async Task<List<string>> OpenAsync(ApiUser caller, string code, string[] reachable, string[]? refusedAnyway = null)
    {
        var wrong = new List<string>();
        var member = new CastMember(caller.Http, Owned: false);
        // Signing out comes last: the others need the session.
        foreach (var row in AccessMatrix.Rows.Where(r => r.Needs != Needs.Nothing && r.Route != "auth/logout"))
        {
            var answer = await member.CallAsync(row, "missing-one");
            var refused = answer.Status == 403 && answer.Code == code;
            if (refusedAnyway?.Contains(row.ToString()) == true && row.Needs == Needs.InPerson && answer.Status == 403) continue;
            if (refused == reachable.Contains(row.ToString())) wrong.Add($"{row}: {answer.Status} {answer.Text}");
        }
        return wrong;
    }

    /// <summary>Pages that a browser without scripts is shown, although they are not for this.</summary>
    private static async Task<List<string>> OpenPagesAsync(FormClient browser, DueStep due, string leadsTo)
    {
        var wrong = new List<string>();
        var pages = typeof(DueSteps).Assembly.GetTypes().Where(t => t.GetCustomAttributes<RouteAttribute>().Any()).ToList();
        Assert.Contains(pages, p => p.GetCustomAttribute<AuthorizeAttribute>() is not null);
        foreach (var page in pages.Where(p => p.GetCustomAttribute<ReachableWhileAttribute>()?.Permits(due) != true))
            foreach (var route in page.GetCustomAttributes<RouteAttribute>().Select(r => r.Template.Split('/').Select(part => part.StartsWith('{') ? part.Contains(":guid", StringComparison.Ordinal) ? Guid.Empty.ToString() : "x" : part)))
            {
                var path = string.Join('/', route);
                using var request = new HttpRequestMessage(HttpMethod.Get, path);
                request.Headers.Accept.ParseAdd("text/html");
                using var answer = await browser.Http.SendAsync(request);
                if (answer.StatusCode != HttpStatusCode.Redirect || answer.Headers.Location?.ToString().StartsWith(leadsTo, StringComparison.Ordinal) != true)
                    wrong.Add($"{path}: {(int)answer.StatusCode} {answer.Headers.Location}");
            }
        return wrong;
    }
}
