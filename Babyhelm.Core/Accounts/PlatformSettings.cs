using System.Net;
using Babyhelm.Core.Accounts.Sessions;
using Babyhelm.Core.Audit;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Babyhelm.Core.Accounts;

/// <summary>Who may make an account.</summary>
public enum RegistrationMode
{
    /// <summary>Anybody.</summary>
    Open,

    /// <summary>Who follows an invitation that was sent to the address.</summary>
    Invitation,

    /// <summary>Nobody; platform admins make accounts.</summary>
    Closed,
}

/// <summary>Who has to have a second factor: an authenticator app or a passkey.</summary>
public enum SecondFactorRule
{
    /// <summary>Nobody; each user decides.</summary>
    Off,

    /// <summary>Platform admins.</summary>
    Admins,
    Everyone,
}

/// <summary>What platform admins decide for the whole installation: one row.</summary>
public sealed class PlatformSettings
{
    public const int OnlyId = 1;
    public int Id { get; init; } = OnlyId;
    public RegistrationMode Registration { get; set; }
    public SecondFactorRule SecondFactor { get; set; }

    /// <summary>So many of the newest releases of each application are kept whatever their age, 2 to 1000.</summary>
    public int KeepReleases { get; set; } = 50;

    /// <summary>Releases are kept for so many days whatever their number, 0 to 3650.</summary>
    public int KeepReleaseDays { get; set; } = 30;

    /// <summary>Whether editors and owners may open terminals in their containers.</summary>
    public bool Terminals { get; set; } = true;

    /// <summary>Class of the ingresses that applications get; null for the cluster's default.</summary>
    public string? IngressClass { get; set; }

    /// <summary>Cluster issuer of cert-manager that makes their certificates; null where they come from elsewhere.</summary>
    public string? TlsIssuer { get; set; }

    /// <summary>Class of the load balancers of applications that name none; null for the cluster's default.</summary>
    public string? LoadBalancerClass { get; set; }

    /// <summary>Networks (CIDR) beside the internet that addresses which users give may lead to: registries, webhooks. At most 50.</summary>
    public IReadOnlyList<string> OutboundNetworks { get; set; } = [];

    internal sealed class Configuration : IEntityTypeConfiguration<PlatformSettings>
    {
        public void Configure(EntityTypeBuilder<PlatformSettings> builder)
        {
            builder.ToTable("platform_settings", table => table.HasCheckConstraint("ck_platform_settings_one_row", "id = 1"));
            builder.Property(s => s.Id).ValueGeneratedNever();
            builder.Property(s => s.IngressClass).HasMaxLength(253);
            builder.Property(s => s.TlsIssuer).HasMaxLength(253);
            builder.Property(s => s.LoadBalancerClass).HasMaxLength(320);
            builder.Property(s => s.OutboundNetworks).HasJson().HasDefaultValueSql("'[]'::jsonb");
            builder.HasData(new PlatformSettings());
        }
    }
}

/// <param name="Registration">Null leaves it as it is; so with the others.</param>
/// <param name="KeepReleases">See <see cref="PlatformSettings.KeepReleases"/>.</param>
/// <param name="KeepReleaseDays">See <see cref="PlatformSettings.KeepReleaseDays"/>.</param>
/// <param name="IngressClass">Empty for none; so with the issuer and the class of load balancers.</param>
public sealed record PlatformSettingsChange(
    RegistrationMode? Registration = null, SecondFactorRule? SecondFactor = null, int? KeepReleases = null, int? KeepReleaseDays = null,
    bool? Terminals = null, string? IngressClass = null, string? TlsIssuer = null, string? LoadBalancerClass = null, IReadOnlyList<string>? OutboundNetworks = null);

/// <summary>Reads and changes the platform's settings.</summary>
public sealed class PlatformSettingsCommands(IDbContextFactory<BabyhelmDbContext> contexts, RefusalLog refusals, TimeProvider time)
{
    private const int MaxNetworks = 50;
    private static readonly Conflict ShowItFirst = new("You would be signed out: sign in with your second factor first.", "second-factor-first");

    /// <summary>For platform admins.</summary>
    public async Task<Result<PlatformSettings>> ReadAsync(Caller caller, CancellationToken cancellation)
    {
        if (await refusals.WhyNotAdminAsync(caller, "settings.read", cancellation) is { } no) return no;
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.Set<PlatformSettings>().AsNoTracking().SingleAsync(cancellation);
    }

    /// <summary>Networks that requests to addresses which users give may go to, besides public ones.</summary>
    internal async Task<IReadOnlyList<IPNetwork>> OutboundNetworksAsync(CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return [.. (await db.Set<PlatformSettings>().AsNoTracking().SingleAsync(cancellation)).OutboundNetworks.Select(n => IPNetwork.Parse(n))];
    }

    /// <summary>
    /// All of it or nothing. In person where it is the second factor: a token that leaked must not switch that off. Nor may a
    /// rule that would end the caller's own session come in: who has a factor shows that it works before it is asked for.
    /// </summary>
    public async Task<Result<Done>> ChangeAsync(Caller caller, PlatformSettingsChange change, CancellationToken cancellation)
    {
        if (await (change.SecondFactor is null ? refusals.WhyNotAdminAsync(caller, "settings.change", cancellation)
            : refusals.WhyNotAdminInPersonAsync(caller, "settings.change", cancellation)) is { } no) return no;
        if (Faults(change) is { Count: > 0 } faults) return new Invalid(faults);
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var settings = await db.Set<PlatformSettings>().FromSql($"SELECT * FROM platform_settings FOR UPDATE").SingleAsync(cancellation);
        var (before, rule) = (Facts(settings), settings.SecondFactor);
        settings.Registration = change.Registration ?? settings.Registration;
        settings.SecondFactor = change.SecondFactor ?? settings.SecondFactor;
        settings.KeepReleases = change.KeepReleases ?? settings.KeepReleases;
        settings.KeepReleaseDays = change.KeepReleaseDays ?? settings.KeepReleaseDays;
        settings.Terminals = change.Terminals ?? settings.Terminals;
        settings.IngressClass = Named(change.IngressClass, settings.IngressClass);
        settings.TlsIssuer = Named(change.TlsIssuer, settings.TlsIssuer);
        settings.LoadBalancerClass = Named(change.LoadBalancerClass, settings.LoadBalancerClass);
        settings.OutboundNetworks = change.OutboundNetworks is { } networks ? [.. networks.Select(n => n.Trim()).Distinct()] : settings.OutboundNetworks;
        var changes = before.Zip(Facts(settings)).Where(p => p.First != p.Second).Select(p => new AuditChange(p.First.Name, p.First.Value, p.Second.Value)).ToList();
        if (changes.Count == 0) return Done.Result;
        db.Add(AuditEntry.Of(caller, "settings.change", RefusalLog.Platform, time) with { Changes = changes });
        await db.SaveChangesAsync(cancellation);
        if (settings.SecondFactor != rule && caller.SessionId is { } session && await SessionStore.FindAsync(db, session, caller.UserId, time.GetUtcNow(), cancellation) is null) return ShowItFirst;
        await transaction.CommitAsync(cancellation);
        return Done.Result;
    }

    private static List<Fault> Faults(PlatformSettingsChange change)
    {
        var faults = new List<Fault>();
        if (change == new PlatformSettingsChange()) faults.Add(new Fault("", "Give what is to be changed."));
        if (change.KeepReleases is < 2 or > 1000) faults.Add(new Fault("keepReleases", "Keep 2 to 1000 releases."));
        if (change.KeepReleaseDays is < 0 or > 3650) faults.Add(new Fault("keepReleaseDays", "Keep releases for 0 to 3650 days."));
        if (change.IngressClass?.Trim() is { Length: > 0 } ingress && !DnsName.IsSubdomain(ingress)) faults.Add(new Fault("ingressClass", "Use the name of an ingress class, for example nginx."));
        if (change.TlsIssuer?.Trim() is { Length: > 0 } issuer && !DnsName.IsSubdomain(issuer)) faults.Add(new Fault("tlsIssuer", "Use the name of a cluster issuer, for example letsencrypt."));
        if (change.LoadBalancerClass?.Trim() is { Length: > 0 } balancer && !DnsName.IsQualifiedName(balancer)) faults.Add(new Fault("loadBalancerClass", "Use a name such as tailscale or example.com/internal."));
        for (var i = 0; i < (change.OutboundNetworks?.Count ?? 0); i++)
            if (i == MaxNetworks) faults.Add(new Fault("outboundNetworks", $"Give at most {MaxNetworks} networks."));
            else if (i < MaxNetworks && !IPNetwork.TryParse(change.OutboundNetworks![i]?.Trim() ?? "", out _)) faults.Add(new Fault("outboundNetworks", $"Use networks such as 10.1.0.0/16 or 192.168.1.5/32; number {i + 1} is none."));
        return faults;
    }

    /// <summary>Null keeps what is there, and an empty text means none.</summary>
    private static string? Named(string? given, string? before) => given is null ? before : given.Trim() is { Length: > 0 } name ? name : null;

    private static (string Name, string Value)[] Facts(PlatformSettings settings) =>
    [
        ("registration", settings.Registration.ToString()),
        ("secondFactor", settings.SecondFactor.ToString()),
        ("keepReleases", $"{settings.KeepReleases}"),
        ("keepReleaseDays", $"{settings.KeepReleaseDays}"),
        ("terminals", settings.Terminals ? "on" : "off"),
        ("ingressClass", settings.IngressClass ?? ""),
        ("tlsIssuer", settings.TlsIssuer ?? ""),
        ("loadBalancerClass", settings.LoadBalancerClass ?? ""),
        ("outboundNetworks", string.Join(", ", settings.OutboundNetworks)),
    ];
}
