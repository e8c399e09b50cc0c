using Babyhelm.Core.Accounts.Sessions;
using Babyhelm.Core.Common;
using Babyhelm.Core.Data;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.WebUtilities;

namespace Babyhelm.Core.Accounts;

/// <param name="Id">Base64url of the credential's id.</param>
/// <param name="Synced">Whether the device keeps a copy elsewhere, so that the loss of the device does not lose it.</param>
public sealed record PasskeyView(string Id, string Name, DateTimeOffset CreatedAt, bool Synced);

/// <summary>
/// Passkeys of the own account, by Identity's own support. The device checks who holds it (user verification), so one signs
/// in without a password and without a code.
/// </summary>
public sealed class Passkeys(UserManager<AppUser> users, AccountSignIn signIn, OwnAccount own, BabyhelmDbContext db)
{
    public const int MaxNameLength = 64;
    public const int MaxPerUser = 20;
    private static readonly Invalid NotTaken = new("passkey", "The passkey was not accepted, or it took too long. Try again.");
    private static readonly Conflict LastWayIn = new("This is your only way to sign in. Set a password first.", "last-sign-in");
    private static readonly NotFound None = new("There is no such passkey (any more).");

    public async Task<Result<IReadOnlyList<PasskeyView>>> ListAsync(Caller caller)
    {
        if ((await own.FindAsync(caller)).Failed(out var error, out var user)) return error;
        return (await users.GetPasskeysAsync(user)).OrderBy(p => p.CreatedAt)
            .Select(p => new PasskeyView(WebEncoders.Base64UrlEncode(p.CredentialId), p.Name ?? "Passkey", p.CreatedAt, p.IsBackedUp)).ToList();
    }

    /// <summary>What the browser needs to make one, as JSON of WebAuthn. The password is asked for first: a device is a lasting way in.</summary>
    public async Task<Result<string>> BeginAsync(Caller caller, string? name, string? password, CancellationToken cancellation)
    {
        if ((await own.FindAsync(caller)).Failed(out var error, out var user)) return error;
        if (NameProblem(name) is { } problem) return problem;
        if (await own.WhyNotConfirmedAsync(caller, user, password, cancellation) is { } unconfirmed) return unconfirmed;
        if ((await users.GetPasskeysAsync(user)).Count >= MaxPerUser) return new Conflict($"You have {MaxPerUser} passkeys, which is the most. Remove one that you don't use.", "too-many-passkeys");
        return await signIn.MakePasskeyCreationOptionsAsync(new PasskeyUserEntity { Id = user.Id.ToString(), Name = user.Email!, DisplayName = user.Email! });
    }

    /// <param name="credential">What the browser made, as JSON.</param>
    public async Task<Result<Done>> AddAsync(Caller caller, string? credential, string? name, string? password, CancellationToken cancellation)
    {
        if (NameProblem(name) is { } problem) return problem;
        if (await signIn.AttestAsync(credential) is not { } passkey || passkey.UserId != caller.UserId) return NotTaken;
        passkey.Key.Name = name!.Trim();
        return await own.ChangeAsync(caller, "passkey.add", async user =>
        {
            var added = await users.AddOrUpdatePasskeyAsync(user, passkey.Key);
            await SessionStore.NoteSecondFactorAsync(db, caller.SessionId, cancellation);
            return added;
        }, "A passkey was added", confirm: (true, password), cancellation: cancellation);
    }

    public async Task<Result<Done>> RenameAsync(Caller caller, string? id, string? name, CancellationToken cancellation)
    {
        if (NameProblem(name) is { } problem) return problem;
        if ((await FindAsync(caller, id)).Failed(out var error, out var passkey)) return error;
        passkey.Name = name!.Trim();
        return await own.ChangeAsync(caller, "passkey.rename", user => users.AddOrUpdatePasskeyAsync(user, passkey), cancellation: cancellation);
    }

    /// <summary>Removes one, after the password. The last way to sign in stays.</summary>
    public async Task<Result<Done>> RemoveAsync(Caller caller, string? id, string? password, CancellationToken cancellation)
    {
        if ((await own.FindAsync(caller)).Failed(out var gone, out var owner)) return gone;
        if ((await FindAsync(caller, id)).Failed(out var error, out var passkey)) return error;
        if (owner.PasswordHash is null && (await users.GetPasskeysAsync(owner)).Count == 1 && (await users.GetLoginsAsync(owner)).Count == 0) return LastWayIn;
        return await own.ChangeAsync(caller, "passkey.remove", async user =>
        {
            var removed = await users.RemovePasskeyAsync(user, passkey.CredentialId);
            await SessionStore.ForgetSecondFactorAsync(db, user.Id, cancellation);
            return removed;
        }, "A passkey was removed", confirm: (true, password), cancellation: cancellation);
    }

    private async Task<Result<UserPasskeyInfo>> FindAsync(Caller caller, string? id)
    {
        if ((await own.FindAsync(caller)).Failed(out var error, out var user)) return error;
        return (await users.GetPasskeysAsync(user)).FirstOrDefault(p => WebEncoders.Base64UrlEncode(p.CredentialId) == id) is { } found ? found : None;
    }

    private static Invalid? NameProblem(string? name) =>
        string.IsNullOrWhiteSpace(name) ? new Invalid("name", "Give the passkey a name, for example the device that keeps it.")
        : name.Trim().Length > MaxNameLength || name.Any(char.IsControl) ? new Invalid("name", $"Use at most {MaxNameLength} plain characters.")
        : null;
}
