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
    private AppKind _kind;

    private AppForm(AppSpec spec) => _base = spec;

    public string Image { get; private set; } = "";
    public string Name { get; private set; } = "";
    public string Port { get; private set; } = "";

    /// <summary>What was stored as no web application had no link: as one it gets its own.</summary>
    public AppKind Kind
    {
        get => _kind;
        set
        {
            if (value == AppKind.Web && _kind != AppKind.Web && _base.Kind != AppKind.Web && Expose == ExposeType.None) Expose = ExposeType.Gateway;
            _kind = value;
        }
    }

    public string Schedule { get; set; } = "";
    public bool IsWeb => Kind == AppKind.Web;
    public bool IsCron => Kind == AppKind.Cron;
    public string Replicas { get; set; } = "1";

    /// <summary>An autoscaler decides, not <see cref="Replicas"/>; asked for where <see cref="IsCron"/> is false.</summary>
    public bool Autoscaled { get; set; }

    /// <summary>The number of replicas is asked for.</summary>
    public bool AsksReplicas => !IsCron && !Autoscaled;
    public string Least { get; set; } = "1";
    public string Most { get; set; } = "5";
    public string CpuTarget { get; set; } = "80";
    public string MemoryTarget { get; set; } = "";

    /// <summary>Port of the service inside the project; the container's is <see cref="Port"/>.</summary>
    public string ServicePort { get; set; } = "80";
    public List<PortRow> MorePorts { get; } = [];
    public string HealthPort { get; set; } = "";
    public ExposeType Expose { get; set; }
    public string Host { get; set; } = "";
    public bool Tls { get; set; } = true;
    public string LoadBalancerClass { get; set; } = "";
    public List<VolumeRow> Volumes { get; } = [];
    public string Registry { get; set; } = "";
    public string Deadline { get; set; } = "600";
    public string Cpu { get; set; } = "";
    public string CpuLimit { get; set; } = "";
    public string Memory { get; set; } = "";
    public string MemoryLimit { get; set; } = "";
    public string Shutdown { get; set; } = "30";
    public string HealthPath { get; set; } = "";
    public string HealthCommand { get; set; } = "";
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

    /// <summary>
    /// The spec as typed, or the fields that are no numbers. The rules are the command's. What was typed into a field that is
    /// not asked for any more does not count.
    /// </summary>
    public Result<AppSpec> ToSpec()
    {
        var faults = new List<Fault>();
        // Of what an autoscaler scales, the stored number stays.
        var replicas = AsksReplicas ? Number(Replicas, "replicas", faults) ?? 1 : IsCron ? 1 : _base.Replicas;
        var ports = Ports(faults);
        var healthPort = IsCron ? null : Number(HealthPort, "health.port", faults);
        var autoscale = IsCron || !Autoscaled ? null : new AutoscaleSpec(
            Number(Least, "autoscale.min", faults) ?? 1, Number(Most, "autoscale.max", faults) ?? 1, Number(CpuTarget, "autoscale.cpu", faults), Number(MemoryTarget, "autoscale.memory", faults));
        var deadline = IsCron ? _base.ProgressDeadlineSeconds : Number(Deadline, "progressDeadlineSeconds", faults) ?? new AppSpec { Name = "", Image = "" }.ProgressDeadlineSeconds;
        var shutdown = Number(Shutdown, "shutdownSeconds", faults) ?? new AppSpec { Name = "", Image = "" }.ShutdownSeconds;
        if (faults.Count > 0) return new Invalid(faults);

        return _base with
        {
            Name = Name,
            Image = Image.Trim(),
            Kind = Kind,
            Ports = ports,
            Replicas = replicas,
            Autoscale = autoscale,
            Env = [.. Env.Where(e => !e.IsBlank).Select(e => e.ToSpec())],
            Resources = new ResourcesSpec { Cpu = Cpu.Trim(), CpuLimit = CpuLimit.Trim(), Memory = Memory.Trim(), MemoryLimit = MemoryLimit.Trim() },
            Health = HealthOf(healthPort),
            Command = CommandLine.Split(Command),
            Args = CommandLine.Split(Args),
            Expose = ExposeOf(),
            Volumes = [.. Volumes.Where(v => !v.IsBlank).Select(v => v.ToSpec())],
            Registry = NullIfEmpty(Registry),
            Schedule = IsCron ? NullIfEmpty(Schedule) : null,
            ProgressDeadlineSeconds = deadline,
            ShutdownSeconds = shutdown,
        };
    }

    private HealthSpec? HealthOf(int? port)
    {
        var command = CommandLine.Split(HealthCommand);
        return IsCron || (HealthPath.Trim().Length == 0 && port is null && command.Count == 0) ? null
            : new HealthSpec(NullIfEmpty(HealthPath), port, command.Count == 0 ? null : command);
    }

    /// <summary>Asked for of web applications only: what else is exposed stays so while its kind stays.</summary>
    private ExposeSpec ExposeOf() => !IsWeb ? (Kind == _base.Kind ? _base.Expose : new ExposeSpec { Type = ExposeType.None }) : Expose switch
    {
        ExposeType.Ingress => new ExposeSpec { Type = Expose, Host = NullIfEmpty(Host), Tls = Tls },
        ExposeType.LoadBalancer => new ExposeSpec { Type = Expose, LoadBalancerClass = NullIfEmpty(LoadBalancerClass) },
        _ => new ExposeSpec { Type = Expose },
    };

    /// <summary>Emptied, the first follows the image, and a new application without others leaves it to the rules' default.</summary>
    private IReadOnlyList<PortSpec> Ports(List<Fault> faults)
    {
        if (IsCron) return [];
        var ports = new List<PortSpec>();
        if (IsWeb)
        {
            var service = Number(ServicePort, "ports[0].port", faults) ?? 80;
            var target = Number(Port, "ports[0].targetPort", faults);
            if (target is not null || _base.Ports.Count > 0 || service != 80 || MorePorts.Any(p => !p.IsBlank))
                ports.Add(new PortSpec(service, target ?? Understood?.ProposePort() ?? service));
        }
        foreach (var row in MorePorts.Where(p => !p.IsBlank))
        {
            var path = $"ports[{ports.Count}]";
            var target = Number(row.Target, $"{path}.targetPort", faults);
            ports.Add(new PortSpec(Number(row.Port, $"{path}.port", faults) ?? target ?? 0, target));
        }
        return ports;
    }

    private void Take(AppSpec spec)
    {
        _kind = spec.Kind;
        Replicas = Text(spec.Replicas);
        (Cpu, CpuLimit, Memory, MemoryLimit) = (spec.Resources.Cpu, spec.Resources.CpuLimit, spec.Resources.Memory, spec.Resources.MemoryLimit);
        Schedule = spec.Schedule ?? "";
        var rest = IsWeb ? spec.Ports.Skip(1) : spec.Ports;
        if (IsWeb && spec.Ports is [var own, ..]) (ServicePort, Port) = (Text(own.Port), Text(own.Target));
        MorePorts.AddRange(rest.Select(p => new PortRow { Port = Text(p.Port), Target = p.TargetPort is { } target ? Text(target) : "" }));
        if (spec.Autoscale is { } scale) (Autoscaled, Least, Most, CpuTarget, MemoryTarget) = (true, Text(scale.Min), Text(scale.Max), Text(scale.Cpu), Text(scale.Memory));
        (Expose, Host, Tls, LoadBalancerClass) = (spec.Expose.Type, spec.Expose.Host ?? "", spec.Expose.Tls, spec.Expose.LoadBalancerClass ?? "");
        Volumes.AddRange(spec.Volumes.Select(v => new VolumeRow { Name = v.Name, MountPath = v.MountPath, Size = v.Size }));
        (Registry, Deadline, Shutdown) = (spec.Registry ?? "", Text(spec.ProgressDeadlineSeconds), Text(spec.ShutdownSeconds));
        (HealthPath, HealthPort, HealthCommand) = (spec.Health?.Path ?? "", Text(spec.Health?.Port), CommandLine.Join(spec.Health?.Command ?? []));
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

    private static string? NullIfEmpty(string text) => text.Trim() is { Length: > 0 } trimmed ? trimmed : null;

    private static string Text(int? number) => number is { } known ? Text(known) : "";

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
