using Babyhelm.Core.Applications.Hooks;

namespace Babyhelm.Tests.Applications;

public sealed class HookRequestTests
{
    private const string Digest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    private const string Other = "sha256:fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210";

    [Theory]
    [InlineData("", "nginx:1.27", "nginx:1.27")]
    [InlineData("", "nginx", "nginx")]
    [InlineData(" \n", "nginx:1.27@" + Digest, "nginx:1.27")]
    [InlineData("{}", "nginx@" + Digest, "nginx@" + Digest)]
    [InlineData("""{"tag":"2"}""", "nginx:1.27@" + Digest, "nginx:2")]
    [InlineData("""{"tag":"2"}""", "localhost:5000/a/b", "localhost:5000/a/b:2")]
    [InlineData("""{"tag":"2","digest":""}""", "nginx", "nginx:2")]
    [InlineData("""{"digest":"sha256:fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"}""", "nginx:1.27", "nginx@" + Other)]
    [InlineData("""{"tag":"2","digest":"sha256:fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"}""", "nginx", "nginx:2@" + Other)]
    [InlineData("""{"image":"docker.io/library/nginx:3"}""", "nginx:1", "docker.io/library/nginx:3")]
    public void An_image_of_the_repository_is_made_of_what_is_given(string body, string present, string expected) =>
        Assert.Equal(expected, HookRequest.Read(body).Value.Resolve(present).Value);

    [Theory]
    [InlineData("""{"image":"evil/nginx:1"}""", "other-repository")]
    [InlineData("""{"image":"ghcr.io/library/nginx:1"}""", "other-repository")]
    [InlineData("""{"image":"nginx:1","tag":"2"}""", "invalid")]
    [InlineData("""{"tag":"a/b"}""", "invalid")]
    [InlineData("""{"tag":"a@b"}""", "invalid")]
    [InlineData("""{"tag":"2@sha256:fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"}""", "invalid")]
    [InlineData("""{"digest":"sha256:00"}""", "invalid")]
    [InlineData("""{"digest":"latest"}""", "invalid")]
    public void Anything_else_is_refused(string body, string code) => Assert.Equal(code, HookRequest.Read(body).Value.Resolve("nginx:1").Error?.Code);

    [Theory]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("1")]
    [InlineData("""{"tag":1}""")]
    [InlineData("""{"tag":"1","tag":"2"}""")]
    [InlineData("""{"ref":"main"}""")]
    public void What_is_no_such_object_is_refused(string body) => Assert.Equal("invalid", HookRequest.Read(body).Error?.Code);

    [Fact]
    public void What_is_told_of_a_request_is_short_and_plain()
    {
        var told = HookRequest.Read("""{"tag":"a\u001b[31m\n"}""").Value.Describe();
        Assert.Equal("tag a?[31m?", told);
        Assert.True(new HookRequest(Image: new string('a', 5000)).Describe().Length <= 301);
        // Characters of two halves stay whole, wherever the cut falls, and lone halves are not passed on.
        for (var before = 0; before < 4; before++)
        {
            var cut = new HookRequest(Image: new string('a', before) + string.Concat(Enumerable.Repeat("😀", 400))).Describe();
            Assert.True(cut.Length <= 301);
            Assert.DoesNotContain(cut.EnumerateRunes(), r => r == System.Text.Rune.ReplacementChar);
        }
        Assert.Equal("tag a?b", new HookRequest(Tag: "a\ud83db").Describe());
    }
}
