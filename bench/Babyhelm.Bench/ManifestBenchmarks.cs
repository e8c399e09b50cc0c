using Babyhelm.Core.Liquid;
using Babyhelm.Core.Manifests;
using BenchmarkDotNet.Attributes;

namespace Babyhelm.Bench;

/// <summary>All objects of one release of an application that uses most of what there is: secret, deployment, service, autoscaler, ingress.</summary>
[MemoryDiagnoser]
public class ManifestBenchmarks
{
    private readonly ManifestBuilder _builder = new(ManifestTemplates.BuiltIn);
    private readonly ApplicationContext _context = new()
    {
        ProjectId = "6f1c",
        ProjectName = "shop",
        Namespace = "bh-shop",
        Release = 7,
        Spec = AppSpecValidator.Validate(new AppSpec
        {
            Name = "web",
            Image = "registry.example.com/shop/web:1.27",
            Ports = [new PortSpec(80, 8080)],
            Env = [new EnvSpec("MODE", "prod"), new EnvSpec("API_KEY", "not a real one", Secret: true)],
            Autoscale = new AutoscaleSpec(2, 5, 70),
            Health = new HealthSpec("/", 8080),
            Expose = new ExposeSpec { Type = ExposeType.Ingress, Host = "shop.example.com" },
        }).Value,
    };

    private readonly (LiquidTemplate Template, LiquidMap Values)[] _parts;

    public ManifestBenchmarks()
    {
        var values = ManifestValues.ForApplication(_context, ImageReference.Parse(_context.Spec.Image).Value);
        _parts = [.. new[] { "secret", "deployment", "service", "autoscaler", "ingress" }.Select(name => (ManifestTemplates.BuiltIn[name], values))];
    }

    /// <summary>The templates alone: text of all manifests, in characters.</summary>
    [Benchmark]
    public int Render()
    {
        var length = 0;
        foreach (var (template, values) in _parts) length += (template.Render(values).Value ?? throw new BenchException("a template does not render")).Length;
        return length;
    }

    /// <summary>Templates rendered, read back as YAML and held against the policy.</summary>
    [Benchmark]
    public ManifestSet Build() => _builder.BuildApplication(_context).Value;
}
