using Babyhelm.Tests.Integration;
using Babyhelm.Web.Features.Applications;

namespace Babyhelm.Tests.Components;

public sealed class HookSnippetsTests
{
    [Fact]
    public void The_page_and_the_document_show_the_same()
    {
        var document = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "docs", "deploy-hooks.md"));
        Assert.All(HookSnippets.All, s => Assert.Contains(s.Text.ReplaceLineEndings("\n"), document, StringComparison.Ordinal));
    }
}
