namespace Babyhelm.Web.Components;

/// <summary>
/// Runs commands of scoped services each in a scope of its own: the scope of a circuit lives as long as the page is open,
/// and its database context would show what was read first.
/// </summary>
internal sealed class ScopedCommands(IServiceScopeFactory scopes)
{
    public async Task<T> RunAsync<TService, T>(Func<TService, Task<T>> command) where TService : notnull
    {
        await using var scope = scopes.CreateAsyncScope();
        return await command(scope.ServiceProvider.GetRequiredService<TService>());
    }
}
