using Babyhelm.Core.Applications;
using Babyhelm.Core.Common;
using Babyhelm.Web.Features.Applications;

namespace Babyhelm.Tests.Components;

/// <summary>Another image is deployed over the release that was seen while it was typed.</summary>
public sealed class RedeployModelTests
{
    private readonly List<(string Image, int Seen)> _sent = [];
    private readonly List<string> _messages = [];
    private readonly RedeployModel _model;
    private int _latest = 1;

    public RedeployModelTests()
    {
        _model = new RedeployModel((image, message, seen) =>
        {
            _sent.Add((image, seen));
            _messages.Add(message);
            return Task.FromResult<Result<Deployed>>(seen == _latest ? new Deployed("shop", "web", ++_latest) : new Conflict("Changed meanwhile by x.", ChangedMeanwhile.CodeOf));
        });
        _model.Follow("nginx:1", 1);
    }

    [Fact]
    public async Task Whoever_has_typed_nothing_has_seen_what_the_page_shows()
    {
        _model.Follow("nginx:2", _latest = 2);
        Assert.NotNull(await _model.SubmitAsync());
        Assert.Equal([("nginx:2", 2)], _sent);
    }

    [Fact]
    public async Task A_reason_goes_with_its_image_and_not_with_the_next()
    {
        Assert.False(_model.Touched);
        _model.Type("nginx:2");
        Assert.True(_model.Touched);
        _model.Message = "faster";
        Assert.NotNull(await _model.SubmitAsync());
        Assert.False(_model.Touched);
        _model.Follow("nginx:2", 2);
        _model.Type("nginx:3");
        Assert.NotNull(await _model.SubmitAsync());
        Assert.Equal(["faster", ""], _messages);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_came_while_typing_is_told_once_and_can_then_be_replaced(bool pageKnowsFirst)
    {
        _model.Type("nginx:9");
        _latest = 2;
        if (pageKnowsFirst) _model.Follow("nginx:2", 2);
        Assert.Null(await _model.SubmitAsync());
        Assert.Equal("Changed meanwhile by x.", _model.Problem);
        Assert.Equal("nginx:9", _model.Image);

        if (!pageKnowsFirst) _model.Follow("nginx:2", 2);
        Assert.NotNull(await _model.SubmitAsync());
        Assert.Equal([("nginx:9", 1), ("nginx:9", 2)], _sent);

        // The next begins anew.
        _model.Type("nginx:10");
        _latest = 4;
        _model.Follow("nginx:4", 4);
        Assert.Null(await _model.SubmitAsync());
    }
}
