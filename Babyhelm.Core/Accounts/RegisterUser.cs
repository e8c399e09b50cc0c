using Babyhelm.Core.Audit;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Babyhelm.Core.Accounts;

/// <summary>Creates an account. The first one of an installation is the platform admin.</summary>
public sealed class RegisterUser(UserManager<AppUser> users, BabyhelmDbContext db, TimeProvider time)
{
    // Longer ones cost hashing time and gain nothing.
    public const int MaxPasswordLength = 128;
    public const int MaxEmailLength = 254;

    // Any constant: two first registrations at once must not both become admin.
    private const long FirstUserLock = 0x626168656c6d01;

    /// <summary>Answers the new user, or <see cref="Invalid"/> with a fault per field (<c>email</c>, <c>password</c>).</summary>
    public async Task<Result<AppUser>> ExecuteAsync(string? email, string? password, CancellationToken cancellation)
    {
        email = email?.Trim();
        if (Check(email, password) is { Count: > 0 } faults) return new Invalid(faults);

        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({FirstUserLock})", cancellation);
        var first = !await db.Users.AnyAsync(cancellation);
        var user = new AppUser
        {
            Id = Guid.CreateVersion7(),
            UserName = email,
            Email = email,
            Role = first ? PlatformRole.Admin : PlatformRole.User,
            CreatedAt = time.GetUtcNow(),
        };
        var created = await users.CreateAsync(user, password!);
        if (!created.Succeeded) return new Invalid([.. created.Errors.Select(ToFault).DistinctBy(f => f.Message)]);
        db.Add(AuditEntry.Of(new Caller(user.Id, user.Email!, first), "user.register", $"user/{user.Email}", time));
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return user;
    }

    private static List<Fault> Check(string? email, string? password)
    {
        var faults = new List<Fault>();
        if (string.IsNullOrEmpty(email)) faults.Add(new Fault("email", "Give your e-mail address."));
        else if (email.Length > MaxEmailLength || !IsAddress(email))
            faults.Add(new Fault("email", "This is not an e-mail address."));
        if (string.IsNullOrEmpty(password)) faults.Add(new Fault("password", "Choose a password."));
        else if (password.Length > MaxPasswordLength)
            faults.Add(new Fault("password", $"Use at most {MaxPasswordLength} characters."));
        return faults;
    }

    private static bool IsAddress(string email) =>
        System.Net.Mail.MailAddress.TryCreate(email, out var parsed) && parsed.Address == email && !email.Any(char.IsControl);

    private static Fault ToFault(IdentityError error) => error.Code switch
    {
        nameof(IdentityErrorDescriber.DuplicateEmail) or nameof(IdentityErrorDescriber.DuplicateUserName) =>
            new Fault("email", "This address already has an account. Sign in instead."),
        _ when error.Code.StartsWith("Password", StringComparison.Ordinal) => new Fault("password", error.Description),
        _ => new Fault("email", error.Description),
    };
}
