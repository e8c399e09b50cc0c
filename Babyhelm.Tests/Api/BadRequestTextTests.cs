using Babyhelm.Core.Administration;
using Babyhelm.Tests.Integration;
using Babyhelm.Web.Api;

namespace Babyhelm.Tests.Api;

/// <summary>What the API says of requests that it can't read: the field, and nothing of the program.</summary>
[Collection(StreamCollection.Name)]
public sealed class BadRequestTextTests(SharedBabyhelm shared)
{
    [Theory]
    [InlineData("auth/login", """{"email":"a@example.com","password":7}""", "'password'")]
    [InlineData("auth/login", """{"email":"a@example.com","colour":"red"}""", "'colour'")]
    [InlineData("auth/login", """{"email":""", "line 1")]
    [InlineData("auth/login", "nonsense", "line 1")]
    [InlineData("auth/login", "[]", "line 1")]
    [InlineData("auth/login", "", "")]
    [InlineData("me/tokens", """{"name":"x","scope":"emperor"}""", "'scope'")]
    public async Task A_body_is_told_by_its_field(string path, string body, string says)
    {
        using var user = await ApiUser.RegisterAsync(shared.App);
        Says(await user.SendAsync(HttpMethod.Post, path, body), says);
    }

    [Theory]
    [InlineData("admin/users?filter=7", "'filter'")]
    [InlineData("admin/users?page=many", "'page'")]
    [InlineData("audit?before=nonsense", "'before'")]
    [InlineData("audit?outcome=perhaps", "'outcome'")]
    public async Task A_parameter_is_told_by_its_name(string path, string says) => Says(await shared.Admin.GetAsync(path), says);

    [Theory]
    [InlineData("admin/users?filter=twoFactor&sort=lastSignIn")]
    [InlineData("audit?outcome=refused")]
    public async Task Values_are_written_as_in_json(string path) => (await shared.Admin.GetAsync(path)).AssertStatus(200);

    [Fact]
    public void A_choice_is_one_of_its_values()
    {
        Assert.True(Choice<UserFilter>.TryParse("twoFactor", out var choice));
        Assert.Equal(UserFilter.TwoFactor, choice.Value);
        Assert.All(new[] { "1", "", null, "all,admins" }, text => Assert.False(Choice<UserFilter>.TryParse(text, out _), text));
    }

    private static void Says(Answer answer, string says)
    {
        var detail = answer.AssertProblem(400, "invalid-body")["detail"]!.GetValue<string>();
        Assert.Contains(says, detail, StringComparison.Ordinal);
        Assert.All(new[] { "Babyhelm.", "System.", ".NET", "`", "Nullable", "Credentials", "Request " }, inside => Assert.DoesNotContain(inside, detail, StringComparison.Ordinal));
    }
}
