namespace Babyhelm.Web.Components.Shared;

/// <summary>The one form of page titles.</summary>
public static class PageTitleText
{
    public static string Of(string page) => $"{page} · Babyhelm";
}
