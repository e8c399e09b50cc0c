using Babyhelm.Core.Data;
using Babyhelm.Web.Components.Shared;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Babyhelm.Tests.Components;

public sealed class LivePageTests
{
    [Fact]
    public async Task A_change_during_the_first_load_loads_again()
    {
        await using var stage = new Stage();
        var shown = stage.Renderer.ShowAsync<Page>();

        stage.Changes.Publish(new Change(ChangeOf.Application, Guid.NewGuid())); // the page does not know its own yet
        stage.Loads.First.SetResult();
        await shown;
        await stage.Loads.Second.Task.WaitAsync(TimeSpan.FromMinutes(1));

        Assert.Empty(stage.Renderer.Faults);
    }

    [Fact]
    public async Task A_page_that_was_left_hears_nothing_and_can_still_be_asked_whether_it_is()
    {
        await using var stage = new Stage();
        stage.Loads.First.SetResult();
        await stage.Renderer.ShowAsync<Page>();
        var page = stage.Loads.Page!;

        page.Dispose();
        stage.Changes.Publish(new Change(ChangeOf.Unknown, Guid.Empty));

        Assert.True(page.IsGone);
        await stage.Renderer.Dispatcher.InvokeAsync(() => Assert.Equal(1, stage.Loads.Count));
        Assert.Empty(stage.Renderer.Faults);
    }

    private sealed class Loads
    {
        public TaskCompletionSource First { get; } = new();
        public TaskCompletionSource Second { get; } = new();
        public int Count { get; set; }
        public Page? Page { get; set; }
    }

    private sealed class Page : LivePage
    {
        [Inject] private Loads Loads { get; set; } = default!;

        public bool IsGone => Gone.IsCancellationRequested;

        protected override string Subject => "one";

        protected override bool Concerns(Change change) => false;

        protected override async Task LoadAsync()
        {
            Loads.Page = this;
            if (++Loads.Count == 1) await Loads.First.Task;
            else Loads.Second.TrySetResult();
        }
    }

    private sealed class Stage : IAsyncDisposable
    {
        private readonly NpgsqlDataSource _database = NpgsqlDataSource.Create("Host=127.0.0.1;Port=1"); // never opened
        private readonly ServiceProvider _services;

        public Stage()
        {
            Changes = new ChangeListener(_database, new DatabaseReady(), TimeProvider.System, NullLogger<ChangeListener>.Instance);
            _services = new ServiceCollection().AddSingleton(Changes).AddSingleton(Loads).AddSingleton<NavigationManager, Nowhere>().BuildServiceProvider();
            Renderer = new PageRenderer(_services);
        }

        public ChangeListener Changes { get; }
        public Loads Loads { get; } = new();
        public PageRenderer Renderer { get; }

        public async ValueTask DisposeAsync()
        {
            await Renderer.DisposeAsync();
            Changes.Dispose();
            await _services.DisposeAsync();
            await _database.DisposeAsync();
        }
    }

    private sealed class Nowhere : NavigationManager
    {
        public Nowhere() => Initialize("http://localhost/", "http://localhost/");
    }
}
