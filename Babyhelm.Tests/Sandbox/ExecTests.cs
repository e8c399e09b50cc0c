using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using static Babyhelm.Tests.Sandbox.SandboxFixture;

namespace Babyhelm.Tests.Sandbox;

/// <summary>The exec endpoint as any client sees it, with the framework's own WebSocket.</summary>
public sealed class ExecTests(SandboxFixture sandbox) : IClassFixture<SandboxFixture>
{
    private const string V5 = "v5.channel.k8s.io";
    private const string V4 = "v4.channel.k8s.io";

    private static string Path(string ns, string pod, string query) => $"/api/v1/namespaces/{ns}/pods/{pod}/exec?{query}";

    private async Task<string> PodAsync(string containers = "[{name: web, image: 'demo/hello:1'}]", string more = "", string phase = "Running")
    {
        var ns = await sandbox.NamespaceAsync();
        await sandbox.ApplyAsync($"/api/v1/namespaces/{ns}/pods/p", $"{{apiVersion: v1, kind: Pod, metadata: {{name: p, labels: {{team: blue}}}}, spec: {{containers: {containers}{more}}}}}", 201);
        await sandbox.UntilAsync($"/api/v1/namespaces/{ns}/pods", p => Text(p, "status", "phase") == phase);
        return ns;
    }

    private async Task<ClientWebSocket> OpenAsync(string path, params string[] protocols)
    {
        var socket = new ClientWebSocket();
        foreach (var protocol in protocols) socket.Options.AddSubProtocol(protocol);
        socket.Options.SetRequestHeader("Authorization", $"Bearer {sandbox.Cluster.Token}");
        socket.Options.CollectHttpResponseDetails = true;
        socket.Options.RemoteCertificateValidationCallback = (_, _, _, _) => true;
        using var limit = new CancellationTokenSource(Deadline);
        try
        {
            await socket.ConnectAsync(new UriBuilder(new Uri(sandbox.Cluster.Endpoint, path)) { Scheme = "wss" }.Uri, limit.Token);
        }
        catch (WebSocketException) when (socket.HttpStatusCode != 0)
        {
            // refused: the test looks at the status
        }
        return socket;
    }

    /// <summary>A message as its channel, a colon and its text; null at the close.</summary>
    private static async Task<string?> ReadAsync(ClientWebSocket socket)
    {
        using var limit = new CancellationTokenSource(Deadline);
        using var message = new MemoryStream();
        var buffer = new byte[4096];
        while (true)
        {
            var received = await socket.ReceiveAsync(buffer.AsMemory(), limit.Token);
            if (received.MessageType == WebSocketMessageType.Close) return null;
            message.Write(buffer, 0, received.Count);
            if (received.EndOfMessage) return $"{message.GetBuffer()[0]}:{Encoding.UTF8.GetString(message.GetBuffer(), 1, (int)message.Length - 1)}";
        }
    }

    /// <summary>All text of each channel until the server closes.</summary>
    private static async Task<string[]> ReadAllAsync(ClientWebSocket socket)
    {
        var texts = new string[] { "", "", "", "", "" };
        while (await ReadAsync(socket) is { } message) texts[message[0] - '0'] += message[2..];
        return texts;
    }

    private static Task SendAsync(ClientWebSocket socket, params byte[] message) => socket.SendAsync(message, WebSocketMessageType.Binary, true, CancellationToken.None);

    private static Task TypeAsync(ClientWebSocket socket, string text) => SendAsync(socket, [0, .. Encoding.UTF8.GetBytes(text)]);

    private async Task<(string Output, string Error, JsonNode Status)> RunAsync(string ns, params string[] command)
    {
        using var socket = await OpenAsync(Path(ns, "p", $"stdout=true&stderr=true&{string.Join('&', command.Select(c => "command=" + Uri.EscapeDataString(c)))}"), V5);
        var texts = await ReadAllAsync(socket);
        return (texts[1], texts[2], JsonNode.Parse(texts[3])!);
    }

    [Theory]
    [InlineData(V5)]
    [InlineData(V4)]
    public async Task A_session_begins_with_an_empty_message_and_ends_with_a_status_and_a_close(string protocol)
    {
        var ns = await PodAsync();
        using var socket = await OpenAsync(Path(ns, "p", "command=sh&command=-c&command=echo+a;echo+b+%3E%262;exit+7&stdout=true&stderr=true"), protocol);
        Assert.Equal(protocol, socket.SubProtocol);
        Assert.Equal("1:", await ReadAsync(socket));
        Assert.Equal("1:a\n", await ReadAsync(socket));
        Assert.Equal("2:b\n", await ReadAsync(socket));
        Assert.Equal("3:" + """{"metadata":{},"status":"Failure","message":"command terminated with non-zero exit code: exit status 7","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"7"}]}}""", await ReadAsync(socket));
        Assert.Null(await ReadAsync(socket));
        Assert.Equal(WebSocketCloseStatus.NormalClosure, socket.CloseStatus);
    }

    [Fact]
    public async Task The_newest_of_the_offered_protocols_is_taken()
    {
        var ns = await PodAsync();
        using var socket = await OpenAsync(Path(ns, "p", "command=true&stdout=true"), "channel.k8s.io", V4, V5);
        Assert.Equal(V5, socket.SubProtocol);
        using var old = await OpenAsync(Path(ns, "p", "command=true&stdout=true"), "channel.k8s.io");
        Assert.Equal(HttpStatusCode.Forbidden, old.HttpStatusCode);
    }

    [Fact]
    public async Task Only_version_five_ends_the_input()
    {
        var ns = await PodAsync();
        var path = Path(ns, "p", "command=cat&stdin=true&stdout=true");
        using var five = await OpenAsync(path, V5);
        await TypeAsync(five, "hello");
        await SendAsync(five, 255, 0);
        var texts = await ReadAllAsync(five);
        Assert.Equal(("hello", """{"metadata":{},"status":"Success"}"""), (texts[1], texts[3]));

        using var four = await OpenAsync(path, V4);
        await TypeAsync(four, "hello");
        await SendAsync(four, 255, 0);
        await TypeAsync(four, " again");
        Assert.Equal("1:", await ReadAsync(four));
        Assert.Equal("1:hello", await ReadAsync(four));
        Assert.Equal("1: again", await ReadAsync(four));
    }

    [Fact]
    public async Task A_request_without_an_upgrade_or_over_spdy_is_refused()
    {
        var ns = await PodAsync();
        var path = Path(ns, "p", "command=true&stdout=true");
        Assert.Equal("Upgrade request required", Text(await sandbox.SendAsync("GET", path, expect: 400), "message"));
        using var request = new HttpRequestMessage(HttpMethod.Post, path);
        request.Headers.Connection.Add("Upgrade");
        request.Headers.Upgrade.ParseAdd("SPDY/3.1");
        using var answer = await sandbox.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("not over SPDY", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wrong_targets_are_refused_as_the_api_server_does()
    {
        var ns = await PodAsync("[{name: a, image: 'demo/hello:1', ports: [{containerPort: 8081}]}, {name: b, image: 'demo/hello:1', ports: [{containerPort: 8082}]}]");
        const string run = "command=true&stdout=true";
        Assert.Equal("pods \"nosuch\" not found", Text(await sandbox.SendAsync("GET", Path(ns, "nosuch", run), expect: 404), "message"));
        Assert.Equal("a container name must be specified for pod p, choose one of: [a b]", Text(await sandbox.SendAsync("GET", Path(ns, "p", run), expect: 400), "message"));
        Assert.Equal("container c is not valid for pod p", Text(await sandbox.SendAsync("GET", Path(ns, "p", run + "&container=c"), expect: 400), "message"));
        using var none = await OpenAsync(Path(ns, "p", "command=true&container=a"), V5);
        Assert.Equal(HttpStatusCode.BadRequest, none.HttpStatusCode);
        using var nothing = await OpenAsync(Path(ns, "p", "stdout=true&container=a"), V5);
        Assert.Equal(HttpStatusCode.BadRequest, nothing.HttpStatusCode);
    }

    [Fact]
    public async Task A_container_that_does_not_run_is_told_before_the_session_by_four_and_in_it_by_five()
    {
        var ns = await PodAsync("[{name: web, image: 'demo/missing:1'}]", phase: "Pending");
        await sandbox.UntilAsync($"/api/v1/namespaces/{ns}/pods", p => p["status"]!["containerStatuses"] is not null);
        var path = Path(ns, "p", "command=true&stdout=true");
        using var four = await OpenAsync(path, V4);
        Assert.Equal(HttpStatusCode.InternalServerError, four.HttpStatusCode);
        using var five = await OpenAsync(path, V5);
        Assert.Contains("container not found (\\\"web\\\")", (await ReadAllAsync(five))[3], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_program_is_the_runtimes_error()
    {
        var (_, _, status) = await RunAsync(await PodAsync(), "bash");
        Assert.Equal("InternalError", Text(status, "reason"));
        Assert.EndsWith("unable to start container process: exec: \"bash\": executable file not found in $PATH: unknown", Text(status, "message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_environment_has_the_values_that_the_container_started_with()
    {
        var ns = await sandbox.NamespaceAsync();
        await sandbox.ApplyAsync($"/api/v1/namespaces/{ns}/secrets/s", "{apiVersion: v1, kind: Secret, metadata: {name: s}, stringData: {token: s3cret, cert: pem}}", 201);
        await sandbox.ApplyAsync($"/api/v1/namespaces/{ns}/configmaps/c", "{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {mode: prod, file.txt: \"one\\ntwo\\n\"}}", 201);
        await sandbox.ApplyAsync($"/api/v1/namespaces/{ns}/pods/p", """
            apiVersion: v1
            kind: Pod
            metadata: {name: p, labels: {team: blue}}
            spec:
              securityContext: {runAsUser: 1000}
              volumes: [{name: s, secret: {secretName: s, items: [{key: cert, path: tls.pem}]}}, {name: c, configMap: {name: c}}, {name: d, emptyDir: {}}]
              containers:
              - name: web
                image: demo/hello:1
                workingDir: /data
                resources: {limits: {memory: 64Mi}}
                envFrom: [{configMapRef: {name: c}, prefix: C_}]
                env:
                - {name: TOKEN, valueFrom: {secretKeyRef: {name: s, key: token}}}
                - {name: BOTH, value: "$(TOKEN)-$(C_mode)-$(NONE)-$$(TOKEN)"}
                - {name: POD, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
                - {name: TEAM, valueFrom: {fieldRef: {fieldPath: "metadata.labels['team']"}}}
                - {name: MEMORY, valueFrom: {resourceFieldRef: {resource: limits.memory}}}
                volumeMounts: [{name: s, mountPath: /certs}, {name: c, mountPath: /etc/one.txt, subPath: file.txt}, {name: d, mountPath: /data}]
            """, 201);
        await sandbox.UntilAsync($"/api/v1/namespaces/{ns}/pods", p => Text(p, "status", "phase") == "Running");
        await sandbox.ApplyAsync($"/api/v1/namespaces/{ns}/secrets/s", "{apiVersion: v1, kind: Secret, metadata: {name: s}, stringData: {token: changed, cert: newer}}", 200);

        var environment = (await RunAsync(ns, "env")).Output.Split('\n');
        foreach (var expected in new[] { "C_mode=prod", "TOKEN=s3cret", "BOTH=s3cret-prod-$(NONE)-$(TOKEN)", "POD=p", "TEAM=blue", "MEMORY=67108864", "HOSTNAME=p" }) Assert.Contains(expected, environment);
        Assert.Equal("newer", (await RunAsync(ns, "cat", "/certs/tls.pem")).Output);
        Assert.Equal("one\ntwo\n", (await RunAsync(ns, "cat", "/etc/one.txt")).Output);
        Assert.Equal("/data\nuid=1000 gid=1000 groups=1000\ntls.pem\n", (await RunAsync(ns, "sh", "-c", "pwd; id; ls /certs")).Output);
        Assert.Equal("whoami: unknown uid 1000\n", (await RunAsync(ns, "whoami")).Error);
        Assert.Equal("prod\n", (await RunAsync(ns, "printenv", "C_mode")).Output);
    }

    [Fact]
    public async Task Processes_of_other_sessions_are_listed_until_they_end()
    {
        var ns = await PodAsync("[{name: web, image: 'demo/hello:1', command: [serve, --fast]}]");
        using (var socket = await OpenAsync(Path(ns, "p", "command=sleep&command=1000&stdout=true"), V5))
        {
            Assert.Equal("1:", await ReadAsync(socket));
            string listed;
            using var limit = new CancellationTokenSource(Deadline);
            do listed = (await RunAsync(ns, "ps")).Output;
            while (!listed.Contains("sleep 1000", StringComparison.Ordinal) && !limit.IsCancellationRequested);
            Assert.Matches(@"^  PID USER     TIME  COMMAND\n    1 root      0:00 serve --fast\n +\d+ root      0:00 sleep 1000\n +\d+ root      0:00 ps\n$", listed);
        }
        using var deadline = new CancellationTokenSource(Deadline);
        while ((await RunAsync(ns, "ps")).Output.Contains("sleep", StringComparison.Ordinal)) deadline.Token.ThrowIfCancellationRequested();
    }

    [Fact]
    public async Task A_terminal_echoes_edits_and_prompts()
    {
        const string Erase = "\b \b";
        var ns = await PodAsync();
        using var socket = await OpenAsync(Path(ns, "p", "command=/bin/sh&stdin=true&stdout=true&stderr=true&tty=true"), V5);
        await ShowsAsync(socket, "/ # ");
        await TypeAsync(socket, "wrong\u0015echö\u007Fo h\u001b[Aé\u007Fi\r");
        await ShowsAsync(socket, $"wrong{string.Concat(Enumerable.Repeat(Erase, 5))}echö{Erase}o hé{Erase}i\r\nhi\r\n/ # ");
        await SendAsync(socket, [4, .. "{\"Width\":90,\"Height\":30}"u8]);
        await TypeAsync(socket, "stty size\r");
        await ShowsAsync(socket, "stty size\r\n30 90\r\n/ # ");
        await TypeAsync(socket, "garbage\u0003");
        await ShowsAsync(socket, "garbage^C\r\n/ # ");
        await TypeAsync(socket, "nosuch\r");
        await ShowsAsync(socket, "nosuch\r\nsh: nosuch: not found\r\n/ # ");
        await TypeAsync(socket, "cd /etc; echo $? $TERM\r");
        await ShowsAsync(socket, "cd /etc; echo $? $TERM\r\n0 xterm\r\n/etc # ");
        await TypeAsync(socket, "cat\r");
        await ShowsAsync(socket, "cat\r\n");
        await TypeAsync(socket, "again\r");
        await ShowsAsync(socket, "again\r\nagain\r\n");
        await TypeAsync(socket, "\u0004");
        await ShowsAsync(socket, "/etc # ");
        await TypeAsync(socket, "sleep 1000\r");
        await ShowsAsync(socket, "sleep 1000\r\n");
        await TypeAsync(socket, "\u0003");
        // Typed before or after the sleep began: it ends either way.
        await ShowsAsync(socket, "^C\r\n/etc # ");
        await TypeAsync(socket, "\u0004");
        Assert.StartsWith("3:", await ReadAsync(socket), StringComparison.Ordinal);
    }

    /// <summary>Reads until so much text has come, which must be this.</summary>
    private static async Task ShowsAsync(ClientWebSocket socket, string expected)
    {
        var text = "";
        while (text.Length < expected.Length)
        {
            var message = await ReadAsync(socket);
            Assert.StartsWith("1:", message, StringComparison.Ordinal);
            text += message![2..];
        }
        Assert.Equal(expected, text);
    }
}
