using System.ComponentModel.DataAnnotations;

namespace Babyhelm.Core.Accounts.Mail;

/// <summary>Section <c>Mail</c>. Without a host no mail is sent; all stay in the outbox.</summary>
public sealed class MailOptions : IValidatableObject
{
    /// <summary>The SMTP server.</summary>
    public string? Host { get; set; }

    [Range(1, 65535)]
    public int Port { get; set; } = 587;

    /// <summary>STARTTLS. Off only for a server on the same machine.</summary>
    public bool Tls { get; set; } = true;
    public string? User { get; set; }
    public string? Password { get; set; }

    /// <summary>Sender, for example <c>Babyhelm &lt;no-reply@example.com&gt;</c>.</summary>
    public string? From { get; set; }

    public bool IsConfigured => !string.IsNullOrWhiteSpace(Host);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (IsConfigured && !System.Net.Mail.MailAddress.TryCreate(From, out _))
            yield return new ValidationResult("Mail:From must be the sender's address, for example 'Babyhelm <no-reply@example.com>', when Mail:Host is set.", [nameof(From)]);
        if (string.IsNullOrEmpty(User) != string.IsNullOrEmpty(Password))
            yield return new ValidationResult("Mail:User and Mail:Password belong together: set both or none.", [nameof(User)]);
    }
}
