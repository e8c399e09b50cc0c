using System.Reflection;
using System.Text.RegularExpressions;
using Babyhelm.Core.Accounts;

namespace Babyhelm.Tests.Integration;

/// <summary>Every route of the API × every kind of caller.</summary>
[Collection(StreamCollection.Name)]
public sealed partial class AccessMatrixTests(SharedBabyhelm shared, AccessCast cast) : IClassFixture<AccessCast>, IAsyncLifetime
{
    public Task InitializeAsync() => cast.GatherAsync(shared);

    public Task DisposeAsync() => Task.CompletedTask;

    public static TheoryData<string> Routes => [.. AccessMatrix.Rows.Select(r => r.ToString())];

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task Each_caller_is_answered_as_the_table_says(string route)
    {
        var row = AccessMatrix.Rows.Single(r => r.ToString() == route);
        var wrong = new List<string>();
        foreach (var who in Enum.GetValues<Who>())
        {
            var expected = AccessMatrix.Expected(row, who);
            var project = row.OwnProject && expected == row.Ok ? await cast.NewProjectAsync(who) : cast.Project;
            using var client = await cast.ClientAsync(who, newUser: row.OwnUser && expected == row.Ok);
            var answer = await client.CallAsync(row, project);
            // A platform admin is no member of others' projects.
            if (row is { Needs: Needs.Leave } && who == Who.Admin) expected = 409;
            if (answer.Status != expected) wrong.Add($"{who}: expected {expected}, got {answer.Status} {answer.Text}");
            if (answer.Status != expected || expected is not (401 or 403 or 404) || row.Needs == Needs.Nothing) continue;
            if (answer.ContentType != "application/problem+json") wrong.Add($"{who}: no problem details but {answer.ContentType}");
            // What is another tenant's answers exactly as what is missing.
            if (who is not (Who.Outsider or Who.OtherProjectToken) || expected == row.Ok || expected != 404) continue;
            var missing = await client.CallAsync(row, "missing-one");
            if (missing.Text.Replace("missing-one", project, StringComparison.Ordinal) != answer.Text) wrong.Add($"{who}: {answer.Text} differs from {missing.Text}");
        }
        Assert.Empty(wrong);
    }

    [Fact]
    public async Task Every_route_is_in_the_table()
    {
        using var anonymous = new ApiUser(shared.App.CreateClient());
        var document = (await anonymous.GetAsync("/openapi/v1.json")).AssertStatus(200).Json;
        var routes = document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Select(method =>
            $"{method.Key.ToUpperInvariant()} {path.Key["/api/v1/".Length..]}")).Order().ToList();
        Assert.Equal(routes, AccessMatrix.Rows.Select(r => r.ToString()).Order());
    }

    /// <summary>Commands that no route calls would stand outside the matrix.</summary>
    [Fact]
    public void Every_command_that_takes_a_caller_is_behind_a_route()
    {
        var commands = typeof(Caller).Assembly.GetTypes().Where(t => t is { IsPublic: true, IsClass: true })
            .SelectMany(t => t.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            .Where(m => !m.IsSpecialName && m.GetParameters() is [{ ParameterType: var first }, ..] && first == typeof(Caller))
            .Select(m => $"{m.DeclaringType!.Name}.{m.Name}").ToHashSet();
        var called = Directory.EnumerateFiles(Path.Combine(RepositoryRoot.Path, "Babyhelm.Web", "Api"), "*.cs").Select(File.ReadAllText).SelectMany(text => Call().Matches(text)).Select(m => m.Groups[1].Value).ToHashSet();
        Assert.NotEmpty(commands);
        Assert.Empty(commands.Where(c => !called.Contains(c.Split('.')[1]) && !OnlyInPages.Contains(c)).Order());
    }

    /// <summary>What only a browser can do, and other forms of what a route of the matrix does with the same check.</summary>
    private static readonly string[] OnlyInPages =
    [
        "DeployApplication.UpdateImageAsync", "ClusterReports.Follow", "OwnAccount.SetThemeAsync", "OwnAccount.PendingTwoFactorAsync", "OpenTerminal.WhyNoLongerAsync",
        "ExternalSignIn.LinkAsync", "ExternalSignIn.LinksAsync", "ExternalSignIn.UnlinkAsync",
        "Passkeys.AddAsync", "Passkeys.BeginAsync", "Passkeys.ListAsync", "Passkeys.RemoveAsync", "Passkeys.RenameAsync",
        "PreviewTemplate.LatestSubjectAsync",
    ];

    [GeneratedRegex(@"\.(\w+)\(")]
    private static partial Regex Call();
}
