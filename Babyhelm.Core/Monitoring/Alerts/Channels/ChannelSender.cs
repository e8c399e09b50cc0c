using System.Globalization;
using System.Net;
using Babyhelm.Core.Common.Outbound;
using Babyhelm.Core.Monitoring.Alerts.Notification;
using Microsoft.Extensions.Options;

namespace Babyhelm.Core.Monitoring.Alerts.Channels;

/// <summary>What came of one attempt.</summary>
/// <param name="Answer">What the receiver said, or why it could not be asked; without secrets.</param>
/// <param name="IsFinal">Asking again would change nothing.</param>
/// <param name="RetryAfter">As the receiver wishes; null where it said nothing.</param>
internal sealed record SendAnswer(bool Delivered, string Answer, bool IsFinal = false, TimeSpan? RetryAfter = null);

/// <summary>Sends messages to channels other than e-mail, by the guarded client alone.</summary>
internal sealed class ChannelSender(GuardedHttp http, ChannelSecrets secrets, IOptions<AlertOptions> options, TimeProvider time)
{
    private const int MaxShown = 200;

    public async Task<SendAnswer> SendAsync(AlertChannel channel, AlertMessage message, Guid delivery, CancellationToken cancellation)
    {
        if (secrets.TryUnprotect(channel.Protected) is not { } secret) return new SendAnswer(false, "The channel's address can't be read any more: give it again.", IsFinal: true);
        using var request = Receivers.Request(channel.Kind, channel.Target, secret, message, delivery, options.Value.TelegramUrl, time.GetUtcNow());
        if ((await http.SendAsync(request, cancellation)).Failed(out var error, out var answer)) return new SendAnswer(false, error.Public);
        // The client follows redirects, and turns a POST into a GET where HTTP says so: then the message did not arrive.
        if (request.Method != HttpMethod.Post) return new SendAnswer(false, "The receiver redirects elsewhere: give the address that it redirects to.", IsFinal: true);
        var (status, text) = ((int)answer.Status, AlertText.Clean(Mask(answer.Body, secret).Trim(), MaxShown));
        var said = text.Length > 0 ? $"{status} {text}" : status.ToString(CultureInfo.InvariantCulture);
        if (status is >= 200 and < 300) return new SendAnswer(true, said);
        var isFinal = status is >= 400 and < 500 && answer.Status is not (HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or (HttpStatusCode)425);
        return new SendAnswer(false, said, isFinal, answer.Headers.RetryAfter?.Delta);
    }

    /// <summary>A receiver may say back what it was sent.</summary>
    private static string Mask(string text, ChannelSecret secret)
    {
        foreach (var value in new[] { secret.Url, secret.Key })
            if (value is { Length: >= 4 }) text = text.Replace(value, "…", StringComparison.Ordinal);
        return text;
    }
}
