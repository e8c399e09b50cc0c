using Babyhelm.Core.Manifests;

namespace Babyhelm.Tests.Components;

public sealed class CommandLineTests
{
    public static TheoryData<string, string[]> Cases => new()
    {
        { "", [] },
        { "  ", [] },
        { "npm start", ["npm", "start"] },
        { "sh -c 'echo \"a b\"; exit 3'", ["sh", "-c", "echo \"a b\"; exit 3"] },
        { "a\"b c\"d", ["ab cd"] },
        { "a '' b", ["a", "", "b"] },
        { "a\\ b \\\"", ["a b", "\""] },
        { "'back\\slash'", ["back\\slash"] },
        { "open \"quote", ["open", "quote"] },
        { "$HOME `id` ; |", ["$HOME", "`id`", ";", "|"] },
    };

    [Theory, MemberData(nameof(Cases))]
    public void Words_are_taken_apart(string text, string[] words) => Assert.Equal(words, CommandLine.Split(text));

    [Theory, MemberData(nameof(Cases))]
    public void What_is_shown_reads_back_the_same(string text, string[] words)
    {
        _ = text;
        Assert.Equal(words, CommandLine.Split(CommandLine.Join(words)));
    }
}
