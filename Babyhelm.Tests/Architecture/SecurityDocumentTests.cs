using System.Reflection;
using System.Text.RegularExpressions;
using Babyhelm.Tests.Integration;

namespace Babyhelm.Tests.Architecture;

/// <summary>What the security document names is there: a test that was renamed or removed must not go on being shown for a requirement.</summary>
public sealed partial class SecurityDocumentTests
{
    private static readonly string Text = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "docs", "security.md"));

    [Fact]
    public void Every_test_that_it_names_exists()
    {
        var tests = typeof(SecurityDocumentTests).Assembly.GetTypes()
            .SelectMany(t => t.GetMethods(BindingFlags.Public | BindingFlags.Instance).Where(m => m.GetCustomAttributes<FactAttribute>().Any()).Select(m => $"{t.Name}.{m.Name}")).ToHashSet();
        var named = NamedTest().Matches(Text).Select(m => m.Groups[1].Value).Distinct().ToList();
        Assert.True(named.Count > 50, $"{named.Count}");
        Assert.Empty(named.Where(n => !tests.Contains(n)).Order());
    }

    [Fact]
    public void Every_member_that_it_names_exists()
    {
        var types = new[] { typeof(Babyhelm.Core.Accounts.AppUser).Assembly, typeof(Babyhelm.Web.Account.DueSteps).Assembly }
            .SelectMany(a => a.GetTypes()).GroupBy(t => t.Name).ToDictionary(g => g.Key, g => g.ToList());
        const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static;
        var named = NamedMember().Matches(Text).Select(m => (Type: m.Groups[1].Value, Member: m.Groups[2].Value)).Where(n => types.ContainsKey(n.Type)).Distinct().ToList();
        Assert.True(named.Count > 10, $"{named.Count}");
        Assert.Empty(named.Where(n => !types[n.Type].Any(t => t.GetMember(n.Member, All).Length > 0)).Select(n => $"{n.Type}.{n.Member}"));
    }

    [Fact]
    public void Every_requirement_stands_once_with_a_state_that_is_defined()
    {
        var rows = Requirement().Matches(Text).Select(m => (Id: m.Groups[1].Value, State: m.Groups[2].Value.Trim())).ToList();
        Assert.True(rows.Count > 80, $"{rows.Count}");
        Assert.Empty(rows.GroupBy(r => r.Id).Where(g => g.Count() > 1).Select(g => g.Key));
        Assert.Empty(rows.Where(r => r.State is not ("met" or "partly" or "not met" or "not applicable")).Select(r => r.Id));
    }

    [GeneratedRegex(@"`(\w+Tests\.\w+)`")]
    private static partial Regex NamedTest();

    [GeneratedRegex(@"`([A-Z]\w+)\.([A-Z]\w+)`")]
    private static partial Regex NamedMember();

    [GeneratedRegex(@"(?m)^\| (\d+\.\d+\.\d+) \|[^|]*\|([^|]*)\|")]
    private static partial Regex Requirement();
}
