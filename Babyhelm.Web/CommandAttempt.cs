using Babyhelm.Core.Common;
using Babyhelm.Core.Data;

namespace Babyhelm.Web;

/// <summary>Runs the command of a form. A database that is away becomes an error in place: what was typed stays.</summary>
internal static class CommandAttempt
{
    // Whether a commit whose answer was lost took place, nobody here can know.
    public static readonly Unavailable DatabaseAway = new(
        "The database does not answer, so this may not have been done. What you typed is still here: try again in a moment.", "database-unavailable");

    /// <summary>For commands that answer something.</summary>
    public static async Task<Result<T>> ResultAsync<T>(Func<Task<Result<T>>> command)
    {
        try
        {
            return await command();
        }
        catch (Exception e) when (DatabaseFault.IsOutage(e))
        {
            return DatabaseAway;
        }
    }

    /// <summary>For commands that answer null or why they failed.</summary>
    public static async Task<Error?> ErrorAsync(Func<Task<Error?>> command)
    {
        try
        {
            return await command();
        }
        catch (Exception e) when (DatabaseFault.IsOutage(e))
        {
            return DatabaseAway;
        }
    }
}
