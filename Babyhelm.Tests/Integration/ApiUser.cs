using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json.Nodes;

namespace Babyhelm.Tests.Integration;

/// <summary>What the API answered.</summary>
public sealed record Answer(int Status, string Text, string? ContentType)
{
    public JsonNode Json => JsonNode.Parse(Text) ?? throw new InvalidOperationException($"{Status}: no JSON");
    public JsonNode? this[string field] => Json[field];
    public string? Code => (Json as JsonObject)?["code"]?.GetValue<string>();

    /// <summary>Fields named in the <c>errors</c> map, sorted.</summary>
    public IReadOnlyList<string> Fields => [.. ((Json as JsonObject)?["errors"]?.AsObject() ?? []).Select(e => e.Key).Order()];

    public static async Task<Answer> OfAsync(HttpResponseMessage response)
    {
        using (response)
            return new Answer((int)response.StatusCode, await response.Content.ReadAsStringAsync(), response.Content.Headers.ContentType?.MediaType);
    }

    /// <summary>Problem details with this status and code, and nothing of the inside.</summary>
    public Answer AssertProblem(int status, string code)
    {
        Assert.True(Status == status && ContentType == "application/problem+json", $"expected problem {status} {code}, got {Status} {ContentType}: {Text}");
        Assert.Equal(code, Code);
        Assert.False(string.IsNullOrWhiteSpace(this["detail"]?.GetValue<string>()), Text);
        Assert.DoesNotContain("   at ", Text, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", Text, StringComparison.Ordinal);
        return this;
    }

    public Answer AssertStatus(int status)
    {
        Assert.True(Status == status, $"expected {status}, got {Status}: {Text}");
        return this;
    }
}

/// <summary>A client of the API, signed in or not.</summary>
public sealed class ApiUser(HttpClient client, string email = "") : IDisposable
{
    public HttpClient Http => client;
    public string Email => email;

    public static async Task<ApiUser> RegisterAsync(RunningBabyhelm app, string? email = null)
    {
        email ??= $"{Guid.NewGuid():N}@example.com";
        return new ApiUser(await app.RegisterAsync(email), email);
    }

    public async Task<Answer> GetAsync(string path) => await Answer.OfAsync(await client.GetAsync(Path(path)));

    public async Task<Answer> PostAsync(string path, object? body) => await Answer.OfAsync(await client.PostAsJsonAsync(Path(path), body));

    public async Task<Answer> PutAsync(string path, object? body) => await Answer.OfAsync(await client.PutAsJsonAsync(Path(path), body));

    public async Task<Answer> PatchAsync(string path, object? body) => await Answer.OfAsync(await client.PatchAsJsonAsync(Path(path), body));

    /// <summary>Id of a user; for platform admins.</summary>
    public async Task<string> UserIdAsync(string address) =>
        (await GetAsync($"admin/users?search={Uri.EscapeDataString(address)}")).AssertStatus(200)["users"]!.AsArray()
            .Single(u => u!["email"]!.GetValue<string>() == address)!["id"]!.GetValue<string>();

    /// <summary>The newest mails whose address or subject holds this, as the outbox shows them; for platform admins.</summary>
    public async Task<JsonArray> MailsAsync(string search) => (await GetAsync($"admin/mails?search={Uri.EscapeDataString(search)}")).AssertStatus(200)["mails"]!.AsArray();

    public async Task<Answer> DeleteAsync(string path) => await Answer.OfAsync(await client.DeleteAsync(Path(path)));

    public async Task<Answer> SendAsync(HttpMethod method, string path, string body, string? contentType = "application/json")
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        if (contentType is not null) content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        using var request = new HttpRequestMessage(method, Path(path)) { Content = content };
        // A server that refuses a large body need not read it; asking first keeps the connection whole for its answer.
        request.Headers.ExpectContinue = body.Length > 1024 * 1024;
        return await Answer.OfAsync(await client.SendAsync(request));
    }

    /// <summary>Creates a project and waits for its namespace.</summary>
    public async Task<string> CreateProjectAsync(string? name = null)
    {
        name ??= NewName("p");
        (await PostAsync("projects", new { name })).AssertStatus(201);
        await Eventually.GetAsync(() => GetAsync($"projects/{name}"), a => a.Status == 200 && a["state"]!.GetValue<string>() == "ready");
        return name;
    }

    /// <summary>Creates an application and answers the release's number.</summary>
    public async Task<int> CreateAppAsync(string project, object spec) =>
        (await PostAsync($"projects/{project}/apps", spec)).AssertStatus(202)["release"]!.GetValue<int>();

    public async Task<int> DeployAsync(string project, string app, object spec) =>
        (await PutAsync($"projects/{project}/apps/{app}", spec)).AssertStatus(202)["release"]!.GetValue<int>();

    /// <summary>Waits until the latest release has this state, and answers its rollout.</summary>
    public async Task<JsonNode> WaitStateAsync(string project, string app, string state, int? release = null, TimeSpan? within = null, Func<string>? context = null)
    {
        var path = $"projects/{project}/apps/{app}/rollout";
        return (await Eventually.GetAsync(() => GetAsync(path), a => a.Status == 200
            && a["state"]!.GetValue<string>() == state && (release is null || a["release"]!.GetValue<int>() == release), within, context)).Json;
    }

    /// <summary>Waits until the rollout of the latest release is at this step.</summary>
    public Task<Answer> WaitStepAsync(string project, string app, string step, Func<string>? context = null) =>
        Eventually.GetAsync(() => GetAsync($"projects/{project}/apps/{app}/rollout"), a => a.Status == 200 && a["stepId"]!.GetValue<string>() == step, context: context);

    /// <summary>Waits until a release, the latest or not, has this state, and answers it.</summary>
    public Task<Answer> WaitReleaseAsync(string project, string app, int release, string state) =>
        Eventually.GetAsync(() => GetAsync($"projects/{project}/apps/{app}/releases/{release}"), a => a.Status == 200 && a["state"]!.GetValue<string>() == state);

    /// <summary>The rollout's steps as the event stream sends them, to its end.</summary>
    public async Task<IReadOnlyList<JsonNode>> StepsAsync(string project, string app)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        using var response = await Eventually.GetAsync(() => OpenStepsAsync(project, app, limit.Token), r => r.StatusCode != HttpStatusCode.ServiceUnavailable);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        var steps = new List<JsonNode>();
        await using var stream = await response.Content.ReadAsStreamAsync(limit.Token);
        await foreach (var item in SseParser.Create(stream).EnumerateAsync(limit.Token))
        {
            Assert.Equal("rollout", item.EventType);
            steps.Add(JsonNode.Parse(item.Data)!);
        }
        return steps;
    }

    /// <summary>The first line of an application's log, as somebody who follows it sees it.</summary>
    public async Task<string?> FollowedLineAsync(string project, string app)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        using var response = await client.GetAsync(Path($"projects/{project}/apps/{app}/logs?follow=true"), HttpCompletionOption.ResponseHeadersRead, limit.Token);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(limit.Token));
        return await lines.ReadLineAsync(limit.Token);
    }

    private async Task<HttpResponseMessage> OpenStepsAsync(string project, string app, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Path($"projects/{project}/apps/{app}/rollout"));
        request.Headers.Accept.ParseAdd("text/event-stream");
        return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
    }

    /// <summary>The header that signs in, for what is no HTTP client.</summary>
    public async Task<string> AuthorizationAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Path("me"));
        using var response = await client.SendAsync(request);
        response.EnsureSuccessStatusCode();
        return request.Headers.Authorization!.ToString();
    }

    /// <summary>A name that no other test uses.</summary>
    public static string NewName(string prefix) => $"{prefix}{Guid.NewGuid():N}"[..10];

    public void Dispose() => client.Dispose();

    private static string Path(string path) => path.StartsWith('/') ? path : $"/api/v1/{path}";
}
