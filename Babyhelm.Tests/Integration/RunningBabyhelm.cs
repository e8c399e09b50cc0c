using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Babyhelm.Tests.Common;

namespace Babyhelm.Tests.Integration;

/// <summary>The whole program with a database, taking requests on a free port of the loopback address.</summary>
/// <remarks>
/// Most tests get one that runs in the process of the tests: nearly all that a new process does is to compile itself.
/// Those that end it roughly, or look at what belongs to a process, take a <see cref="BabyhelmProcess"/>.
/// </remarks>
public abstract class RunningBabyhelm(int port, string connection) : IAsyncDisposable
{
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(180);
    private static int _clients;

    public int Port => port;
    public string Connection => connection;
    public Uri Url => new($"http://localhost:{Port}");
    public Uri AppsUrl => new($"http://apps.localhost:{Port}");

    /// <summary>What it logged so far.</summary>
    public abstract string Output { get; }

    /// <summary>What it ended with by itself; null while it runs.</summary>
    protected abstract string? Ended { get; }

    /// <summary>Starts it in the process of the tests, with a new database that is migrated already, and waits until it takes requests.</summary>
    /// <param name="settings">Configuration as environment variables, for example <c>Sandbox__PullDelay</c>.</param>
    public static async Task<RunningBabyhelm> StartAsync(IReadOnlyDictionary<string, string>? settings = null)
    {
        var connection = await MigratedDatabase.CopyAsync();
        while (true)
        {
            try
            {
                return await BabyhelmInProcess.StartAsync(connection, TestPorts.Take(), settings);
            }
            catch (IOException e) when (e.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
            {
                // another test run was faster
            }
        }
    }

    /// <summary>The settings that each has, and its own, by their names as environment variables.</summary>
    protected static Dictionary<string, string> Settings(string connection, int port, IReadOnlyDictionary<string, string>? own)
    {
        var all = new Dictionary<string, string>
        {
            ["ConnectionStrings__Babyhelm"] = connection,
            ["Public__Url"] = $"http://localhost:{port}",
            ["Public__AppsUrl"] = $"http://apps.localhost:{port}",
        };
        foreach (var (key, value) in own ?? new Dictionary<string, string>()) all[key] = value;
        return all;
    }

    /// <summary>
    /// A client on any host name of Babyhelm. Each comes from a loopback address of its own, because sign-in is limited
    /// per address.
    /// </summary>
    public HttpClient CreateClient(string? token = null) => CreateClient(token, handler => handler);

    private HttpClient CreateClient(string? token, Func<HttpMessageHandler, HttpMessageHandler> around)
    {
        var number = Interlocked.Increment(ref _clients);
        var source = IPAddress.Parse($"127.7.{number / 250}.{number % 250 + 1}");
        var client = new HttpClient(around(new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            // After one second by default the body goes out unasked.
            Expect100ContinueTimeout = TimeSpan.FromSeconds(60),
            ConnectCallback = async (_, cancellation) =>
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                try
                {
                    socket.Bind(new IPEndPoint(source, 0));
                    await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, Port), cancellation);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            },
        }))
        { BaseAddress = Url };
        if (token is not null) client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    /// <summary>Registers a user and answers a client that is signed in as them.</summary>
    public Task<HttpClient> RegisterAsync(string email) => SignInAsync("register", email);

    /// <summary>A client that is signed in as a user who registered with <see cref="TestPassword"/>.</summary>
    public Task<HttpClient> LoginAsync(string email) => SignInAsync("login", email);

    private async Task<HttpClient> SignInAsync(string route, string email)
    {
        using var anonymous = CreateClient();
        var answer = await anonymous.PostAsJsonAsync($"/api/v1/auth/{route}", new { email, password = TestPassword });
        answer.EnsureSuccessStatusCode();
        return CreateClient(null, inner => new RenewingTokens(this, (JsonObject)JsonNode.Parse(answer.Content.ReadAsStream())!) { InnerHandler = inner });
    }

    public const string TestPassword = "correct horse battery";

    public async Task WaitReadyAsync()
    {
        using var client = CreateClient();
        var deadline = Stopwatch.StartNew();
        while (true)
        {
            if (Ended is { } end) throw new InvalidOperationException($"Babyhelm ended with {end}:\n{Output}");
            if (deadline.Elapsed > StartDeadline) throw new TimeoutException($"Babyhelm was not ready in time:\n{Output}");
            try
            {
                using var answer = await client.GetAsync("/healthz/ready");
                if (answer.IsSuccessStatusCode) return;
            }
            catch (HttpRequestException)
            {
                // not listening yet
            }
            await Task.Delay(50);
        }
    }

    public abstract ValueTask DisposeAsync();

    /// <summary>Access tokens are short-lived, a run of all tests is not: gets a new one in time, as a client should.</summary>
    private sealed class RenewingTokens(RunningBabyhelm app, JsonObject tokens) : DelegatingHandler
    {
        private static readonly TimeSpan Early = TimeSpan.FromMinutes(5);
        private readonly SemaphoreSlim _gate = new(1, 1);
        private JsonObject _tokens = tokens;
        private long _since = Stopwatch.GetTimestamp();

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Headers.Authorization ??= new AuthenticationHeaderValue("Bearer", await TokenAsync(cancellationToken));
            return await base.SendAsync(request, cancellationToken);
        }

        private async Task<string> TokenAsync(CancellationToken cancellation)
        {
            await _gate.WaitAsync(cancellation);
            try
            {
                if (Stopwatch.GetElapsedTime(_since) > TimeSpan.FromSeconds(_tokens["expiresIn"]!.GetValue<int>()) - Early)
                {
                    using var anonymous = app.CreateClient();
                    var answer = await anonymous.PostAsJsonAsync("/api/v1/auth/refresh", new { refreshToken = _tokens["refreshToken"]!.GetValue<string>() }, cancellation);
                    // Ended by the test itself: the old token tells it.
                    if (answer.IsSuccessStatusCode) _tokens = (await answer.Content.ReadFromJsonAsync<JsonObject>(cancellation))!;
                    _since = Stopwatch.GetTimestamp();
                }
                return _tokens["accessToken"]!.GetValue<string>();
            }
            finally
            {
                _gate.Release();
            }
        }

        protected override void Dispose(bool disposing)
        {
            _gate.Dispose();
            base.Dispose(disposing);
        }
    }
}
