using System.Text.Json;

namespace Babyhelm.Tests.Integration;

/// <summary>The people of the access matrix, and the project that it is about.</summary>
public sealed class AccessCast : IDisposable
{
    private readonly Dictionary<Who, ApiUser> _people = [];
    private readonly Dictionary<Who, string> _tokens = [];
    private readonly Dictionary<Who, FormClient> _browsers = [];
    private SharedBabyhelm _shared = null!;

    public string Project { get; private set; } = "";

    /// <summary>Once, however many tests ask for it.</summary>
    public async Task GatherAsync(SharedBabyhelm shared)
    {
        if (_shared is not null) return;
        _shared = shared;
        foreach (var who in new[] { Who.Outsider, Who.Viewer, Who.Editor, Who.Owner, Who.Locked }) _people[who] = await ApiUser.RegisterAsync(shared.App);
        _people[Who.Admin] = shared.Admin;
        var owner = _people[Who.Owner];
        Project = await owner.CreateProjectAsync();
        foreach (var (who, role) in new[] { (Who.Viewer, "viewer"), (Who.Editor, "editor"), (Who.Locked, "editor") }) await JoinAsync(Project, _people[who], role);
        await owner.CreateAppAsync(Project, new { name = "web", image = "demo/hello:1" });
        await owner.WaitStateAsync(Project, "web", "live");
        var other = await owner.CreateProjectAsync();
        foreach (var (who, of, scope, project) in new[]
        {
            (Who.ReadToken, Who.Owner, "read", null), (Who.DeployToken, Who.Owner, "deploy", null), (Who.AdminToken, Who.Owner, "admin", null),
            (Who.ThisProjectToken, Who.Owner, "admin", Project), (Who.OtherProjectToken, Who.Owner, "admin", other), (Who.LockedOnesToken, Who.Locked, "admin", null),
            (Who.PlatformAdminsReadToken, Who.Admin, "read", null), (Who.PlatformAdminsToken, Who.Admin, "admin", null),
        })
            _tokens[who] = await TokenAsync(of, scope, project);
        foreach (var (who, user) in _people) _browsers[who] = await FormClient.SignInAsync(shared.App, user.Email);
        _browsers[Who.Anonymous] = new FormClient(shared.App.CreateClient());
        // A token is no way into a page.
        _browsers[Who.PlatformAdminsToken] = new FormClient(shared.App.CreateClient(_tokens[Who.PlatformAdminsToken]));
        (await shared.Admin.PatchAsync($"admin/users/{await shared.Admin.UserIdAsync(_people[Who.Locked].Email)}", new { locked = true })).AssertStatus(204);
    }

    /// <summary>A project of the caller's own kind: who is an owner of <see cref="Project"/> owns it, others have the role they have there.</summary>
    public async Task<string> NewProjectAsync(Who who)
    {
        var project = await _people[Who.Owner].CreateProjectAsync();
        if (who is Who.Viewer or Who.Editor) await JoinAsync(project, _people[who], who == Who.Viewer ? "viewer" : "editor");
        // So that the owner can leave.
        if (who is Who.Owner) await JoinAsync(project, _people[Who.Editor], "owner");
        return project;
    }

    /// <param name="newUser">Somebody else in place of the caller, whose sessions the call may end.</param>
    /// <param name="project">What a token for one project is for.</param>
    public async Task<CastMember> ClientAsync(Who who, string project, bool newUser)
    {
        if (who == Who.Anonymous) return new CastMember(_shared.App.CreateClient(), Owned: true);
        if (who == Who.ThisProjectToken && project != Project) return new CastMember(_shared.App.CreateClient(await TokenAsync(Who.Owner, "admin", project)), Owned: true);
        if (_tokens.TryGetValue(who, out var token)) return new CastMember(_shared.App.CreateClient(token), Owned: true);
        return newUser
            ? new CastMember(await _shared.App.RegisterAsync($"{Guid.NewGuid():N}@example.com"), Owned: true)
            : new CastMember(_people[who].Http, Owned: false);
    }

    private async Task<string> TokenAsync(Who of, string scope, string? project) =>
        (await _people[of].PostAsync("me/tokens", new { name = $"{Guid.NewGuid():N}", scope, days = 1, project })).AssertStatus(201)["token"]!.GetValue<string>();

    public string EmailOf(Who who) => _people[who].Email;

    /// <summary>The caller's browser; of the tokens only one has one, which sends it along.</summary>
    public FormClient Browser(Who who) => _browsers[who];

    /// <summary>Who comes with a browser.</summary>
    public static readonly Who[] Visitors = [Who.Anonymous, Who.Outsider, Who.Viewer, Who.Editor, Who.Owner, Who.Admin, Who.Locked, Who.PlatformAdminsToken];

    /// <summary>Invited by the owner, confirmed by the admin, accepted.</summary>
    private async Task JoinAsync(string project, ApiUser user, string role)
    {
        await _shared.Admin.PatchAsync($"admin/users/{await _shared.Admin.UserIdAsync(user.Email)}", new { confirmed = true });
        (await _people[Who.Owner].PutAsync($"projects/{project}/members/{user.Email}", new { role })).AssertStatus(202);
        (await user.PostAsync($"me/invitations/{project}/accept", null)).AssertStatus(204);
    }

    public void Dispose()
    {
        foreach (var (who, user) in _people)
            if (who != Who.Admin) user.Dispose();
        foreach (var browser in _browsers.Values) browser.Dispose();
    }
}

/// <summary>One caller's connection.</summary>
public sealed record CastMember(HttpClient Http, bool Owned) : IDisposable
{
    public async Task<Answer> CallAsync(Row row, string project)
    {
        using var request = new HttpRequestMessage(new HttpMethod(row.Method), "/api/v1/" + row.Call(project));
        if (row.Body is not null) request.Content = new StringContent(JsonSerializer.Serialize(row.Body, JsonSerializerOptions.Web), null, "application/json");
        return await Answer.OfAsync(await Http.SendAsync(request));
    }

    public void Dispose()
    {
        if (Owned) Http.Dispose();
    }
}
