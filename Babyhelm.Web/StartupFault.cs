using Microsoft.Extensions.Options;

namespace Babyhelm.Web;

/// <summary>Settings that Babyhelm can't start with, said in one line; null for what is a bug.</summary>
internal static class StartupFault
{
    public static string? Describe(Exception exception) => exception switch
    {
        OptionsValidationException invalid => $"The configuration can't be used: {string.Join(" ", invalid.Failures)}",
        AggregateException many when many.InnerExceptions.All(e => e is OptionsValidationException) =>
            $"The configuration can't be used: {string.Join(" ", many.InnerExceptions.SelectMany(e => ((OptionsValidationException)e).Failures))}",
        // The binder's message names the key, for example Sandbox:PullDelay.
        InvalidOperationException { InnerException: FormatException or ArgumentException } unreadable when unreadable.Source?.Contains("Configuration", StringComparison.Ordinal) == true =>
            $"The configuration can't be read: {unreadable.Message}",
        IOException { InnerException: Microsoft.AspNetCore.Connections.AddressInUseException } => $"{exception.Message} Choose another in ASPNETCORE_URLS.",
        _ => null,
    };
}
