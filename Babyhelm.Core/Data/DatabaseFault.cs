using System.Net.Sockets;
using Npgsql;

namespace Babyhelm.Core.Data;

/// <summary>Recognizes failures of the database. EF wraps those of lost connections in exceptions of its own.</summary>
public static class DatabaseFault
{
    /// <summary>The database's exception in the chain, or null where something else failed.</summary>
    public static NpgsqlException? Of(Exception exception)
    {
        for (Exception? e = exception; e is not null; e = e.InnerException)
            if (e is NpgsqlException fault) return fault;
        return null;
    }

    /// <summary>True for a lost or refused connection, a shutdown or too many clients; false for a faulty statement.</summary>
    public static bool IsOutage(Exception exception) => Of(exception) switch
    {
        null => false,
        PostgresException sql => sql.SqlState is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown
            or PostgresErrorCodes.CannotConnectNow or PostgresErrorCodes.TooManyConnections,
        var fault => fault.InnerException is null or SocketException or IOException or TimeoutException or NpgsqlException,
    };
}
