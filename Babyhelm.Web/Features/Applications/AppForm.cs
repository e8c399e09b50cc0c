using System.Globalization;
using Babyhelm.Core.Common;
using Babyhelm.Core.Manifests;

namespace Babyhelm.Web.Features.Applications;

/// <summary>
/// What a person fills in of an app spec, as text, so that nothing typed is ever lost. Name and port follow the image
/// until the person sets them.
/// </summary>
public sealed class AppForm
{
    private readonly AppSpec _base;
    private bool _nameSet;
    private bool _portSet;

    private AppForm(AppSpec spec) => _base = spec;

    public string Image { get; private set; } = "";
    public string Name { get; private set; } = "";
    public string Port { get; private set; } = "";
    public AppKind Kind { get; set; } = AppKind.Web;
    public string? Schedule => _base.Schedule;
    public bool IsWeb => Kind == AppKind.Web;
    public string Replicas { get; set; } = "1";
    public string Cpu { get; set; } = "";
    public string CpuLimit { get; set; } = "";
    public string Memory { get; set; } = "";
    public string MemoryLimit { get; set; } = "";
    public string HealthPath { get; set; } = "";
    public string Command { get; set; } = "";
    public string Args { get; set; } = "";
    public List<EnvRow> Env { get; } = [];

    /// <summary>The image as it was understood, or null while it is not one.</summary>
    public ImageReference? Understood { get; private set; }

    /// <summary>Why the image typed so far is not one; null for a good or an empty one.</summary>
    public string? ImageProblem { get; private set; }

    public static AppForm New()
    {
        var form = new AppForm(new AppSpec { Name = "", Image = "" });
        form.Take(form._base);
        return form;
    }

    public static AppForm Of(AppSpec spec)
    {
        var form = new AppForm(spec) { _nameSet = true, _portSet = spec.Ports.Count > 0 };
        form.Take(spec);
        form.Name = spec.Name;
        form.Port = spec.Ports is [var first, ..] ? Text(first.Target) : "";
        form.SetImage(spec.Image);
        return form;
    }

    public void SetImage(string image)
    {
        Image = image;
        var parsed = ImageReference.Parse(image.Trim());
        Understood = parsed.Error is null ? parsed.Value : null;
        ImageProblem = image.Trim().Length == 0 ? null : parsed.Error?.Message;
        if (Understood is null) return;
        if (!_nameSet) Name = Understood.ProposeName() ?? "";
        if (!_portSet) Port = Text(Understood.ProposePort());
    }

    /// <summary>An emptied field goes back to following the image.</summary>
    public void SetName(string name)
    {
        Name = name;
        _nameSet = name.Length > 0;
    }

    public void SetPort(string port)
    {
        Port = port;
        _portSet = port.Length > 0;
    }

    /// <summary>The spec as typed, or the fields that are no numbers. The rules are the command's.</summary>
    public Result<AppSpec> ToSpec()
    {
        var faults = new List<Fault>();
        var replicas = Number(Replicas, "replicas", faults) ?? 1;
        var port = !IsWeb ? null : Number(Port, "ports[0].targetPort", faults);
        if (faults.Count > 0) return new Invalid(faults);

        return _base with
        {
            Name = Name,
            Image = Image.Trim(),
            Kind = Kind,
            Ports = Ports(port),
            Replicas = replicas,
            Env = [.. Env.Where(e => !e.IsBlank).Select(e => e.ToSpec())],
            Resources = new ResourcesSpec { Cpu = Cpu.Trim(), CpuLimit = CpuLimit.Trim(), Memory = Memory.Trim(), MemoryLimit = MemoryLimit.Trim() },
            Health = !IsWeb ? (Kind == _base.Kind ? _base.Health : null) : HealthPath.Trim() is { Length: > 0 } path ? (_base.Health ?? new HealthSpec()) with { Path = path }
                : _base.Health is { Port: not null } health ? health with { Path = null } : null,
            Command = CommandLine.Split(Command),
            Args = CommandLine.Split(Args),
            // What was no web application had no link; as one it gets its own.
            Expose = IsWeb && _base is { Kind: not AppKind.Web, Expose.Type: ExposeType.None } ? _base.Expose with { Type = ExposeType.Gateway } : _base.Expose,
        };
    }

    /// <summary>The form has the first port only; the others stay. Emptied, the first follows the image.</summary>
    private IReadOnlyList<PortSpec> Ports(int? port) => (IsWeb, _base.Ports, port) switch
    {
        (false, _, _) => Kind == _base.Kind ? _base.Ports : [],
        (true, [var first, ..], _) => [first with { TargetPort = port ?? Understood?.ProposePort() ?? first.Target }, .. _base.Ports.Skip(1)],
        (true, _, { } typed) => [new PortSpec(80, typed)],
        _ => [], // the rules' default
    };

    private void Take(AppSpec spec)
    {
        Kind = spec.Kind;
        Replicas = Text(spec.Replicas);
        (Cpu, CpuLimit, Memory, MemoryLimit) = (spec.Resources.Cpu, spec.Resources.CpuLimit, spec.Resources.Memory, spec.Resources.MemoryLimit);
        HealthPath = spec.Health?.Path ?? "";
        Command = CommandLine.Join(spec.Command);
        Args = CommandLine.Join(spec.Args);
        Env.AddRange(spec.Env.Select(e => new EnvRow { Name = e.Name, Value = e.Value ?? "", Secret = e.Secret, Kept = e is { Secret: true, Value: null } }));
    }

    /// <summary>Null for an empty field: the default.</summary>
    private static int? Number(string text, string field, List<Fault> faults)
    {
        if (text.Trim().Length == 0) return null;
        if (int.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return number;
        faults.Add(new Fault(field, "Give a whole number."));
        return null;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>One environment variable as typed.</summary>
public sealed class EnvRow
{
    public string Name { get; set; } = "";
    public string Value { get; set; } = "";
    public bool Secret { get; set; }

    /// <summary>A secret whose value is stored and never shown; an empty value keeps it.</summary>
    public bool Kept { get; init; }

    public bool IsBlank => Name.Length == 0 && Value.Length == 0;

    // One that is secret no more has no value to keep: null makes the command ask for it, where "" would wipe it.
    public EnvSpec ToSpec() => new(Name.Trim(), Kept && Value.Length == 0 ? null : Value, Secret);
}
