using Babyhelm.Core.Common;
using Babyhelm.Core.Manifests;

namespace Babyhelm.Tests.Manifests;

public class AppSpecValidatorTests
{
    private static readonly AppSpec Good = new() { Name = "web", Image = "nginx:1.27" };
    private static readonly AppSpec Worker = Good with { Kind = AppKind.Worker };
    private static readonly AppSpec Cron = Good with { Kind = AppKind.Cron, Schedule = "*/5 * * * *" };

    public static TheoryData<string, string, SpecCase> Faulty()
    {
        var data = new TheoryData<string, string, SpecCase>();
        void Add(string field, string says, AppSpec spec) => data.Add(field, says, new SpecCase(spec));

        Add("name", "lower-case", Good with { Name = "Web" });
        Add("image", "no spaces", Good with { Image = "nginx latest" });
        Add("kind", "Choose", Good with { Kind = (AppKind)7 });
        Add("ports", "at most 20", Good with { Ports = [.. Enumerable.Range(1, 21).Select(p => new PortSpec(p))] });
        Add("ports", "no ports", Cron with { Ports = [new(80)] });
        Add("ports[0].port", "1 to 65535", Good with { Ports = [new(0)] });
        Add("ports[0].port", "1 to 65535", Good with { Ports = [new(65536)] });
        Add("ports[1].port", "already used", Good with { Ports = [new(80), new(80, 81)] });
        Add("ports[0].targetPort", "1 to 65535", Good with { Ports = [new(80, -1)] });
        Add("env", "at most 200", Good with { Env = [.. Enumerable.Range(0, 201).Select(i => new EnvSpec("N" + i, ""))] });
        Add("env[0].name", "Give a name", Good with { Env = [new("", "x")] });
        Add("env[0].name", "digit", Good with { Env = [new("1A", "x")] });
        Add("env[0].name", "'='", Good with { Env = [new("A=B", "x")] });
        Add("env[0].name", "U+000A", Good with { Env = [new("A\nB", "x")] });
        Add("env[0].name", "U+00E9", Good with { Env = [new("É".ToLowerInvariant(), "x")] });
        Add("env[0].name", "'..'", Good with { Env = [new("..a", "x", true)] });
        Add("env[0].name", "at most 253", Good with { Env = [new(new string('A', 254), "x")] });
        Add("env[0].name", "reserved", Good with { Env = [new("BABYHELM_RELEASE", "x")] });
        Add("env[1].name", "already set", Good with { Env = [new("A", "1"), new("A", "2", true)] });
        Add("env[0].value", "Give a value", Good with { Env = [new("A", null)] });
        Add("env[0].value", "NUL", Good with { Env = [new("A", "x\0")] });
        Add("env[0].value", "Unicode", Good with { Env = [new("A", "x\ud800y")] });
        Add("env[0].value", "Unicode", Good with { Env = [new("A", "\udc00\ud800")] });
        Add("env[0].value", "at most 64 KiB", Good with { Env = [new("A", new string('é', 32 * 1024 + 1))] });
        Add("env", "at most 512 KiB", Good with { Env = [.. Enumerable.Range(0, 9).Select(i => new EnvSpec("N" + i, new string('x', 60_000)))] });
        Add("replicas", "0 to 100", Good with { Replicas = -1 });
        Add("replicas", "0 to 100", Good with { Replicas = 101 });
        Add("autoscale.min", "1 to 100", Good with { Autoscale = new(0, 3) });
        Add("autoscale.max", "1 to 100", Good with { Autoscale = new(1, 101) });
        Add("autoscale.max", "below", Good with { Autoscale = new(3, 2) });
        Add("autoscale.cpu", "1 to 100", Good with { Autoscale = new(1, 2, 0) });
        Add("autoscale.memory", "1 to 100", Good with { Autoscale = new(1, 2, 80, 101) });
        Add("autoscale.cpu", "on both", Good with { Autoscale = new(1, 2, null) });
        Add("autoscale", "not scaled", Cron with { Autoscale = new(1, 2) });
        Add("resources.cpu", "not a quantity", Good with { Resources = new() { Cpu = "lots" } });
        Add("resources.cpu", "1m to 256", Good with { Resources = new() { Cpu = "0" } });
        Add("resources.cpuLimit", "1m to 256", Good with { Resources = new() { CpuLimit = "257" } });
        Add("resources.cpu", "finest", Good with { Resources = new() { Cpu = "0.0005" } });
        Add("resources.cpu", "more than the limit", Good with { Resources = new() { Cpu = "2" } });
        Add("resources.memory", "4Mi to 4Ti", Good with { Resources = new() { Memory = "128m" } });
        Add("resources.memoryLimit", "4Mi to 4Ti", Good with { Resources = new() { MemoryLimit = "5Ti" } });
        Add("resources.memory", "more than the limit", Good with { Resources = new() { Memory = "1Gi" } });
        Add("health.path", "Start the path", Good with { Health = new("health") });
        Add("health.path", "Start the path", Good with { Health = new("") });
        Add("health.path", "encode U+0020", Good with { Health = new("/a b") });
        Add("health.path", "NUL", Good with { Health = new("/a\0") });
        Add("health.path", "at most 2048", Good with { Health = new("/" + new string('a', 2048)) });
        Add("health.port", "1 to 65535", Good with { Ports = [new(80)], Health = new("/", 0) });
        Add("health.port", "has none", Worker with { Health = new("/") });
        Add("health", "no health check", Cron with { Health = new("/", 80) });
        Add("command", "at most 100", Good with { Command = [.. Enumerable.Repeat("x", 101)] });
        Add("command[0]", "program", Good with { Command = [""] });
        Add("args[1]", "NUL", Good with { Args = ["", "a\0"] });
        Add("args", "at most 64 KiB", Good with { Args = [new string('x', 65_537)] });
        Add("expose.type", "Choose", Good with { Expose = new() { Type = (ExposeType)9 } });
        Add("expose.type", "not exposed", Worker with { Ports = [new(80)], Expose = new() { Type = ExposeType.Ingress, Host = "a.example" } });
        Add("expose.type", "not exposed", Worker with { Ports = [new(80)], Expose = new() { Host = "a.example" } });
        Add("expose.type", "not exposed", Cron with { Expose = new() { Type = ExposeType.LoadBalancer } });
        Add("expose.type", "Give a port", Worker with { Expose = new() { Type = ExposeType.LoadBalancer } });
        Add("expose.host", "host name", Good with { Expose = new() { Type = ExposeType.Ingress, Host = "Shop.example.com" } });
        Add("expose.host", "host name", Good with { Expose = new() { Type = ExposeType.Ingress, Host = "localhost" } });
        Add("expose.host", "host name", Good with { Expose = new() { Type = ExposeType.Ingress, Host = "10.0.0.1" } });
        Add("expose.host", "host name", Good with { Expose = new() { Type = ExposeType.Ingress, Host = "a..example" } });
        Add("expose.host", "host name", Good with { Expose = new() { Type = ExposeType.Ingress, Host = "a.example/" } });
        Add("expose.host", "needs a host", Good with { Expose = new() { Type = ExposeType.Ingress } });
        Add("expose.host", "needs an ingress", Good with { Expose = new() { Type = ExposeType.LoadBalancer, Host = "a.example" } });
        Add("expose.host", "needs an ingress", Good with { Expose = new() { Host = "a.example" } });
        Add("expose.loadBalancerClass", "needs a load balancer", Good with { Expose = new() { LoadBalancerClass = "tailscale" } });
        Add("expose.loadBalancerClass", "Use a name", Good with { Expose = new() { Type = ExposeType.LoadBalancer, LoadBalancerClass = "a b" } });
        Add("volumes", "at most 10", Good with { Volumes = [.. Enumerable.Range(0, 11).Select(i => new VolumeSpec($"vol{i}", $"/v{i}"))] });
        Add("replicas", "one replica", Good with { Replicas = 2, Volumes = [new("data", "/data")] });
        Add("autoscale", "one replica", Good with { Autoscale = new(1, 2), Volumes = [new("data", "/data")] });
        Add("volumes[0].name", "lower-case", Good with { Volumes = [new("Data", "/data")] });
        Add("volumes[1].name", "already used", Good with { Volumes = [new("data", "/a"), new("data", "/b")] });
        Add("volumes[0].mountPath", "absolute", Good with { Volumes = [new("data", "data")] });
        Add("volumes[0].mountPath", "'..'", Good with { Volumes = [new("data", "/a/../b")] });
        Add("volumes[0].mountPath", "root", Good with { Volumes = [new("data", "/")] });
        Add("volumes[0].mountPath", "':'", Good with { Volumes = [new("data", "/a:b")] });
        Add("volumes[1].mountPath", "already used", Good with { Volumes = [new("one", "/a"), new("two", "/a/")] });
        Add("volumes[0].size", "1Mi to 64Ti", Good with { Volumes = [new("data", "/a", "0")] });
        Add("volumes[0].size", "not a quantity", Good with { Volumes = [new("data", "/a", "big")] });
        Add("registry", "lower-case", Good with { Registry = "My Registry" });
        Add("schedule", "Only a cron", Good with { Schedule = "* * * * *" });
        Add("schedule", "Give a schedule", Cron with { Schedule = null });
        Add("schedule", "five fields", Cron with { Schedule = "@daily" });
        Add("schedule", "day of the week", Cron with { Schedule = "0 0 * * 7" });
        Add("progressDeadlineSeconds", "10 to 3600", Good with { ProgressDeadlineSeconds = 9 });
        Add("progressDeadlineSeconds", "10 to 3600", Good with { ProgressDeadlineSeconds = 3601 });
        return data;
    }

    [Theory]
    [MemberData(nameof(Faulty))]
    public void Each_broken_rule_names_its_field(string field, string says, SpecCase given)
    {
        var fault = Assert.Single(Assert.IsType<Invalid>(AppSpecValidator.Validate(given.Spec).Error).Faults);
        Assert.Equal(field, fault.Field);
        Assert.Contains(says, fault.Message);
    }

    [Fact]
    public void All_faults_are_told_at_once_in_the_order_of_the_fields()
    {
        var bad = Good with { Name = "", Image = "", Env = [new("1", "x")], Replicas = 1000, Resources = new() { Cpu = "x" } };
        var invalid = Assert.IsType<Invalid>(AppSpecValidator.Validate(bad).Error);
        Assert.Equal(["name", "image", "env[0].name", "replicas", "resources.cpu"], invalid.Faults.Select(f => f.Field));
    }

    [Fact]
    public void Faults_are_bounded()
    {
        var bad = Good with { Env = [.. Enumerable.Repeat(new EnvSpec("=", null), 200)] };
        Assert.InRange(Assert.IsType<Invalid>(AppSpecValidator.Validate(bad).Error).Faults.Count, 1, 100);
    }

    [Fact]
    public void A_web_application_without_ports_gets_the_port_of_its_image()
    {
        Assert.Equal([new PortSpec(80, 80)], AppSpecValidator.Validate(Good).Value.Ports);
        Assert.Equal([new PortSpec(80, 8080)], AppSpecValidator.Validate(Good with { Image = "acme/api" }).Value.Ports);
        Assert.Equal([new PortSpec(80, 3000)], AppSpecValidator.Validate(Good with { Health = new("/", 3000) }).Value.Ports);
        Assert.Equal([new PortSpec(443, 443)], AppSpecValidator.Validate(Good with { Ports = [new(443)] }).Value.Ports);
    }

    [Fact]
    public void Workers_and_cron_jobs_are_not_exposed()
    {
        Assert.Equal(ExposeType.None, AppSpecValidator.Validate(Worker).Value.Expose.Type);
        Assert.Empty(AppSpecValidator.Validate(Worker).Value.Ports);
        Assert.Equal(ExposeType.None, AppSpecValidator.Validate(Cron).Value.Expose.Type);
    }

    [Fact]
    public void A_validated_spec_stays_as_it_is()
    {
        var full = Good with
        {
            Env = [new("A", "\n{{ x }}\t\u202e𝄞"), new("API_KEY", null, true)],
            Autoscale = new(2, 5, 70, 80),
            Health = new("/healthz?full=1"),
            Command = ["/bin/sh", "-c"],
            Args = ["", "echo \"$(date)\""],
            Expose = new() { Type = ExposeType.Ingress, Host = "shop.example.com" },
            Registry = "github",
        };
        var once = AppSpecValidator.Validate(full).Value;
        Assert.Equal(AppSpecJson.Write(once), AppSpecJson.Write(AppSpecValidator.Validate(once).Value));
        Assert.Equal(full.Env, once.Env);
    }
}

/// <summary>Keeps hostile texts out of the names of the tests.</summary>
public sealed class SpecCase(AppSpec spec)
{
    public AppSpec Spec => spec;

    public override string ToString() => "spec";
}
