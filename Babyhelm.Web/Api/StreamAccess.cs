using Babyhelm.Core.Accounts;
using Babyhelm.Core.Accounts.Tokens;
using Babyhelm.Core.Data;
using Babyhelm.Web.Account;
using Microsoft.Extensions.Options;

namespace Babyhelm.Web.Api;

/// <summary>
/// Looks as often as circuits do, every minute by default, whether who reads an open answer may still do so, and cuts it off if
/// not. While the database is away nobody can be asked; any other failure cuts it off.
/// </summary>
internal sealed partial class StreamAccess : IAsyncDisposable
{
    private readonly CancellationTokenSource _done = new();
    private readonly Task _watching;

    private StreamAccess(HttpContext http, Caller caller, TokenSignIn signIn, Func<Caller, CancellationToken, Task<bool>> mayRead, TimeSpan interval, TimeProvider time) =>
        _watching = WatchAsync(http, caller, signIn, mayRead, interval, time);

    /// <summary>Watches until the answer ends.</summary>
    /// <param name="mayRead">Whether the caller has the right to what is read.</param>
    public static void Watch(HttpContext http, Caller caller, Func<Caller, CancellationToken, Task<bool>> mayRead) => http.Response.RegisterForDisposeAsync(new StreamAccess(
        http, caller, http.RequestServices.GetRequiredService<TokenSignIn>(), mayRead,
        TimeSpan.FromSeconds(http.RequestServices.GetRequiredService<IOptions<CircuitOptions>>().Value.CheckSeconds), http.RequestServices.GetRequiredService<TimeProvider>()));

    private async Task WatchAsync(HttpContext http, Caller caller, TokenSignIn signIn, Func<Caller, CancellationToken, Task<bool>> mayRead, TimeSpan interval, TimeProvider time)
    {
        using var timer = new PeriodicTimer(interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(_done.Token))
                if (!await IsGoodAsync(caller, signIn, mayRead)) http.Abort();
        }
        catch (OperationCanceledException) when (_done.IsCancellationRequested)
        {
            // the answer has ended
        }
        catch (Exception e)
        {
            // Nobody looks any more whether it may go on.
            LogFailed(http.RequestServices.GetRequiredService<ILogger<StreamAccess>>(), e);
            http.Abort();
        }
    }

    [LoggerMessage(LogLevel.Error, "Whether an open answer may go on could not be found out. It was cut off.")]
    private static partial void LogFailed(ILogger logger, Exception exception);

    private async Task<bool> IsGoodAsync(Caller caller, TokenSignIn signIn, Func<Caller, CancellationToken, Task<bool>> mayRead)
    {
        try
        {
            return await signIn.RenewAsync(caller, _done.Token) is { } renewed && await mayRead(renewed, _done.Token);
        }
        catch (Exception e) when (DatabaseFault.IsOutage(e))
        {
            return true;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _done.CancelAsync();
        await _watching;
        _done.Dispose();
    }
}
