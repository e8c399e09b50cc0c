using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Babyhelm.Core.Accounts;
using Babyhelm.Tests.Architecture;

namespace Babyhelm.Tests.Integration;

/// <summary>Every route of the API × every kind of caller.</summary>
[Collection(StreamCollection.Name)]
public sealed class AccessMatrixTests(SharedBabyhelm shared, AccessCast cast) : IAsyncLifetime
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
            using var client = await cast.ClientAsync(who, project, newUser: row.OwnUser && expected == row.Ok);
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

    /// <summary>Commands that no route calls would stand outside the matrix. By type and method: two types may name theirs alike.</summary>
    [Fact]
    public void Every_command_that_takes_a_caller_is_behind_a_route()
    {
        var commands = typeof(Caller).Assembly.GetTypes().Where(t => t is { IsPublic: true, IsClass: true } && t != typeof(Caller))
            .SelectMany(t => t.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            .Where(m => !m.IsSpecialName && m.GetParameters() is [{ ParameterType: var first }, ..] && first == typeof(Caller))
            .Select(m => $"{m.DeclaringType!.FullName}.{m.Name}").ToHashSet();
        var called = CalledByTheApi();
        var bare = commands.Where(c => !called.Contains(c)).Select(c => string.Join('.', c.Split('.')[^2..])).ToHashSet();
        Assert.True(commands.Count > 50, $"only {commands.Count} commands found");
        Assert.Equal(OnlyInPages.Keys.Order(), bare.Order());
    }

    private static HashSet<string> CalledByTheApi()
    {
        using var pe = new PEReader(File.OpenRead(typeof(Program).Assembly.Location));
        var metadata = pe.GetMetadataReader();
        return [.. metadata.TypeDefinitions.Select(metadata.GetTypeDefinition).Where(IsOfTheApi).SelectMany(type => TokenWalker.Calls(pe, metadata, type))];

        bool IsOfTheApi(TypeDefinition type)
        {
            while (type.GetDeclaringType() is { IsNil: false } outer) type = metadata.GetTypeDefinition(outer);
            return metadata.GetString(type.Namespace) is "Babyhelm.Web.Api" or "Babyhelm.Web.Terminals";
        }
    }

    /// <summary>What is not behind a route of the API, and why.</summary>
    private static readonly Dictionary<string, string> OnlyInPages = new()
    {
        ["DeployApplication.UpdateImageAsync"] = "PUT of the application does it, with the same check",
        ["ClusterReports.Follow"] = "the cluster page, live; the route reads",
        ["OwnAccount.SetThemeAsync"] = "PUT me/preferences does it, with the same check",
        ["OwnAccount.PendingTwoFactorAsync"] = "the page shows the code again; the route makes one",
        ["PreviewTemplate.LatestSubjectAsync"] = "what the page begins with; the list of applications tells it",
        ["ExternalSignIn.LinkAsync"] = "a browser at the provider",
        ["Passkeys.AddAsync"] = "a browser with a device",
        ["Passkeys.BeginAsync"] = "a browser with a device",
    };
}
