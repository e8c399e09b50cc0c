using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Configuration;

namespace Babyhelm.Tests.Kubernetes;

/// <summary>Tokens, passwords and token files, from a kubeconfig to what the server sees.</summary>
public sealed class CredentialTests : CredentialHarness
{
    [Fact]
    public async Task Tokens_passwords_and_impersonation_are_sent_as_headers()
    {
        await using var server = await ApiServer.StartAsync(e => e.AnswerAsync(200, Version));
        using (var token = Client(server.Address, "token: abc")) await token.VersionAsync();
        using (var password = Client(server.Address, "username: ann, password: pw")) await password.VersionAsync();
        using (var other = Client(server.Address, "token: abc, as: bob, as-groups: [dev, ops]")) await other.VersionAsync();
        using (var none = Client(server.Address, "")) await none.VersionAsync();
        var seen = server.Seen.ToArray();
        Assert.Equal(["Bearer abc", "Basic " + Base64("ann:pw"), "Bearer abc", null], seen.Select(s => s.Authorization));
        Assert.Equal(("bob", "dev,ops"), (seen[2].Headers["Impersonate-User"], seen[2].Headers["Impersonate-Group"].Replace(", ", ",")));
    }

    [Fact]
    public async Task A_token_file_is_read_again_each_minute_and_survives_its_replacement()
    {
        await using var server = await ApiServer.StartAsync(e => e.AnswerAsync(200, Version));
        var path = Write("token", "one\n");
        using var client = Client(server.Address, "tokenFile: token");
        await client.VersionAsync();
        File.WriteAllText(path, "two");
        _time.Advance(TimeSpan.FromSeconds(59));
        await client.VersionAsync();
        _time.Advance(TimeSpan.FromSeconds(2));
        await client.VersionAsync();
        File.Delete(path);
        _time.Advance(TimeSpan.FromMinutes(2));
        await client.VersionAsync();
        Assert.Equal(["Bearer one", "Bearer one", "Bearer two", "Bearer two"], server.Seen.Select(s => s.Authorization));
    }

    [Fact]
    public async Task An_empty_token_file_is_named()
    {
        await using var server = await ApiServer.StartAsync(e => e.AnswerAsync(200, Version));
        var path = Write("token", "\n");
        using var client = Client(server.Address, "tokenFile: token");
        Assert.Contains($"{path} is empty", Assert.IsType<ClusterConfigInvalid>((await client.VersionAsync()).Error).Message);
        Assert.Empty(server.Seen);
    }

    [Fact]
    public async Task After_a_401_the_token_file_is_read_again_and_the_request_repeated_once()
    {
        await using var server = await ApiServer.StartAsync(e => e.Authorization == "Bearer two" ? e.AnswerAsync(200, Version) : e.AnswerAsync(401, Unauthorized));
        var path = Write("token", "one");
        using var client = Client(server.Address, "tokenFile: token");
        Assert.Equal(401, Assert.IsType<KubernetesError>((await client.VersionAsync()).Error).Status);
        Assert.Single(server.Seen);

        File.WriteAllText(path, "two");
        Assert.Null((await client.VersionAsync()).Error);
        Assert.Equal(["Bearer one", "Bearer one", "Bearer two"], server.Seen.Select(s => s.Authorization));

        File.WriteAllText(path, "three");
        _time.Advance(TimeSpan.FromMinutes(2));
        File.WriteAllText(path, "four");
        Assert.Equal(401, Assert.IsType<KubernetesError>((await client.VersionAsync()).Error).Status);
        Assert.Equal(["Bearer four"], server.Seen.Skip(3).Select(s => s.Authorization));
    }

    [Fact]
    public async Task A_fixed_token_is_not_tried_twice()
    {
        await using var server = await ApiServer.StartAsync(e => e.AnswerAsync(401, Unauthorized));
        using var client = Client(server.Address, "token: abc");
        Assert.Equal(("cluster-unauthorized", "The cluster refused the credentials (401). Check the user of the kubeconfig or the service account's token."), Told((await client.VersionAsync()).Error));
        Assert.Single(server.Seen);
    }

    private static (string, string) Told(Error? error) => (error!.Code, error.Message);

    [Fact]
    public async Task A_client_can_be_made_of_an_address_and_a_token()
    {
        await using var server = await ApiServer.StartAsync(e => e.AnswerAsync(200, Version));
        using var client = new KubernetesClient(ClusterConfig.For(new Uri(server.Address, "/k8s/clusters/c-1"), "abc"));
        Assert.Null((await client.VersionAsync()).Error);
        Assert.Equal(("/k8s/clusters/c-1/version", "Bearer abc"), (server.Seen.Single().PathAndQuery, server.Seen.Single().Authorization));
    }
}
