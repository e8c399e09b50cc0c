using System.Net;
using System.Text.RegularExpressions;

namespace Babyhelm.Tests.Integration;

/// <summary>Every route outside the API × every kind of visitor, and that no route stands outside both matrices.</summary>
[Collection(StreamCollection.Name)]
public sealed partial class PageMatrixTests(SharedBabyhelm shared, AccessCast cast) : IAsyncLifetime
{
    public Task InitializeAsync() => cast.GatherAsync(shared);

    public Task DisposeAsync() => Task.CompletedTask;

    public static TheoryData<string> Routes => [.. PageMatrix.Rows.Select(r => r.ToString())];

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task Each_visitor_is_let_in_or_not_as_the_table_says(string route)
    {
        var row = PageMatrix.Rows.Single(r => r.ToString() == route);
        var wrong = new List<string>();
        foreach (var who in AccessCast.Visitors)
        {
            var expected = PageMatrix.Expected(row, who);
            var own = route == "POST /account/logout" && who is not (Who.Anonymous or Who.Locked or Who.PlatformAdminsToken)
                ? await FormClient.SignInAsync(shared.App, cast.EmailOf(who)) : null;
            var (status, location, text) = await CallAsync(own ?? cast.Browser(who), row, row.Call(cast.Project));
            own?.Dispose();
            if (status != expected) wrong.Add($"{who}: expected {expected}, got {status} {location}");
            else if (expected == 302 && row.To != Opens.Everybody && expected != row.Ok && !location.StartsWith(PageMatrix.IsKnown(who) ? "/account/denied" : "/account/login", StringComparison.Ordinal))
                wrong.Add($"{who}: led to {location}");
            if (status != expected || expected != 404 || who != Who.Outsider) continue;
            // What is another tenant's answers exactly as what is missing.
            var missing = await CallAsync(cast.Browser(who), row, row.Call("missing-one"));
            if ((missing.Status, Words(missing.Text).Replace("missing-one", cast.Project, StringComparison.Ordinal)) != (status, Words(text))) wrong.Add($"{who}: is answered otherwise for what is missing");
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    /// <summary>Whatever takes a form takes it with its token only, from whomever it comes.</summary>
    [Fact]
    public async Task A_form_without_its_token_is_taken_from_nobody()
    {
        var wrong = new List<string>();
        var forms = (await MappedRoutes.All).Where(r => r.Method == "POST" && !r.Pattern.StartsWith("/api/", StringComparison.Ordinal) && !PageMatrix.Others.ContainsKey(r.ToString())).ToList();
        Assert.True(forms.Count > 30, $"only {forms.Count} forms");
        // From addresses of their own: forms of the sign-in family are limited per address.
        using var anonymous = new FormClient(shared.App.CreateClient());
        using var outsider = await FormClient.SignInAsync(shared.App, cast.EmailOf(Who.Outsider));
        using var admin = await FormClient.SignInAsync(shared.App, cast.EmailOf(Who.Admin));
        foreach (var form in forms)
        {
            var row = PageMatrix.Rows.Single(r => r.Route == form.Pattern && r.Method == (form.IsPage ? "GET" : form.Method));
            foreach (var (who, browser) in new[] { (Who.Anonymous, anonymous), (Who.Outsider, outsider), (Who.Admin, admin) })
            {
                using var content = new FormUrlEncodedContent(row.Form ?? []);
                using var answer = await browser.Http.PostAsync(row.Call(cast.Project), content);
                var shut = row.To switch
                {
                    Opens.Everybody => false,
                    Opens.PlatformAdmins => who != Who.Admin,
                    _ => who == Who.Anonymous && row.Route != "/account/external/begin-link", // asks after the token
                };
                // To sign-in or to where it says no, or refused for the token.
                if ((int)answer.StatusCode != (shut ? 302 : 400)) wrong.Add($"{form} by {who}: {answer.StatusCode}");
            }
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public async Task Every_route_is_in_a_table()
    {
        var mapped = (await MappedRoutes.All).Where(r => !(r is { IsPage: true, Method: "POST" })).Select(r => r.ToString()).Order().ToList();
        var known = AccessMatrix.Rows.Select(r => $"{r.Method} /api/v1/{r.Route}").Concat(PageMatrix.Rows.Select(r => r.ToString())).Concat(PageMatrix.Others.Keys).ToHashSet();
        var (unknown, gone) = (mapped.Where(r => !known.Contains(r)).ToList(), known.Where(r => !mapped.Contains(r)).ToList());
        Assert.True(unknown.Count == 0, $"in no table:\n{string.Join('\n', unknown)}");
        Assert.True(gone.Count == 0, $"in a table, and no route:\n{string.Join('\n', gone)}");
    }

    private static async Task<(int Status, string Location, string Text)> CallAsync(FormClient browser, PageRow row, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.ParseAdd("text/html");
        if (path.StartsWith("/terminal", StringComparison.Ordinal)) request.Headers.Add("Origin", $"{browser.Http.BaseAddress!.GetLeftPart(UriPartial.Authority)}");
        using var answer = row.Method == "GET"
            ? await browser.Http.SendAsync(request)
            : await browser.SubmitAsync(await SignedInAsync(browser) ? "/account/sessions" : "/account/login", new(row.Form ?? []), path);
        return ((int)answer.StatusCode, answer.Headers.Location is { } location ? location.IsAbsoluteUri ? location.PathAndQuery : location.OriginalString : "", await answer.Content.ReadAsStringAsync());
    }

    /// <summary>What a person reads: the tokens of forms and scripts are others each time.</summary>
    private static string Words(string page) => Tag().Replace(page, " ");

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Tag();

    private static async Task<bool> SignedInAsync(FormClient browser)
    {
        using var answer = await browser.Http.GetAsync("/account/sessions");
        return answer.StatusCode == HttpStatusCode.OK;
    }
}
