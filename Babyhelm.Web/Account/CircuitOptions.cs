using System.ComponentModel.DataAnnotations;

namespace Babyhelm.Web.Account;

/// <summary>Section <c>Circuits</c>: open pages.</summary>
internal sealed class CircuitOptions
{
    /// <summary>Seconds between two checks whether the user of an open page may still be there, 1 to 60.</summary>
    [Range(1, 60)]
    public int CheckSeconds { get; set; } = 60;
}
