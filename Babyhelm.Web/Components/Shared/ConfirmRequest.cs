using Babyhelm.Core.Common;
using Microsoft.AspNetCore.Components;
using Radzen;

namespace Babyhelm.Web.Components.Shared;

/// <summary>A destructive act that waits for its confirmation.</summary>
/// <param name="Title">Question of the dialog, for example <c>Delete the project shop?</c></param>
/// <param name="Consequence">Says what will be gone.</param>
/// <param name="Name">What has to be typed; null where the act can be undone, so that a click is enough.</param>
/// <param name="Verb">Text of the button.</param>
/// <param name="Act">Does it; answers null or why it failed.</param>
public sealed record ConfirmRequest(string Title, RenderFragment Consequence, string? Name, string Verb, Func<Task<Error?>> Act);

public static class ConfirmDialogs
{
    /// <summary>Answers true once it is done, false when the person thought better of it.</summary>
    public static async Task<bool> ConfirmAsync(this DialogService dialogs, ConfirmRequest request) =>
        await dialogs.OpenAsync<ConfirmDialog>(
            request.Title,
            new Dictionary<string, object?> { [nameof(ConfirmDialog.Request)] = request }!,
            new DialogOptions { Width = "min(30rem, calc(100vw - 2rem))", AutoFocusFirstElement = false, CloseDialogOnEsc = true }) is true;
}
