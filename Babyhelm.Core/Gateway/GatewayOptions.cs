using System.ComponentModel.DataAnnotations;

namespace Babyhelm.Core.Gateway;

/// <summary>Section <c>Gateway</c>.</summary>
public sealed class GatewayOptions
{
    /// <summary>Seconds to connect to a pod before another one is tried, 0.1 to 60.</summary>
    [Range(0.1, 60)]
    public double ConnectTimeoutSeconds { get; set; } = 2;

    /// <summary>Seconds without any byte from the pod after which a request is given up, 1 to 3600.</summary>
    [Range(1, 3600)]
    public double IdleTimeoutSeconds { get; set; } = 100;

    /// <summary>Headers by which some proxy of this installation says who asks: from visitors they never reach a pod.</summary>
    internal HashSet<string> ProxyHeaders { get; } = new(StringComparer.OrdinalIgnoreCase);
}
