using System.ComponentModel.DataAnnotations;

namespace Babyhelm.Core.Applications.Terminals;

/// <summary>Section <c>Terminal</c>: shells in containers. Whether there are any is a setting of the platform.</summary>
public sealed class TerminalOptions
{
    /// <summary>Seconds without a key after which a terminal is ended, 1 to 86400.</summary>
    [Range(1, 86400)]
    public int IdleSeconds { get; set; } = 1800;

    /// <summary>Terminals that one user may have open in one process, 1 to 100.</summary>
    [Range(1, 100)]
    public int MaxPerUser { get; set; } = 10;
}
