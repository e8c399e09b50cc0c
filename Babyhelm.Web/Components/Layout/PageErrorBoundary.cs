using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;

namespace Babyhelm.Web.Components.Layout;

/// <summary>Shows what happened and what to do in place of a page that failed; the frame around it stays usable.</summary>
public sealed partial class PageErrorBoundary : ErrorBoundaryBase
{
    [Inject] private ILogger<PageErrorBoundary> Logger { get; set; } = default!;

    protected override Task OnErrorAsync(Exception exception)
    {
        LogFailed(Logger, exception);
        return Task.CompletedTask;
    }

    protected override void BuildRenderTree(RenderTreeBuilder builder)
    {
        if (CurrentException is null)
        {
            builder.AddContent(0, ChildContent);
            return;
        }
        var problem = PageProblem.Of(CurrentException);
        builder.OpenComponent<ProblemView>(1);
        builder.AddComponentParameter(2, nameof(ProblemView.Title), problem.Title);
        builder.AddComponentParameter(3, nameof(ProblemView.Advice), problem.Advice);
        builder.AddComponentParameter(4, nameof(ProblemView.Retry), EventCallback.Factory.Create(this, Recover));
        builder.CloseComponent();
    }

    [LoggerMessage(LogLevel.Error, "A page failed.")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
