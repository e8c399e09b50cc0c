using System.Globalization;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Babyhelm.Core.Data;
using Babyhelm.Core.Monitoring.Alerts.Notification;

namespace Babyhelm.Core.Monitoring.Alerts.Channels;

/// <summary>Messages in the form that each receiver takes.</summary>
internal static class Receivers
{
    public const string SignatureHeader = "Babyhelm-Signature";
    public const string TimestampHeader = "Babyhelm-Timestamp";
    public const string DeliveryHeader = "Babyhelm-Delivery";

    private const int MaxDiscord = 1900;
    private const int MaxTelegram = 3900;
    private const int MaxSlack = 10_000;

    /// <param name="delivery">The same for each attempt, so that a receiver can tell one that it has.</param>
    public static HttpRequestMessage Request(ChannelKind kind, string target, ChannelSecret secret, AlertMessage message, Guid delivery, Uri telegram, DateTimeOffset now) => kind switch
    {
        ChannelKind.Webhook => Webhook(new Uri(secret.Url!), secret.Key!, message, delivery, now),
        ChannelKind.Slack => Json(new Uri(secret.Url!), new JsonObject
        {
            ["text"] = MessageText.Of(message, Slack, link: url => $"<{Slack(url)}|Open>", limit: MaxSlack),
            ["unfurl_links"] = false,
        }),
        ChannelKind.Discord => Json(new Uri(secret.Url!), new JsonObject
        {
            ["content"] = MessageText.Of(message, Discord, link: url => $"<{url}>", limit: MaxDiscord),
            ["allowed_mentions"] = new JsonObject { ["parse"] = new JsonArray() },
        }),
        ChannelKind.Telegram => Json(new Uri($"{telegram.AbsoluteUri.TrimEnd('/')}/bot{secret.Key}/sendMessage"), new JsonObject
        {
            ["chat_id"] = target,
            ["text"] = MessageText.Of(message, Telegram, link: url => $"<a href=\"{Telegram(url)}\">Open</a>", limit: MaxTelegram),
            ["parse_mode"] = "HTML",
            ["link_preview_options"] = new JsonObject { ["is_disabled"] = true },
        }),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "E-mails go by the outbox."),
    };

    /// <summary><c>sha256=</c> and the HMAC-SHA256 of <c>{timestamp}.{body}</c> in hexadecimal digits.</summary>
    public static string Sign(string key, string timestamp, ReadOnlySpan<byte> body)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(key));
        hmac.AppendData(Encoding.UTF8.GetBytes($"{timestamp}."));
        hmac.AppendData(body);
        return $"sha256={Convert.ToHexStringLower(hmac.GetHashAndReset())}";
    }

    private static HttpRequestMessage Webhook(Uri address, string key, AlertMessage message, Guid delivery, DateTimeOffset now)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new { delivery, message.Kind, message.Subject, message.Project, message.Application, message.Url, message.At, message.Firing, message.Resolved }, StoredJson.Options);
        var timestamp = now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        return new HttpRequestMessage(HttpMethod.Post, address)
        {
            Content = new ByteArrayContent(body) { Headers = { ContentType = new("application/json") } },
            Headers =
            {
                { TimestampHeader, timestamp },
                { SignatureHeader, Sign(key, timestamp, body) },
                { DeliveryHeader, delivery.ToString() },
                { "User-Agent", "Babyhelm" },
            },
        };
    }

    private static HttpRequestMessage Json(Uri address, JsonObject body) => new(HttpMethod.Post, address) { Content = JsonContent.Create(body), Headers = { { "User-Agent", "Babyhelm" } } };

    /// <summary>The three characters that mean something to Slack.</summary>
    internal static string Slack(string text) => text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);

    /// <summary>Markdown's signs with a backslash; mentions are switched off beside it.</summary>
    internal static string Discord(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var c in text) escaped.Append(@"\*_~`|>#[]()<@".Contains(c, StringComparison.Ordinal) ? $@"\{c}" : $"{c}");
        return escaped.ToString();
    }

    internal static string Telegram(string text) => Slack(text).Replace("\"", "&quot;", StringComparison.Ordinal);
}
