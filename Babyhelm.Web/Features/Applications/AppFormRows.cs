using Babyhelm.Core.Manifests;

namespace Babyhelm.Web.Features.Applications;

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

/// <summary>One port as typed, of those after the first.</summary>
public sealed class PortRow
{
    public string Port { get; set; } = "";
    public string Target { get; set; } = "";
    public bool IsBlank => Port.Trim().Length + Target.Trim().Length == 0;
}

/// <summary>One volume as typed.</summary>
public sealed class VolumeRow
{
    public string Name { get; set; } = "";
    public string MountPath { get; set; } = "";
    public string Size { get; set; } = "1Gi";
    public bool IsBlank => Name.Trim().Length + MountPath.Trim().Length == 0;

    public VolumeSpec ToSpec() => new(Name.Trim(), MountPath.Trim(), Size.Trim());
}
