using System.Text;
using Babyhelm.Core.Common;

namespace Babyhelm.Core.Kubernetes.Configuration;

/// <summary>What a request is sent with.</summary>
/// <param name="Authorization">Value of the Authorization header, or null for none.</param>
/// <param name="Certificate">Client certificate that takes the place of the configured one, or null.</param>
internal sealed record Credential(string? Authorization, ClientCertificate? Certificate = null)
{
    /// <summary>Never the secret.</summary>
    public override string ToString() => nameof(Credential);
}

/// <summary>Where the credentials of requests come from. Safe for use from many threads.</summary>
internal abstract class CredentialSource
{
    internal static readonly CredentialSource None = new Fixed(null);

    internal abstract ValueTask<Result<Credential>> GetAsync(TimeProvider time, CancellationToken cancellation);

    /// <summary>The server answered 401 to <paramref name="refused"/>: the next one asked for is fresh. False where there is no other.</summary>
    internal virtual bool Renew(Credential refused) => false;

    internal class Fixed(string? authorization) : CredentialSource
    {
        private readonly Result<Credential> _credential = new Credential(authorization);

        internal override ValueTask<Result<Credential>> GetAsync(TimeProvider time, CancellationToken cancellation) => new(_credential);
    }
}

internal sealed class FixedToken(string token) : CredentialSource.Fixed($"Bearer {token}");

internal sealed class UserAndPassword(string user, string password)
    : CredentialSource.Fixed("Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));

/// <summary>A token in a file that someone else renews; read again each minute and after a 401.</summary>
internal sealed class TokenFile(string path) : CredentialSource
{
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private Credential? _credential;
    private long _readAt;

    internal override ValueTask<Result<Credential>> GetAsync(TimeProvider time, CancellationToken cancellation)
    {
        lock (_lock)
        {
            if (_credential is not null && time.GetElapsedTime(_readAt) < Period) return new(_credential);
            var read = Read();
            _readAt = time.GetTimestamp();
            // A file that is being replaced is tried again next minute; the token in hand mostly still holds.
            if (read.Ok(out var fresh, out _) && fresh.Authorization != _credential?.Authorization) _credential = fresh;
            return new(_credential ?? read);
        }
    }

    internal override bool Renew(Credential refused)
    {
        lock (_lock)
        {
            if (!ReferenceEquals(_credential, refused)) return true;
            if (!Read().Ok(out var fresh, out _) || fresh.Authorization == refused.Authorization) return false;
            _credential = fresh;
            return true;
        }
    }

    private Result<Credential> Read()
    {
        try
        {
            var token = File.ReadAllText(path).Trim();
            if (token.Length == 0 || token.Any(c => c is <= ' ' or > '~'))
                return new ClusterConfigInvalid($"The token file {path} {(token.Length == 0 ? "is empty" : "holds no token")}. Write a bearer token to it.");
            return new Credential($"Bearer {token}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new ClusterConfigInvalid($"The token file {path} cannot be read ({e.Message.TrimEnd('.')}). Create it or correct its path.");
        }
    }
}
