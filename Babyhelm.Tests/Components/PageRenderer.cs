using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.RenderTree;
using Microsoft.Extensions.Logging.Abstractions;

namespace Babyhelm.Tests.Components;

#pragma warning disable BL0006 // the render tree is what a test of a component looks at

/// <summary>Renders one component as a circuit would, without a browser, and raises its events.</summary>
internal sealed class PageRenderer(IServiceProvider services) : Renderer(services, NullLoggerFactory.Instance)
{
    private int _root;

    public override Dispatcher Dispatcher { get; } = Dispatcher.CreateDefault();

    public List<Exception> Faults { get; } = [];

    protected override RendererInfo RendererInfo { get; } = new("Test", isInteractive: true);

    /// <summary>Begins to render; the task ends when the component is at rest.</summary>
    public Task ShowAsync<T>(Dictionary<string, object?>? parameters = null) where T : IComponent => Dispatcher.InvokeAsync(() =>
    {
        _root = AssignRootComponentId(InstantiateComponent(typeof(T)));
        return RenderRootComponentAsync(_root, ParameterView.FromDictionary(parameters ?? []));
    });

    /// <summary>Gives the component other parameters.</summary>
    public Task ChangeAsync(Dictionary<string, object?> parameters) =>
        Dispatcher.InvokeAsync(() => RenderRootComponentAsync(_root, ParameterView.FromDictionary(parameters)));

    /// <summary>All text and attribute values as they are now.</summary>
    public Task<string> TextAsync() => Dispatcher.InvokeAsync(() => string.Join('\n', Frames(_root).Select(f => f.FrameType switch
    {
        RenderTreeFrameType.Text => f.TextContent,
        RenderTreeFrameType.Markup => f.MarkupContent,
        RenderTreeFrameType.Attribute => $"{f.AttributeName}={f.AttributeValue as string ?? (f.AttributeValue is true ? "true" : "")}",
        _ => "",
    })));

    /// <summary>Raises the event of the first element that takes it; the task ends when its handler does.</summary>
    public Task RaiseAsync(string name, EventArgs args) => Dispatcher.InvokeAsync(() =>
        DispatchEventAsync(Frames(_root).First(f => f.FrameType == RenderTreeFrameType.Attribute && f.AttributeName == name && f.AttributeEventHandlerId != 0).AttributeEventHandlerId, null, args));

    protected override void HandleException(Exception exception) => Faults.Add(exception);

    protected override Task UpdateDisplayAsync(in RenderBatch renderBatch) => Task.CompletedTask;

    private List<RenderTreeFrame> Frames(int component)
    {
        var range = GetCurrentRenderTreeFrames(component);
        var frames = new List<RenderTreeFrame>();
        foreach (var frame in range.Array.AsSpan(0, range.Count).ToArray())
        {
            frames.Add(frame);
            if (frame.FrameType == RenderTreeFrameType.Component) frames.AddRange(Frames(frame.ComponentId));
        }
        return frames;
    }
}
