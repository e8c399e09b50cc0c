using System.Text.Json.Nodes;

namespace Babyhelm.Tests.Integration;

/// <summary>Accounts over REST.</summary>
[Collection(AccountCollection.Name)]
public sealed class AccountTests(SharedBabyhelm shared) : IDisposable
{
    private const string Wrong = "not the right one";
    private readonly ApiUser _anonymous = new(shared.App.CreateClient());

    public void Dispose() => _anonymous.Dispose();

    [Fact]
    public void Of_two_first_registrations_at_once_exactly_one_is_the_admin() =>
        Assert.Equal(["admin", "user"], shared.FirstTwo.Select(a => a["role"]!.GetValue<string>()).Order());

    [Fact]
    public async Task A_later_user_is_no_admin_signs_in_and_refreshes()
    {
        using var user = await ApiUser.RegisterAsync(shared.App);
        Assert.Equal("user", (await user.GetAsync("me"))["role"]!.GetValue<string>());

        var tokens = (await LoginAsync(user.Email.ToUpperInvariant(), RunningBabyhelm.TestPassword)).AssertStatus(200);
        Assert.Equal("Bearer", tokens["tokenType"]!.GetValue<string>());
        Assert.InRange(tokens["expiresIn"]!.GetValue<int>(), 60, 3600);

        var again = (await _anonymous.PostAsync("auth/refresh", new { refreshToken = tokens["refreshToken"]!.GetValue<string>() })).AssertStatus(200);
        using var refreshed = new ApiUser(shared.App.CreateClient(again["accessToken"]!.GetValue<string>()));
        Assert.Equal(user.Email, (await refreshed.GetAsync("me"))["email"]!.GetValue<string>());

        (await _anonymous.PostAsync("auth/refresh", new { refreshToken = tokens["accessToken"]!.GetValue<string>() })).AssertProblem(401, "sign-in-refused");
        (await _anonymous.PostAsync("auth/refresh", new { refreshToken = "nonsense" })).AssertProblem(401, "sign-in-refused");
        (await _anonymous.PostAsync("auth/refresh", new { })).AssertProblem(401, "sign-in-refused");
    }

    [Fact]
    public async Task Every_refused_sign_in_answers_the_same()
    {
        using var user = await ApiUser.RegisterAsync(shared.App);
        var unknown = (await LoginAsync("nobody@example.com", Wrong)).AssertProblem(401, "sign-in-refused");
        for (var i = 0; i < 5; i++) Assert.Equal(unknown, await LoginAsync(user.Email, Wrong));
        // Now locked: the right password is refused in the same words.
        Assert.Equal(unknown, await LoginAsync(user.Email, RunningBabyhelm.TestPassword));
        Assert.Equal(unknown, await LoginAsync(user.Email + "\0", Wrong));
        Assert.Equal(unknown, await LoginAsync(new string('a', 100_000) + "@example.com", Wrong));
        Assert.Equal(unknown, await LoginAsync("", ""));
        Assert.Equal(unknown, await _anonymous.PostAsync("auth/login", new { email = (string?)null, password = (string?)null }));
        // Who is signed in stays so: a stranger's wrong tries must not end anybody's sessions.
        (await user.GetAsync("projects")).AssertStatus(200);
    }

    [Fact]
    public async Task The_longest_address_registers_and_is_on_record()
    {
        var email = $"{$"{Guid.NewGuid():N}{new string('a', 32)}@{new string('b', 60)}.{new string('c', 60)}.{new string('d', 60)}"}.com";
        email += new string('m', 254 - email.Length);
        using var user = await ApiUser.RegisterAsync(shared.App, email);
        Assert.Equal(email, (await user.GetAsync("me"))["email"]!.GetValue<string>());
        Assert.Equal(1, await TestDatabase.ScalarAsync<long>(shared.App.Connection, $"SELECT count(*) FROM audit_entries WHERE subject = 'user/{email}'"));
        (await _anonymous.PostAsync("auth/register", new { email = "x" + email, password = RunningBabyhelm.TestPassword })).AssertProblem(400, "invalid");
    }

    [Fact]
    public async Task A_password_of_a_megabyte_is_refused()
    {
        var huge = new string('x', 1024 * 1024);
        var refused = (await _anonymous.PostAsync("auth/register", new { email = "huge@example.com", password = huge })).AssertProblem(400, "invalid");
        Assert.Equal(["password"], refused.Fields);
        (await LoginAsync(shared.Admin.Email, huge)).AssertProblem(401, "sign-in-refused");
    }

    [Theory]
    [InlineData("", "good password", "email")]
    [InlineData("nobody", "good password", "email")]
    [InlineData("a b@example.com", "good password", "email")]
    [InlineData("a\0@example.com", "good password", "email")]
    [InlineData("fine@example.com", "", "password")]
    [InlineData("fine@example.com", "short", "password")]
    [InlineData("fine@example.com", "aaaaaaaaaaaaa", "password")]
    [InlineData("", "", "email,password")]
    public async Task A_bad_registration_names_its_fields(string email, string password, string fields)
    {
        var refused = (await _anonymous.PostAsync("auth/register", new { email, password })).AssertProblem(400, "invalid");
        Assert.Equal(fields.Split(','), refused.Fields);
    }

    [Fact]
    public async Task An_address_registers_once_whatever_its_case()
    {
        using var user = await ApiUser.RegisterAsync(shared.App);
        var again = await _anonymous.PostAsync("auth/register", new { email = user.Email.ToUpperInvariant(), password = RunningBabyhelm.TestPassword });
        Assert.Equal(["email"], again.AssertProblem(400, "invalid").Fields);

        var race = $"race{Guid.NewGuid():N}@example.com";
        var both = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ =>
            _anonymous.PostAsync("auth/register", new { email = race, password = RunningBabyhelm.TestPassword })));
        Assert.Single(both, a => a.Status == 200);
        Assert.All(both.Where(a => a.Status != 200), a => a.AssertProblem(400, "invalid"));
    }

    [Theory]
    [InlineData("""{"email":"a@example.com","password":"good password","admin":true}""", "application/json", 400, "invalid-body")]
    [InlineData("not json", "application/json", 400, "invalid-body")]
    [InlineData("[]", "application/json", 400, "invalid-body")]
    [InlineData("null", "application/json", 400, "invalid-body")]
    [InlineData("""{"email":1}""", "application/json", 400, "invalid-body")]
    [InlineData("", "application/json", 400, "invalid-body")]
    [InlineData("a=b", "application/x-www-form-urlencoded", 415, "unsupported-media-type")]
    public async Task A_bad_body_is_a_problem(string body, string contentType, int status, string code) =>
        (await _anonymous.SendAsync(HttpMethod.Post, "auth/register", body, contentType)).AssertProblem(status, code);

    [Fact]
    public async Task An_oversized_body_is_too_large_on_every_route_that_reads_one()
    {
        var huge = $$"""{"name":"{{new string('x', 3 * 1024 * 1024)}}"}""";
        foreach (var path in new[] { "auth/register", "projects", "projects/any/apps" })
            (await shared.Admin.SendAsync(HttpMethod.Post, path, huge)).AssertProblem(413, "too-large");
    }

    [Fact]
    public async Task Without_a_good_token_every_route_says_to_sign_in()
    {
        (await _anonymous.GetAsync("projects")).AssertProblem(401, "unauthorized");
        using var forged = new ApiUser(shared.App.CreateClient("CfDJ8forged"));
        (await forged.GetAsync("me")).AssertProblem(401, "unauthorized");
        (await _anonymous.GetAsync("nowhere")).AssertProblem(404, "not-found");
        (await shared.Admin.SendAsync(HttpMethod.Patch, "auth/login", "{}")).AssertProblem(405, "method-not-allowed");
    }

    [Fact]
    public async Task Too_many_sign_ins_from_one_address_are_slowed_down()
    {
        using var pushy = new ApiUser(shared.App.CreateClient());
        // At once, so that they fall into one minute.
        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => pushy.PostAsync("auth/refresh", new { refreshToken = "x" })));
        Assert.Equal([401, 429], answers.Select(a => a.Status).Distinct().Order());
        Assert.All(answers.Where(a => a.Status == 429), a => a.AssertProblem(429, "too-many-requests"));
    }

    private Task<Answer> LoginAsync(string email, string password) => _anonymous.PostAsync("auth/login", new JsonObject { ["email"] = email, ["password"] = password });
}
