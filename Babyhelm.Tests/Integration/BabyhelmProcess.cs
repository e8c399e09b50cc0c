using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Babyhelm.Tests.Common;

namespace Babyhelm.Tests.Integration;

/// <summary>The real web process on a free port of the loopback address, with a database; killable.</summary>
public sealed class BabyhelmProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(180);
    private static int _clients;
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output;

    private BabyhelmProcess(Process process, ConcurrentQueue<string> output, int port, string connection)
    {
        _process = process;
        _output = output;
        Port = port;
        Connection = connection;
    }

    public int Port { get; }
    public string Connection { get; }
    public Uri Url => new($"http://localhost:{Port}");
    public Uri AppsUrl => new($"http://apps.localhost:{Port}");
    public int Id => _process.Id;
    public string Output => string.Join('\n', _output);

    /// <param name="connection">Null makes a new database, migrated already.</param>
    /// <param name="port">Null takes a free one.</param>
    /// <param name="settings">Configuration as environment variables, for example <c>Sandbox__PullDelay</c>.</param>
    public static async Task<BabyhelmProcess> StartAsync(
        string? connection = null, int? port = null, IReadOnlyDictionary<string, string>? settings = null)
    {
        connection ??= await MigratedDatabase.CopyAsync();
        while (true)
        {
            var app = Launch(connection, port ?? TestPorts.Take(), settings);
            try
            {
                await app.WaitReadyAsync();
                return app;
            }
            catch (Exception e) when (e is InvalidOperationException && port is null && app.Output.Contains("address already in use", StringComparison.OrdinalIgnoreCase))
            {
                await app.DisposeAsync(); // another test run was faster
            }
            catch
            {
                await app.DisposeAsync();
                throw;
            }
        }
    }

    /// <summary>Starts without waiting until it takes requests.</summary>
    public static BabyhelmProcess Launch(string connection, int port, IReadOnlyDictionary<string, string>? settings = null)
    {
        var configuration = AppContext.BaseDirectory.Contains("/Release/", StringComparison.Ordinal) ? "Release" : "Debug";
        var start = new ProcessStartInfo("dotnet")
        {
            WorkingDirectory = Path.GetTempPath(),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList = { Path.Combine(RepositoryRoot.Path, "Babyhelm.Web", "bin", configuration, "net10.0", "Babyhelm.Web.dll") },
        };
        start.Environment.Remove("KUBECONFIG");
        // Short lives: profiling code, and compiling it once more for speed, cost more than they bring.
        start.Environment["DOTNET_TieredPGO"] = "0";
        start.Environment["DOTNET_TC_CallCounting"] = "0";
        // Nearly all of a start is compiling, which this makes dearer.
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0";
        start.Environment["ASPNETCORE_URLS"] = $"http://localhost:{port}";
        start.Environment["ConnectionStrings__Babyhelm"] = connection;
        start.Environment["Public__Url"] = $"http://localhost:{port}";
        start.Environment["Public__AppsUrl"] = $"http://apps.localhost:{port}";
        foreach (var (key, value) in settings ?? new Dictionary<string, string>()) start.Environment[key] = value;

        var output = new ConcurrentQueue<string>();
        var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, e) => output.Enqueue(e.Data ?? "");
        process.ErrorDataReceived += (_, e) => output.Enqueue(e.Data ?? "");
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return new BabyhelmProcess(process, output, port, connection);
    }

    /// <summary>
    /// A client on any host name of the process. Each comes from a loopback address of its own, because sign-in is limited
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
            if (_process.HasExited) throw new InvalidOperationException($"Babyhelm ended with {_process.ExitCode}:\n{Output}");
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

    /// <summary>SIGKILL: no handler runs, nothing is flushed.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGTERM: asks it to end.</summary>
    public void Terminate()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        kill.WaitForExit();
    }

    public async Task<int> WaitForExitAsync(TimeSpan limit)
    {
        using var cancel = new CancellationTokenSource(limit);
        await _process.WaitForExitAsync(cancel.Token);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) await KillAsync();
        _process.Dispose();
    }

    /// <summary>Access tokens are short-lived, a run of all tests is not: gets a new one in time, as a client should.</summary>
    private sealed class RenewingTokens(BabyhelmProcess app, JsonObject tokens) : DelegatingHandler
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
