using System.Collections.Concurrent;
using Babyhelm.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Babyhelm.Tests.Integration;

/// <summary>Babyhelm in the process of the tests: a server, sandbox and background work of its own, and code that is compiled once for all.</summary>
internal sealed class BabyhelmInProcess : RunningBabyhelm
{
    /// <summary>For what is open still: a test is over, and waits for nobody.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private readonly WebApplication _app;
    private readonly OutputLog _output;
    private readonly DirectoryInfo _folder;

    private BabyhelmInProcess(WebApplication app, OutputLog output, DirectoryInfo folder, int port, string connection)
        : base(port, connection)
    {
        _app = app;
        _output = output;
        _folder = folder;
    }

    public override string Output => _output.Text;
    protected override string? Ended => _app.Lifetime.ApplicationStopping.IsCancellationRequested ? "a stop" : null;

    /// <summary>Away from the few threads that tests share: what the program goes on with would stay there.</summary>
    public static Task<BabyhelmInProcess> StartAsync(string connection, int port, IReadOnlyDictionary<string, string>? settings) =>
        Task.Run(() => BuildAndStartAsync(connection, port, settings));

    private static async Task<BabyhelmInProcess> BuildAndStartAsync(string connection, int port, IReadOnlyDictionary<string, string>? settings)
    {
        var folder = Directory.CreateTempSubdirectory("babyhelm-inside-");
        var all = Settings(connection, port, settings);
        all.TryAdd("Sandbox__KubeConfigPath", Path.Combine(folder.FullName, "kubeconfig"));
        all["URLS"] = $"http://localhost:{port}";
        all["Logging__Console__LogLevel__Default"] = "None";
        var app = await BabyhelmHost.BuildAsync([.. all.Select(s => $"--{s.Key.Replace("__", ":", StringComparison.Ordinal)}={s.Value}")])
            ?? throw new InvalidOperationException("Babyhelm can't be built with these settings; standard error says why.");
        var output = new OutputLog();
        app.Services.GetRequiredService<ILoggerFactory>().AddProvider(output);
        var inside = new BabyhelmInProcess(app, output, folder, port, connection);
        try
        {
            await app.StartAsync();
            await inside.WaitReadyAsync();
            return inside;
        }
        catch
        {
            await inside.DisposeAsync();
            throw;
        }
    }

    public override async ValueTask DisposeAsync()
    {
        try
        {
            using var grace = new CancellationTokenSource(Grace);
            await _app.StopAsync(grace.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or AggregateException)
        {
            // something took longer, and was cut
        }
        await _app.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    /// <summary>What is logged, as the console would show it.</summary>
    private sealed class OutputLog : ILoggerProvider
    {
        private readonly ConcurrentQueue<string> _lines = new();

        public string Text => string.Join('\n', _lines);

        public ILogger CreateLogger(string categoryName) => new Category(categoryName, _lines);

        public void Dispose()
        {
        }

        private sealed class Category(string name, ConcurrentQueue<string> lines) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

            public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
                lines.Enqueue($"{logLevel}: {name}: {formatter(state, exception)}{(exception is null ? "" : $"\n{exception}")}");
        }
    }
}
