using Babyhelm.Core.Common;
using Microsoft.AspNetCore.Components.Forms;
using Microsoft.JSInterop;

namespace Babyhelm.Web;

/// <summary>Reads a file that somebody chose in a page. One that breaks off, or was moved meanwhile, becomes an error in place.</summary>
internal static class UploadAttempt
{
    private static readonly Invalid Broken = new("file", "The file could not be read to its end. Choose it again.");

    /// <param name="most">Longest that is read, in bytes.</param>
    public static async Task<Result<byte[]>> ReadAsync(IBrowserFile file, long most)
    {
        try
        {
            using var content = new MemoryStream();
            await using var stream = file.OpenReadStream(most);
            await stream.CopyToAsync(content);
            return content.ToArray();
        }
        catch (Exception e) when (e is IOException or JSException or OperationCanceledException or TimeoutException)
        {
            return Broken;
        }
    }
}
