using System.Globalization;
using Babyhelm.Core.Projects;
using Microsoft.AspNetCore.Components;

namespace Babyhelm.Web.Components.Shared;

/// <summary>Small pieces of text that several pages say.</summary>
public static class Words
{
    public static string A(ProjectRole role) => role switch
    {
        ProjectRole.Owner => "an owner",
        ProjectRole.Editor => "an editor",
        _ => "a viewer",
    };

    /// <summary>A number with what it counts.</summary>
    public static string Count(int count, string one, string many) => $"{count.ToString("N0", CultureInfo.InvariantCulture)} {(count == 1 ? one : many)}";

    /// <summary>One paragraph.</summary>
    public static RenderFragment Text(string text) => builder =>
    {
        builder.OpenElement(0, "p");
        builder.AddContent(1, text);
        builder.CloseElement();
    };
}
