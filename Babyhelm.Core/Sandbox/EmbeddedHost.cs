using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Babyhelm.Core.Sandbox;

/// <summary>A web host inside another process: no configuration of its own, no signal handling, no log of each request.</summary>
internal static class EmbeddedHost
{
    public static WebApplicationBuilder CreateBuilder(ILoggerFactory logs)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.Services.AddSingleton<ILoggerFactory>(new Quiet(logs));
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        return builder;
    }

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    /// <summary>The servers tell of warnings and errors only, and do not dispose the process's own logging.</summary>
    private sealed class Quiet(ILoggerFactory logs) : ILoggerFactory
    {
        public void AddProvider(ILoggerProvider provider) => logs.AddProvider(provider);

        public ILogger CreateLogger(string categoryName) => new WarningsOnly(logs.CreateLogger(categoryName));

        public void Dispose() { }
    }

    private sealed class WarningsOnly(ILogger logger) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => NullLogger.Instance.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning && logger.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) logger.Log(logLevel, eventId, state, exception, formatter);
        }
    }
}
