using System.ComponentModel.DataAnnotations;

namespace Babyhelm.Core.Monitoring.Alerts;

/// <summary>Section <c>Alerts</c>.</summary>
public sealed class AlertOptions : IValidatableObject
{
    /// <summary>Seconds between two looks at all rules, 10 to 60.</summary>
    [Range(10, 60, ErrorMessage = "Alerts:IntervalSeconds must be 10 to 60.")]
    public int IntervalSeconds { get; set; } = 15;

    /// <summary>The bot API of Telegram, or a server of one's own that speaks it.</summary>
    public Uri TelegramUrl { get; set; } = new("https://api.telegram.org");

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (TelegramUrl is not { IsAbsoluteUri: true, Scheme: "http" or "https", Query: "", Fragment: "", UserInfo: "" })
            yield return new ValidationResult("Alerts:TelegramUrl must be an address like https://api.telegram.org.", [nameof(TelegramUrl)]);
    }
}
