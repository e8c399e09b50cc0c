using Babyhelm.Core.Data;

namespace Babyhelm.Web;

internal static class DatabaseServices
{
    /// <summary>False, after a message on standard error, when no database is configured.</summary>
    public static bool AddDatabase(this WebApplicationBuilder builder)
    {
        try
        {
            builder.Services.AddData(builder.Configuration);
            return true;
        }
        catch (InvalidOperationException e)
        {
            Console.Error.WriteLine($"babyhelm: {e.Message}");
            return false;
        }
    }
}
