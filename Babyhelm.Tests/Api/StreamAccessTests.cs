using System.Net.Sockets;
using System.Threading.Channels;
using Babyhelm.Core.Accounts;
using Babyhelm.Core.Accounts.Sessions;
using Babyhelm.Core.Accounts.Tokens;
using Babyhelm.Tests.Common;
using Babyhelm.Tests.Integration;
using Babyhelm.Web.Api;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Babyhelm.Tests.Api;

/// <summary>Answers that stay open (logs, rollouts), with a turned clock: whoever may not read on is cut off with the next minute.</summary>
public sealed class StreamAccessTests(MigratedDatabase database) : IClassFixture<MigratedDatabase>, IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly ManualTimeProvider _time = new();
    private readonly Channel<bool> _asked = Channel.CreateUnbounded<bool>();
    private ServiceProvider _services = null!;
    private Caller _caller = null!;
    private Func<bool> _mayRead = () => true;

    public async Task InitializeAsync()
    {
        _services = MigratedDatabase.Reach(database.Connection, _time);
        var email = $"{Guid.NewGuid():N}@example.com";
        var user = new AppUser { Id = Guid.NewGuid(), UserName = email, NormalizedUserName = email.ToUpperInvariant(), Email = email, NormalizedEmail = email.ToUpperInvariant(), SecurityStamp = "1", CreatedAt = _time.GetUtcNow() };
        await using var db = await database.Contexts.CreateDbContextAsync();
        db.Add(user);
        await db.SaveChangesAsync();
        var session = await _services.GetRequiredService<SessionStore>().BeginAsync(user.Id, SessionKind.Api, false, null, null, default);
        _caller = Caller.Of(user, null) with { SessionId = session.Id };
    }

    public async Task DisposeAsync() => await _services.DisposeAsync();

    [Fact]
    public async Task It_goes_on_as_long_as_its_reader_may_read_and_ends_with_the_lock()
    {
        await using var open = Open();
        for (var i = 0; i < 3; i++) await MinuteAsync();
        Assert.False(open.Ended.IsCompleted);
        await using (var db = await database.Contexts.CreateDbContextAsync())
            await db.Users.Where(u => u.Id == _caller.UserId).ExecuteUpdateAsync(set => set.SetProperty(u => u.LockedAt, _time.GetUtcNow()));
        _time.Advance(TimeSpan.FromSeconds(59));
        Assert.False(open.Ended.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));
        await open.Ended.WaitAsync(Patience);
    }

    [Fact]
    public async Task It_ends_with_the_session()
    {
        await using var open = Open();
        await MinuteAsync();
        await _services.GetRequiredService<SessionStore>().EndAsync(_caller.SessionId!.Value, default);
        _time.Advance(TimeSpan.FromMinutes(1));
        await open.Ended.WaitAsync(Patience);
    }

    [Fact]
    public async Task It_ends_with_the_personal_token()
    {
        var made = await _services.GetRequiredService<PersonalTokens>().CreateAsync(_caller, new NewPersonalToken("stream", AccessScope.Read, 1), default);
        var byToken = _caller with { SessionId = null, TokenId = made.Value.View.Id, Scope = AccessScope.Read };
        await using var open = Open(byToken);
        await MinuteAsync();
        await _services.GetRequiredService<PersonalTokens>().RevokeAsync(_caller, made.Value.View.Id, default);
        _time.Advance(TimeSpan.FromMinutes(1));
        await open.Ended.WaitAsync(Patience);
    }

    [Fact]
    public async Task It_outlives_an_outage_of_the_database_and_ends_without_the_right()
    {
        await using var open = Open();
        _mayRead = () => throw new NpgsqlException("refused", new SocketException());
        await MinuteAsync();
        _mayRead = () => false; // no member any more
        Assert.False(open.Ended.IsCompleted);
        _time.Advance(TimeSpan.FromMinutes(1));
        await open.Ended.WaitAsync(Patience);
    }

    [Fact]
    public async Task It_ends_when_nobody_can_tell_any_more()
    {
        await using var open = Open();
        await MinuteAsync();
        _mayRead = () => throw new InvalidOperationException("a bug");
        _time.Advance(TimeSpan.FromMinutes(1));
        await open.Ended.WaitAsync(Patience);
    }

    /// <summary>Lets a minute go by, and waits until the stream has asked.</summary>
    private async Task MinuteAsync()
    {
        _time.Advance(TimeSpan.FromMinutes(1));
        using var limit = new CancellationTokenSource(Patience);
        await _asked.Reader.ReadAsync(limit.Token);
    }

    private OpenAnswer Open(Caller? caller = null)
    {
        var open = new OpenAnswer(_services);
        StreamAccess.Watch(open.Http, caller ?? _caller, (_, _) =>
        {
            var answer = _mayRead; // the one of this minute, whatever the test says next
            _asked.Writer.TryWrite(true);
            return Task.FromResult(answer());
        });
        return open;
    }

    /// <summary>An answer without a server: says when it was cut off, and runs at its end what was registered for it.</summary>
    private sealed class OpenAnswer : IHttpRequestLifetimeFeature, IAsyncDisposable
    {
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly Completable _response = new();

        public OpenAnswer(IServiceProvider services)
        {
            Http = new DefaultHttpContext { RequestServices = services };
            Http.Features.Set<IHttpRequestLifetimeFeature>(this);
            Http.Features.Set<IHttpResponseFeature>(_response);
        }

        public DefaultHttpContext Http { get; }
        public Task Ended => _ended.Task;
        public CancellationToken RequestAborted { get; set; }

        public void Abort() => _ended.TrySetResult();

        public async ValueTask DisposeAsync()
        {
            foreach (var (callback, state) in _response.Callbacks) await callback(state);
        }

        private sealed class Completable : HttpResponseFeature
        {
            public List<(Func<object, Task> Callback, object State)> Callbacks { get; } = [];

            public override void OnCompleted(Func<object, Task> callback, object state) => Callbacks.Add((callback, state));
        }
    }
}
