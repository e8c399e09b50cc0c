using System.Net;
using System.Text.RegularExpressions;

namespace Babyhelm.Tests.Integration;

/// <summary>A browser without its scripts: keeps cookies, sends forms with their token.</summary>
public sealed partial class FormClient(HttpClient http) : IDisposable
{
    public HttpClient Http => http;

    public static async Task<FormClient> SignInAsync(RunningBabyhelm app, string email, string password = RunningBabyhelm.TestPassword)
    {
        var browser = new FormClient(app.CreateClient());
        var answer = await browser.SubmitAsync("/account/login", new() { ["_handler"] = "login", ["Input.Email"] = email, ["Input.Password"] = password });
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        return browser;
    }

    /// <summary>Opens a page and sends a form with the token that stands in it.</summary>
    /// <param name="action">Where to; null for the page itself.</param>
    public async Task<HttpResponseMessage> SubmitAsync(string page, Dictionary<string, string> fields, string? action = null)
    {
        var token = Token().Match(await http.GetStringAsync(page));
        Assert.True(token.Success, $"no form on {page}");
        fields["__RequestVerificationToken"] = token.Groups[1].Value;
        using var form = new FormUrlEncodedContent(fields);
        return await http.PostAsync(action ?? page, form);
    }

    public void Dispose() => http.Dispose();

    [GeneratedRegex("""name="__RequestVerificationToken" value="([^"]+)""" + "\"")]
    private static partial Regex Token();
}
