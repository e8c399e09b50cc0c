using Babyhelm.Core.Common;
using Babyhelm.Core.Projects;
using Babyhelm.Web.Features.Projects;

namespace Babyhelm.Tests.Components;

public sealed class NewProjectModelTests
{
    [Fact]
    public async Task A_bad_name_is_not_sent()
    {
        var model = new NewProjectModel(_ => throw new InvalidOperationException());
        model.Type("My Shop");

        Assert.Null(await model.SubmitAsync());
        Assert.True(model.Submitted);
    }

    [Fact]
    public async Task A_taken_name_is_said_until_another_is_typed()
    {
        var model = new NewProjectModel(_ => Task.FromResult<Result<ProjectView>>(new Conflict("taken", "name-taken")));
        model.Type("shop");

        Assert.Null(await model.SubmitAsync());
        Assert.Equal("taken", model.NameError);
        Assert.False(model.Busy);
        model.Type("shop2");
        Assert.Null(model.NameError);
    }

    [Fact]
    public async Task A_second_click_while_it_runs_sends_nothing()
    {
        var sent = 0;
        var answer = new TaskCompletionSource<Result<ProjectView>>();
        var model = new NewProjectModel(_ =>
        {
            sent++;
            return answer.Task;
        });
        model.Type("shop");

        var first = model.SubmitAsync();
        Assert.Null(await model.SubmitAsync());
        answer.SetResult(new ProjectView(Guid.NewGuid(), "shop", "bh-shop", ProjectState.Provisioning, null, default, ProjectRole.Owner));

        Assert.Equal("shop", await first);
        Assert.Equal(1, sent);
    }
}
