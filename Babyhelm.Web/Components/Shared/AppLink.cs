namespace Babyhelm.Web.Components.Shared;

/// <summary>Addresses of applications, as people read them.</summary>
public static class AppLink
{
    /// <summary>Without the scheme, which says nothing.</summary>
    public static string Short(string url) => url.IndexOf("://", StringComparison.Ordinal) is var at and > 0 ? url[(at + 3)..] : url;
}
