using Babyhelm.Core.Audit;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Babyhelm.Core.Accounts.Tokens;

/// <summary>A personal token as its user sees it.</summary>
/// <param name="Start">The token's first characters.</param>
/// <param name="Project">Id of the one project it is for; null for all.</param>
public sealed record PersonalTokenView(
    Guid Id, string Name, string Start, AccessScope Scope, Guid? Project, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? LastUsedAt);

/// <param name="Name">1 to 64 characters, unique among the user's tokens.</param>
/// <param name="Days">1 to 366, or null for no end.</param>
/// <param name="Project">Id of a project that the user sees, checked by who knows projects; null for all.</param>
public sealed record NewPersonalToken(string? Name, AccessScope Scope, int? Days, Guid? Project = null);

/// <param name="Token">The token itself; nobody sees it again.</param>
public sealed record CreatedToken(PersonalTokenView View, string Token);

/// <summary>Makes, lists and revokes personal access tokens. Only in person: a token can't make another.</summary>
public sealed class PersonalTokens(IDbContextFactory<BabyhelmDbContext> contexts, AccountMails mails, TimeProvider time)
{
    public const int MaxNameLength = 64;
    public const int MaxDays = 366;
    public const int MaxPerUser = 100;
    private const int StartLength = 9;

    public async Task<Result<IReadOnlyList<PersonalTokenView>>> ListAsync(Caller caller, CancellationToken cancellation)
    {
        if (caller.WhyNotInPerson is { } no) return no;
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var tokens = await db.Set<PersonalToken>().AsNoTracking().Where(t => t.UserId == caller.UserId).OrderBy(t => t.Name).ToListAsync(cancellation);
        return tokens.ConvertAll(View);
    }

    /// <summary>Tells the user by mail. <see cref="Invalid"/> for bad fields, <see cref="Conflict"/> for a name that is taken.</summary>
    public async Task<Result<CreatedToken>> CreateAsync(Caller caller, NewPersonalToken wanted, CancellationToken cancellation)
    {
        if (caller.WhyNotInPerson is { } no) return no;
        var name = wanted.Name?.Trim();
        if (Check(wanted, name) is { Count: > 0 } faults) return new Invalid(faults);

        var (text, now) = (TokenHash.NewToken(TokenSignIn.PersonalPrefix), time.GetUtcNow());
        var token = new PersonalToken
        {
            UserId = caller.UserId,
            Name = name!,
            Hash = TokenHash.Of(text),
            Start = text[..StartLength],
            Scope = wanted.Scope,
            ProjectId = wanted.Project,
            CreatedAt = now,
            ExpiresAt = wanted.Days is { } days ? now.AddDays(days) : null,
        };
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        if (await db.Set<PersonalToken>().CountAsync(t => t.UserId == caller.UserId, cancellation) >= MaxPerUser)
            return new Conflict($"You have {MaxPerUser} tokens, which is the most. Revoke one that you don't need.", "too-many-tokens");
        if (await db.Users.AsNoTracking().FirstOrDefaultAsync(u => u.Id == caller.UserId, cancellation) is not { } user) return OwnAccount.Gone;
        db.Add(token);
        var mail = mails.SecurityNotice(db, user, "A personal access token was made");
        db.Add(AuditEntry.Of(caller, "token.create", Subject(caller, token.Name), time, detail:
            $"scope {token.Scope.ToString().ToLowerInvariant()}, {(token.ExpiresAt is { } end ? $"until {end:yyyy-MM-dd}" : "without end")}"));
        try
        {
            await db.SaveChangesAsync(cancellation);
        }
        catch (DbUpdateException e) when (e.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
        {
            return new Conflict($"You have a token '{name}' already. Choose another name.", "name-taken");
        }
        await mails.HandOverAsync(mail, cancellation);
        return new CreatedToken(View(token), text);
    }

    public async Task<Result<Done>> RevokeAsync(Caller caller, Guid id, CancellationToken cancellation)
    {
        if (caller.WhyNotInPerson is { } no) return no;
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var token = await db.Set<PersonalToken>().FirstOrDefaultAsync(t => t.Id == id && t.UserId == caller.UserId, cancellation);
        if (token is null) return new NotFound("There is no such token.");
        db.Remove(token);
        db.Add(AuditEntry.Of(caller, "token.revoke", Subject(caller, token.Name), time));
        try
        {
            await db.SaveChangesAsync(cancellation);
        }
        catch (DbUpdateConcurrencyException)
        {
            return new NotFound("There is no such token."); // revoked meanwhile
        }
        return Done.Result;
    }

    private static List<Fault> Check(NewPersonalToken wanted, string? name)
    {
        var faults = new List<Fault>();
        if (string.IsNullOrEmpty(name)) faults.Add(new Fault("name", "Give the token a name, for example where it will be used."));
        else if (name.Length > MaxNameLength || name.Any(char.IsControl)) faults.Add(new Fault("name", $"Use at most {MaxNameLength} plain characters."));
        if (wanted.Scope is not (AccessScope.Read or AccessScope.Deploy or AccessScope.Admin)) faults.Add(new Fault("scope", "Choose read, deploy or admin."));
        if (wanted.Days is < 1 or > MaxDays) faults.Add(new Fault("days", $"Choose 1 to {MaxDays} days, or none for a token without end."));
        return faults;
    }

    private static PersonalTokenView View(PersonalToken t) => new(t.Id, t.Name, t.Start, t.Scope, t.ProjectId, t.CreatedAt, t.ExpiresAt, t.LastUsedAt);

    private static string Subject(Caller caller, string name) => $"user/{caller.Email}/token/{name}";
}
