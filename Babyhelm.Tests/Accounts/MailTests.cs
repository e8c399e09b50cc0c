using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Babyhelm.Core.Accounts;
using Babyhelm.Core.Accounts.Mail;
using Babyhelm.Core.Accounts.Sessions;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Babyhelm.Tests.Common;
using Babyhelm.Tests.Integration;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Babyhelm.Tests.Accounts;

/// <summary>Mails from the commands that write them to a mail server on this machine, and what waits for them.</summary>
public sealed partial class MailTests(MigratedDatabase database) : IClassFixture<MigratedDatabase>, IAsyncLifetime
{
    private const string Password = "correct horse battery";
    private readonly MailServer _server = new();
    private ServiceProvider _services = null!;

    public async Task InitializeAsync()
    {
        _services = MigratedDatabase.Reach(database.Connection, settings: Settings(_server.Port));
        await using var db = await database.Contexts.CreateDbContextAsync();
        await db.Set<OutgoingMail>().ExecuteDeleteAsync();
        // The first account of all is the admin, who waits for nothing.
        if (!await db.Users.AnyAsync()) Assert.NotNull((await RegisterAsync("admin@example.com")).Value.User);
        await db.Set<OutgoingMail>().ExecuteDeleteAsync();
    }

    public async Task DisposeAsync()
    {
        await _services.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_new_account_waits_for_the_link_in_its_mail()
    {
        var email = NewEmail();
        Assert.Null((await RegisterAsync(email)).Value.User);
        await using var scope = _services.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<AppUser>>();
        var user = (await users.FindByEmailAsync(email))!;
        var confirmation = scope.ServiceProvider.GetRequiredService<IUserConfirmation<AppUser>>();
        Assert.False(await confirmation.IsConfirmedAsync(users, user));

        await SendAllAsync(_services);
        var (id, code) = Link(await _server.NextAsync());
        var recovery = scope.ServiceProvider.GetRequiredService<AccountRecovery>();
        Assert.NotNull((await recovery.ConfirmEmailAsync(id, code[..^2] + "AA", null, default)).Error);
        Assert.NotNull((await recovery.ConfirmEmailAsync(Guid.NewGuid(), code, null, default)).Error);
        Assert.Null((await recovery.ConfirmEmailAsync(id, code, null, default)).Error);
        Assert.True(await confirmation.IsConfirmedAsync(users, (await users.FindByIdAsync(user.Id.ToString()))!));
    }

    [Fact]
    public async Task Who_registers_a_taken_address_sees_no_difference_and_its_owner_hears_of_it()
    {
        var email = NewEmail();
        var first = await RegisterAsync(email);
        var second = await RegisterAsync(email.ToUpperInvariant());
        Assert.Equal((first.Error, first.Value), (second.Error, second.Value));
        await SendAllAsync(_services);
        Assert.Contains("Confirm your e-mail address", await _server.NextAsync(), StringComparison.Ordinal);
        Assert.Contains("You have an account already", await _server.NextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mail_that_was_sent_keeps_no_text_and_one_that_could_not_says_why_and_goes_out_later_once()
    {
        var email = NewEmail();
        var nowhere = TestPorts.Take();
        await using (var down = MigratedDatabase.Reach(database.Connection, settings: Settings(nowhere)))
        {
            Assert.Null((await RegisterAsync(email)).Value.User);
            Assert.Equal(TimeSpan.FromSeconds(10), Assert.Single(await SendAllAsync(down)));
            Assert.Equal(TimeSpan.FromSeconds(20), Assert.Single(await SendAllAsync(down)));
        }
        var waiting = await MailAsync(email);
        Assert.Equal((2, null, true), (waiting.Attempts, waiting.SentAt, waiting.ProtectedText is not null));
        Assert.False(string.IsNullOrWhiteSpace(waiting.Problem));
        Assert.DoesNotContain(email, waiting.ProtectedText!, StringComparison.Ordinal);

        Assert.Null(Assert.Single(await SendAllAsync(_services)));
        var sent = await MailAsync(email);
        Assert.Equal((3, null, null), (sent.Attempts, sent.Problem, sent.ProtectedText));
        Assert.NotNull(sent.SentAt);
        Assert.Empty(await SendAllAsync(_services));
        await _server.NextAsync();
        Assert.Equal(0, _server.Waiting);
    }

    [Fact]
    public async Task Without_a_mail_server_mails_stay_to_be_read_by_an_admin_and_nobody_waits_for_one()
    {
        await using var services = MigratedDatabase.Reach(database.Connection);
        await using var scope = services.CreateAsyncScope();
        var email = NewEmail();
        var user = (await scope.ServiceProvider.GetRequiredService<RegisterUser>().ExecuteAsync(new Registration(email, Password), default)).Value.User!;
        Assert.Empty(await SendAllAsync(services));
        var outbox = services.GetRequiredService<Outbox>();
        var db = scope.ServiceProvider.GetRequiredService<BabyhelmDbContext>();
        await db.Users.Where(u => u.Id == user.Id).ExecuteUpdateAsync(set => set.SetProperty(u => u.Role, PlatformRole.Admin));
        var session = await services.GetRequiredService<SessionStore>().BeginAsync(user.Id, SessionKind.Browser, false, null, null, default);
        var admin = new Caller(user.Id, email, true) { SessionId = session.Id };
        var mail = Assert.Single((await outbox.ListAsync(admin, new MailQuery(email), default)).Value.Mails, m => m.To == email);
        Assert.Contains("/account/confirm?user=", mail.Text!, StringComparison.Ordinal);
        Assert.NotNull((await outbox.ListAsync(admin with { IsAdmin = false }, new MailQuery(), default)).Error);
        Assert.NotNull((await outbox.ListAsync(admin with { Scope = AccessScope.Admin }, new MailQuery(), default)).Error);
    }

    private async Task<Result<Registered>> RegisterAsync(string email)
    {
        await using var scope = _services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<RegisterUser>().ExecuteAsync(new Registration(email, Password), default);
    }

    /// <summary>What the background does with all that is due; answers when each is to be tried again.</summary>
    private static async Task<List<TimeSpan?>> SendAllAsync(ServiceProvider services)
    {
        var (sender, pauses) = (services.GetRequiredService<SendMail>(), new List<TimeSpan?>());
        foreach (var item in await sender.DueAsync(default)) pauses.Add(await sender.RunAsync(item.Id, default));
        return pauses;
    }

    private async Task<OutgoingMail> MailAsync(string to)
    {
        await using var db = await database.Contexts.CreateDbContextAsync();
        return await db.Set<OutgoingMail>().AsNoTracking().SingleAsync(m => m.To == to);
    }

    private static string NewEmail() => $"{Guid.NewGuid():N}@example.com";

    private static Dictionary<string, string?> Settings(int port) => new()
    {
        ["Mail:Host"] = "127.0.0.1",
        ["Mail:Port"] = port.ToString(CultureInfo.InvariantCulture),
        ["Mail:Tls"] = "false",
        ["Mail:From"] = "Babyhelm <no-reply@example.com>",
    };

    private static (Guid User, string Code) Link(string mail)
    {
        var (headers, text) = mail.Split("\n\n", 2) is [var h, var t] ? (h, t) : ("", mail);
        if (headers.Contains("base64", StringComparison.OrdinalIgnoreCase)) text = Encoding.UTF8.GetString(Convert.FromBase64String(text.Replace("\n", "", StringComparison.Ordinal)));
        else if (headers.Contains("quoted-printable", StringComparison.OrdinalIgnoreCase)) text = Encoded().Replace(text.Replace("=\n", "", StringComparison.Ordinal), m => ((char)Convert.ToInt32(m.Groups[1].Value, 16)).ToString());
        var link = LinkPattern().Match(text);
        Assert.True(link.Success, text);
        return (Guid.Parse(link.Groups[1].Value), link.Groups[2].Value);
    }

    [GeneratedRegex("=([0-9A-F]{2})")]
    private static partial Regex Encoded();

    [GeneratedRegex(@"user=([0-9a-f-]+)&code=([\w-]+)")]
    private static partial Regex LinkPattern();
}
