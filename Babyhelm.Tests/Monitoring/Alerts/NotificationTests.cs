using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Babyhelm.Core.Accounts.Mail;
using Babyhelm.Core.Audit;
using Babyhelm.Core.Common;
using Babyhelm.Core.Monitoring.Alerts;
using Babyhelm.Core.Monitoring.Alerts.Channels;
using Babyhelm.Core.Monitoring.Alerts.Evaluation;
using Babyhelm.Core.Monitoring.Alerts.Notification;
using Babyhelm.Core.Monitoring.Alerts.Rules;
using Babyhelm.Core.Rollouts;
using Babyhelm.Tests.Accounts;
using Babyhelm.Tests.Integration;
using Babyhelm.Tests.Rollouts;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Tests.Monitoring.Alerts;

/// <summary>Messages at receivers that the test runs: when they come, how often, and what they say.</summary>
public sealed class NotificationTests(MigratedDatabase database) : IClassFixture<MigratedDatabase>
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task A_webhook_hears_of_beginning_and_end_once_signed()
    {
        await using var stage = await AlertStage.SetAsync(database);
        var key = (await AddAsync(stage, "hook", ChannelKind.Webhook)).Key!;
        stage.Cache.Apply(Make.Deployment(available: 0));
        await stage.LookAsync();
        await stage.PassAsync(Minute);
        Assert.Equal("Firing", await stage.StatesAsync("down"));
        Assert.Empty(stage.Server.Got); // waits for others
        await stage.PassAsync(TimeSpan.FromSeconds(30));

        var got = Assert.Single(stage.Server.Got);
        Assert.Equal(Receivers.Sign(key, got.Headers["Babyhelm-Timestamp"], Encoding.UTF8.GetBytes(got.Body)), got.Headers["Babyhelm-Signature"]);
        Assert.Equal(stage.Clock.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture), got.Headers["Babyhelm-Timestamp"]);
        var body = JsonNode.Parse(got.Body)!;
        Assert.Equal(("firing", "shop", "web", got.Headers["Babyhelm-Delivery"]), ((string)body["kind"]!, (string)body["project"]!, (string)body["application"]!, (string)body["delivery"]!));
        Assert.Equal("http://localhost:5080/projects/shop/apps/web/alerts", (string)body["url"]!);
        Assert.Equal("down", (string)body["firing"]![0]!["rule"]!);

        await stage.PassAsync(TimeSpan.FromMinutes(20));
        Assert.Single(stage.Server.Got);
        stage.Well();
        await stage.PassAsync(TimeSpan.FromMinutes(10));
        Assert.Equal(2, stage.Server.Got.Count);
        Assert.Equal("resolved", (string)JsonNode.Parse(stage.Server.Got.Last().Body)!["kind"]!);
    }

    [Fact]
    public async Task What_still_fires_is_told_again_after_the_repeat_interval()
    {
        await using var stage = await AlertStage.SetAsync(database);
        await AddAsync(stage, "hook", ChannelKind.Webhook);
        Assert.Null((await stage.Get<AlertTimings>().ChangeAsync(stage.Owner, "shop", new AlertTimesView(0, null, 600), default)).Error);
        stage.Cache.Apply(Make.Deployment(available: 0));
        await stage.LookAsync();
        await stage.PassAsync(TimeSpan.FromMinutes(2));
        Assert.Single(stage.Server.Got);
        await stage.PassAsync(TimeSpan.FromMinutes(8));
        Assert.Single(stage.Server.Got);
        await stage.PassAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(2, stage.Server.Got.Count);
    }

    [Fact]
    public async Task Alerts_of_an_application_come_in_one_message_and_lesser_ones_not_while_it_is_down()
    {
        await using var stage = await AlertStage.SetAsync(database);
        await AddAsync(stage, "hook", ChannelKind.Webhook);
        stage.Cache.Apply(Make.Deployment(available: 0));
        stage.Cache.Apply(Make.Pod(state: Make.Waiting("CrashLoopBackOff"), last: Make.Ended(3, 1)));
        await stage.LookAsync();
        stage.Cache.Apply(Make.Pod(state: Make.Waiting("CrashLoopBackOff"), last: Make.Ended(3, 1), restarts: 5));
        await stage.PassAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(["crash-looping", "down", "restarts"], (await stage.AlertsAsync()).Where(a => a.State == AlertState.Firing).Select(a => a.Rule).Order());
        await stage.PassAsync(TimeSpan.FromMinutes(1));
        // The restarts had begun to wait for others when it counted as down; from then on they say nothing new.
        await stage.PassAsync(TimeSpan.FromMinutes(6));
        Assert.Equal(["crash-looping down"], stage.Server.Got.Select(g => string.Join(' ', JsonNode.Parse(g.Body)!["firing"]!.AsArray().Select(a => (string)a!["rule"]!).Order())));
    }

    [Fact]
    public async Task A_silence_holds_messages_back_until_it_is_over()
    {
        await using var stage = await AlertStage.SetAsync(database);
        await AddAsync(stage, "hook", ChannelKind.Webhook);
        var silences = stage.Get<Silences>();
        var made = (await silences.CreateAsync(stage.Owner, "shop", new SilenceGiven([new("rule", "down"), new("application", "web")], null, stage.Clock.GetUtcNow().AddHours(1), "planned"), default)).Value;
        Assert.NotNull((await silences.CreateAsync(stage.Owner, "shop", new SilenceGiven([new("a b", "")], null, stage.Clock.GetUtcNow(), ""), default)).Error);
        stage.Cache.Apply(Make.Deployment(available: 0));
        await stage.LookAsync();
        await stage.PassAsync(TimeSpan.FromMinutes(5));
        Assert.Empty(stage.Server.Got);
        Assert.True(Assert.Single((await stage.Get<AlertQueries>().ListAsync(stage.Owner, "shop", "web", default)).Value.Alerts).Silenced);
        Assert.Null((await silences.EndAsync(stage.Owner, "shop", made.Id, default)).Error);
        await stage.PassAsync(TimeSpan.FromMinutes(2));
        Assert.Single(stage.Server.Got);
        await stage.ChangeAsync(async db => Assert.Equal(["alert-channel.create", "alert-silence.create", "alert-silence.end"],
            await db.Set<AuditEntry>().Where(e => e.ProjectId == stage.Project.Id).OrderBy(e => e.Id).Select(e => e.Action).ToListAsync()));
    }

    [Fact]
    public async Task A_receiver_that_is_down_gets_its_message_later_once()
    {
        await using var stage = await AlertStage.SetAsync(database);
        await AddAsync(stage, "hook", ChannelKind.Webhook);
        stage.Server.Status = 503;
        stage.Cache.Apply(Make.Deployment(available: 0));
        await stage.LookAsync();
        await stage.PassAsync(TimeSpan.FromMinutes(3));
        Assert.Empty(stage.Server.Got);
        var waiting = Assert.Single((await stage.Get<AlertQueries>().DeliveriesAsync(stage.Owner, "shop", default)).Value);
        Assert.Equal((DeliveryOutcome.Waiting, "503 said 503"), (waiting.Outcome, waiting.Answer));
        Assert.True(waiting.Attempts >= 2, $"{waiting.Attempts}");
        stage.Server.Status = 200;
        await stage.PassAsync(TimeSpan.FromMinutes(30));
        Assert.Single(stage.Server.Got);
        Assert.Equal(DeliveryOutcome.Delivered, Assert.Single((await stage.Get<AlertQueries>().DeliveriesAsync(stage.Owner, "shop", default)).Value).Outcome);
        Assert.Equal("delivered", (await stage.Get<AlertQueries>().RetryAsync(stage.Owner, "shop", waiting.Id, default)).Error!.Code);
    }

    [Fact]
    public async Task A_refusal_is_final_until_somebody_tries_again()
    {
        await using var stage = await AlertStage.SetAsync(database);
        await AddAsync(stage, "hook", ChannelKind.Webhook);
        stage.Server.Status = 410;
        stage.Cache.Apply(Make.Deployment(available: 0));
        await stage.LookAsync();
        await stage.PassAsync(TimeSpan.FromMinutes(3));
        var failed = Assert.Single((await stage.Get<AlertQueries>().DeliveriesAsync(stage.Owner, "shop", default)).Value);
        Assert.Equal((DeliveryOutcome.Failed, 1), (failed.Outcome, failed.Attempts));
        stage.Server.Status = 200;
        Assert.Null((await stage.Get<AlertQueries>().RetryAsync(stage.Owner, "shop", failed.Id, default)).Error);
        await stage.LookAsync();
        Assert.Single(stage.Server.Got);
    }

    [Theory]
    [InlineData(195)]
    [InlineData(196)]
    public async Task An_answer_that_cannot_be_stored_as_it_is_does_not_send_the_message_again(int letters)
    {
        await using var stage = await AlertStage.SetAsync(database);
        await AddAsync(stage, "hook", ChannelKind.Webhook);
        stage.Server.Words = new string('a', letters) + string.Concat(Enumerable.Repeat("\ud83d\ude00", 10)) + "\0";
        stage.Cache.Apply(Make.Deployment(available: 0));
        await stage.LookAsync();
        await stage.PassAsync(TimeSpan.FromMinutes(10));
        Assert.Single(stage.Server.Got);
        var delivery = Assert.Single((await stage.Get<AlertQueries>().DeliveriesAsync(stage.Owner, "shop", default)).Value);
        Assert.Equal(DeliveryOutcome.Delivered, delivery.Outcome);
        Assert.EndsWith("…", delivery.Answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_without_an_outcome_after_all_attempts_ends()
    {
        await using var stage = await AlertStage.SetAsync(database);
        await AddAsync(stage, "hook", ChannelKind.Webhook);
        stage.Server.Status = 503;
        stage.Cache.Apply(Make.Deployment(available: 0));
        await stage.LookAsync();
        await stage.PassAsync(TimeSpan.FromMinutes(3));
        var now = stage.Clock.GetUtcNow();
        await stage.ChangeAsync(db => db.Set<AlertDelivery>().ExecuteUpdateAsync(set => set.SetProperty(d => d.Attempts, DeliverAlerts.MaxAttempts).SetProperty(d => d.NextTryAt, now)));
        stage.Server.Status = 200;
        await stage.LookAsync();
        Assert.Empty(stage.Server.Got);
        Assert.Equal(DeliveryOutcome.Failed, Assert.Single((await stage.Get<AlertQueries>().DeliveriesAsync(stage.Owner, "shop", default)).Value).Outcome);
    }

    [Fact]
    public async Task What_fires_is_told_again_once_its_channel_is_switched_on_again()
    {
        await using var stage = await AlertStage.SetAsync(database);
        await AddAsync(stage, "hook", ChannelKind.Webhook);
        stage.Cache.Apply(Make.Deployment(available: 0));
        await stage.LookAsync();
        await stage.PassAsync(TimeSpan.FromMinutes(3));
        Assert.Single(stage.Server.Got);
        Assert.Null((await stage.Get<AlertChannels>().ChangeAsync(stage.Owner, "shop", "hook", new ChannelGiven(Enabled: false), default)).Error);
        await stage.PassAsync(TimeSpan.FromMinutes(3));
        Assert.Null((await stage.Get<AlertChannels>().ChangeAsync(stage.Owner, "shop", "hook", new ChannelGiven(Enabled: true), default)).Error);
        await stage.PassAsync(TimeSpan.FromMinutes(3));
        Assert.Equal(2, stage.Server.Got.Count);
    }

    [Fact]
    public async Task What_was_silent_while_another_ended_is_told_again_after_the_repeat_interval()
    {
        await using var stage = await AlertStage.SetAsync(database);
        await AddAsync(stage, "hook", ChannelKind.Webhook);
        Assert.Null((await stage.Get<AlertTimings>().ChangeAsync(stage.Owner, "shop", new AlertTimesView(0, 10, 600), default)).Error);
        var rules = stage.Get<AlertRules>();
        foreach (var rule in new[] { "first", "other" })
        {
            Assert.Null((await rules.SetAsync(stage.Owner, "shop", rule, null, new RuleGiven($"{rule}_series", ForSeconds: 0), default)).Error);
            stage.Server.Series[$"{rule}_series"] = [("{}", 1)];
        }
        await stage.LookAsync();
        Assert.Single(stage.Server.Got);
        var silence = (await stage.Get<Silences>().CreateAsync(stage.Owner, "shop", new SilenceGiven([new("rule", "first")], null, stage.Clock.GetUtcNow().AddHours(1), "planned"), default)).Value;
        stage.Server.Series.TryRemove("other_series", out _);
        await stage.PassAsync(TimeSpan.FromMinutes(3));
        Assert.Equal(2, stage.Server.Got.Count);
        Assert.Null((await stage.Get<Silences>().EndAsync(stage.Owner, "shop", silence.Id, default)).Error);
        await stage.PassAsync(TimeSpan.FromMinutes(12));
        Assert.Equal(3, stage.Server.Got.Count);
        Assert.Equal("first", (string)JsonNode.Parse(stage.Server.Got.Last().Body)!["firing"]![0]!["rule"]!);
    }

    [Fact]
    public async Task Two_processes_that_look_at_once_tell_once()
    {
        await using var stage = await AlertStage.SetAsync(database);
        await AddAsync(stage, "hook", ChannelKind.Webhook);
        var second = stage.Start();
        stage.Cache.Apply(Make.Deployment(available: 0));
        for (var look = 0; look < 8; look++)
        {
            await Task.WhenAll(stage.LookAsync(), stage.LookAsync(second));
            stage.Clock.Turn(TimeSpan.FromSeconds(30));
        }
        Assert.Single(stage.Server.Got);
        Assert.Equal("Firing", await stage.StatesAsync("down"));
    }

    [Fact]
    public async Task A_restart_and_a_silent_cluster_neither_end_an_alert_nor_tell_it_again()
    {
        await using var stage = await AlertStage.SetAsync(database);
        await AddAsync(stage, "hook", ChannelKind.Webhook);
        stage.Cache.Apply(Make.Deployment(available: 0));
        await stage.LookAsync();
        await stage.PassAsync(TimeSpan.FromMinutes(3));
        Assert.Single(stage.Server.Got);
        stage.Clock.Turn(TimeSpan.FromMinutes(20)); // nobody looked
        stage.Cache.SetStatus(CacheStatus.NotSynced);
        stage.Well();
        var again = stage.Start();
        for (var look = 0; look < 5; look++)
        {
            await stage.LookAsync(again);
            stage.Clock.Turn(Minute);
        }
        Assert.Equal("Firing", await stage.StatesAsync("down"));
        stage.Cache.SetStatus(CacheStatus.Fresh);
        stage.Cache.Apply(Make.Deployment(available: 0));
        await stage.LookAsync(again);
        Assert.Single(stage.Server.Got);
    }

    [Fact]
    public async Task An_alert_that_comes_back_before_its_end_was_told_goes_on()
    {
        await using var stage = await AlertStage.SetAsync(database);
        await AddAsync(stage, "hook", ChannelKind.Webhook);
        stage.Cache.Apply(Make.Deployment(available: 0));
        await stage.LookAsync();
        await stage.PassAsync(TimeSpan.FromMinutes(2));
        Assert.Single(stage.Server.Got);
        stage.Well();
        await stage.PassAsync(TimeSpan.FromMinutes(2));
        Assert.Equal("Resolved", await stage.StatesAsync("down"));
        stage.Cache.Apply(Make.Deployment(available: 0));
        await stage.PassAsync(TimeSpan.FromMinutes(10));
        Assert.Equal("Firing", await stage.StatesAsync("down"));
        Assert.Single(stage.Server.Got);
    }

    [Fact]
    public async Task A_mail_goes_by_the_outbox_to_a_mail_server()
    {
        await using var mails = new MailServer();
        await using var stage = await AlertStage.SetAsync(database, new Dictionary<string, string?>
        {
            ["Mail:Host"] = "127.0.0.1",
            ["Mail:Port"] = mails.Port.ToString(CultureInfo.InvariantCulture),
            ["Mail:Tls"] = "false",
            ["Mail:From"] = "Babyhelm <no-reply@example.com>",
        });
        Assert.Null((await stage.Get<AlertChannels>().CreateAsync(stage.Owner, "shop", "mail", ChannelKind.Email, new ChannelGiven(Target: "team@example.com"), default)).Error);
        stage.Cache.Apply(Make.Deployment(available: 0));
        await stage.LookAsync();
        await stage.PassAsync(TimeSpan.FromMinutes(2));
        var sender = stage.Get<SendMail>();
        foreach (var item in await sender.DueAsync(default)) await sender.RunAsync(item.Id, default);
        var mail = await mails.NextAsync();
        Assert.Contains("To: team@example.com", mail, StringComparison.Ordinal);
        Assert.Contains("shop/web: Down", mail, StringComparison.Ordinal);
        Assert.Empty(await sender.DueAsync(default));
    }

    [Fact]
    public async Task A_test_message_answers_what_the_receiver_says_and_secrets_are_never_shown()
    {
        await using var stage = await AlertStage.SetAsync(database);
        var channels = stage.Get<AlertChannels>();
        foreach (var kind in new[] { ChannelKind.Webhook, ChannelKind.Slack, ChannelKind.Discord, ChannelKind.Telegram })
        {
            var name = kind.ToString().ToLowerInvariant();
            await AddAsync(stage, name, kind);
            var test = (await channels.TestAsync(stage.Owner, "shop", name, default)).Value;
            Assert.Equal((true, "200 said 200"), (test.Delivered, test.Answer));
            Assert.Contains("shop", stage.Server.Got.Last().Body, StringComparison.Ordinal);
        }
        Assert.Equal("/telegram/bot1:secret-token/sendMessage", stage.Server.Got.Last().Path);
        stage.Server.Status = 403;
        Assert.IsType<TooMany>((await channels.TestAsync(stage.Owner, "shop", "slack", default)).Error);
        stage.Clock.Turn(TimeSpan.FromSeconds(10));
        Assert.Equal(new ChannelTest(false, "403 said 403"), (await channels.TestAsync(stage.Owner, "shop", "slack", default)).Value);
        Assert.All((await channels.ListAsync(stage.Owner, "shop", default)).Value, c => Assert.DoesNotContain("secret", $"{c}", StringComparison.Ordinal));
        await stage.ChangeAsync(async db => Assert.All(await db.Set<AlertChannel>().ToListAsync(), c => Assert.DoesNotContain("secret", c.Protected, StringComparison.Ordinal)));
        await stage.ChangeAsync(async db => Assert.All(await db.Set<AuditEntry>().Where(e => e.ProjectId == stage.Project.Id).ToListAsync(), e => Assert.DoesNotContain(e.Changes, c => $"{c}".Contains("secret-", StringComparison.Ordinal))));
    }

    [Fact]
    public void Texts_are_escaped_for_each_receiver()
    {
        Assert.Equal("&lt;!channel&gt; &amp; *b*", Receivers.Slack("<!channel> & *b*"));
        Assert.Equal(@"\@everyone \*\*b\*\* \[x\]\(y\)", Receivers.Discord("@everyone **b** [x](y)"));
        Assert.Equal("&lt;b&gt;&quot;x&quot;&amp;", Receivers.Telegram("<b>\"x\"&"));
        var line = new AlertLine(Guid.Empty, "cpu", "CPU", AlertSeverity.Warning, new string('<', 200), 97.25, 90, "%", new Dictionary<string, string>(), Make.T0, null);
        Assert.Equal("97.25 % (threshold 90 %)", line.Measured);
        var message = new AlertMessage(MessageKind.Firing, "shop", "web", "http://x/", Make.T0, [.. Enumerable.Repeat(line, 60)], []);
        var text = MessageText.Of(message, Receivers.Telegram, url => url, 3900);
        Assert.True(text.Length <= 3900, $"{text.Length}");
        Assert.Contains("more\n", text, StringComparison.Ordinal);
        Assert.EndsWith("http://x/", text, StringComparison.Ordinal);
    }

    private static async Task<ChannelView> AddAsync(AlertStage stage, string name, ChannelKind kind)
    {
        var given = kind == ChannelKind.Telegram ? new ChannelGiven(Target: "-100123", Key: "1:secret-token") : new ChannelGiven(Url: new Uri(stage.Server.Url, $"hook/secret-path-{name}").ToString());
        return (await stage.Get<AlertChannels>().CreateAsync(stage.Owner, "shop", name, kind, given, default)).Value;
    }
}
