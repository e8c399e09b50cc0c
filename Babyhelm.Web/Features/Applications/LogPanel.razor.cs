using Babyhelm.Core.Applications;
using Babyhelm.Core.Rollouts;
using Babyhelm.Web.Components;
using Microsoft.AspNetCore.Components;

namespace Babyhelm.Web.Features.Applications;

public sealed partial class LogPanel
{
    // Browsers refuse a page that changes its address with every key.
    private static readonly TimeSpan Typing = TimeSpan.FromMilliseconds(400);

    /// <summary>Lines that the browser keeps.</summary>
    private const int Capacity = 10_000;

    /// <summary>Addresses that were asked for and have not come back as parameters yet.</summary>
    private readonly Queue<LogQuery> _under = new();
    private LogQuery? _address;
    private string? _search;
    private int _typed;
    private int _adopted;

    [Parameter, EditorRequired] public string Project { get; set; } = "";
    [Parameter, EditorRequired] public string App { get; set; } = "";
    [Parameter, EditorRequired] public string Namespace { get; set; } = "";
    [Parameter] public IReadOnlyList<PodState> Pods { get; set; } = [];

    [SupplyParameterFromQuery(Name = "pod")] private string? Pod { get; set; }
    [SupplyParameterFromQuery(Name = "previous")] private string? Previous { get; set; }
    [SupplyParameterFromQuery(Name = "follow")] private string? Follow { get; set; }
    [SupplyParameterFromQuery(Name = "q")] private string? Search { get; set; }
    [SupplyParameterFromQuery(Name = "only")] private string? Only { get; set; }
    [SupplyParameterFromQuery(Name = "times")] private string? Times { get; set; }
    [SupplyParameterFromQuery(Name = "wrap")] private string? Wrap { get; set; }

    [Inject] private ApplicationLogs Logs { get; set; } = default!;
    [Inject] private NavigationManager Navigation { get; set; } = default!;
    [Inject] private TimeProvider Time { get; set; } = default!;

    /// <summary>What is chosen. It is ahead of the address, so that of two quick choices the second does not undo the first.</summary>
    private LogQuery Query { get; set; } = default!;

    protected override void OnParametersSet()
    {
        var address = LogQuery.Of(Pod, Previous, Follow, Search, Only, Times, Wrap);
        if (address == _address) return;
        _address = address;
        if (_under.Contains(address))
        {
            while (_under.Dequeue() != address) ; // those before it were overtaken
            return;
        }
        // The first one, or a link to this page. What is typed later is the field's own.
        (Query, _search) = (address, address.Search);
        _under.Clear();
        _adopted++;
    }

    private IAsyncEnumerable<AppLogLine> Read(CancellationToken cancellation)
    {
        var follow = Query is { Follow: true, Previous: false };
        return Logs.ReadAsync(
            new AppKey(Namespace, App),
            new AppLogOptions { Tail = Capacity / Math.Max(1, Query.Pod is null ? Pods.Count : 1), Follow = follow, Restarts = follow, Previous = Query.Previous, Pod = Query.Pod },
            cancellation);
    }

    private async Task SearchAsync(ChangeEventArgs change)
    {
        var mine = ++_typed;
        await Task.Delay(Typing, Time);
        if (mine == _typed) Go(Query with { Search = Some(change) });
    }

    private void Go(LogQuery query)
    {
        if (query == Query) return;
        var page = Urls.Application(Project, App, ApplicationTab.Logs.Path);
        // Left meanwhile: then it is another page's address.
        if (new Uri(Navigation.Uri).AbsolutePath != page) return;
        Query = query;
        _under.Enqueue(query);
        Navigation.NavigateTo(query.On(page), replace: true);
    }

    private static string? Some(ChangeEventArgs change) => change.Value as string is { Length: > 0 } text ? text : null;

    private static bool On(ChangeEventArgs change) => change.Value is true;
}
