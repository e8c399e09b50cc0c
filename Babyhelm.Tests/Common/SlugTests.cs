using Babyhelm.Core.Common;

namespace Babyhelm.Tests.Common;

public class SlugTests
{
    [Theory]
    [InlineData("web")]
    [InlineData("a1")]
    [InlineData("my-shop-2")]
    [InlineData("abcdefghijklmnopqrstuvwxyz1234")]
    public void Good_names_have_no_problem(string name) => Assert.Null(Slug.Problem(name));

    [Theory]
    [InlineData(null, "Give a name")]
    [InlineData("", "Give a name")]
    [InlineData("a", "at least 2")]
    [InlineData("abcdefghijklmnopqrstuvwxyz12345", "at most 30")]
    [InlineData("1web", "Start with")]
    [InlineData("-web", "Start with")]
    [InlineData("Web", "Start with")]
    [InlineData("web-", "End with")]
    [InlineData("we--b", "single dashes")]
    [InlineData("we_b", "'_'")]
    [InlineData("we\nb", "U+000A")]
    [InlineData("wéb", "'é'")]
    public void Bad_names_are_explained(string? name, string says) => Assert.Contains(says, Slug.Problem(name));

    [Theory]
    [InlineData("My Shop!", "my-shop")]
    [InlineData("  42 things", "things")]
    [InlineData("nginx", "nginx")]
    [InlineData("a__b..c", "a-b-c")]
    [InlineData("???", null)]
    [InlineData(null, null)]
    public void A_name_is_proposed_from_any_text(string? text, string? proposed) => Assert.Equal(proposed, Slug.Propose(text));

    [Fact]
    public void A_proposal_of_a_long_text_is_cut_to_a_good_name()
    {
        var name = Slug.Propose(new string('x', 29) + "-long");
        Assert.Null(Slug.Problem(name));
    }
}
