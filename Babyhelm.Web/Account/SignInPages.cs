using System.Globalization;
using System.Threading.RateLimiting;
using Babyhelm.Core.Accounts;
using Babyhelm.Core.Accounts.Sessions;
using Babyhelm.Core.Audit;
using Babyhelm.Core.Common;
using Babyhelm.Web.Components;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.RateLimiting;

namespace Babyhelm.Web.Account;

/// <summary>What the sign-in pages share, and the one of their endpoints that is no page.</summary>
internal static class SignInPages
{
    public const string RateLimit = "sign-in-pages";

    /// <summary>Posts per minute and network; several people may sit behind one.</summary>
    private const int PostsPerMinute = 30;

    /// <summary>Counts what is sent, not what is looked at.</summary>
    public static RateLimitPartition<string> LimitPosts(HttpContext context) =>
        !HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method)
            ? RateLimitPartition.GetSlidingWindowLimiter(
                Network.Of(context.Connection.RemoteIpAddress) ?? "",
                _ => new SlidingWindowRateLimiterOptions { PermitLimit = PostsPerMinute, Window = TimeSpan.FromMinutes(1), SegmentsPerWindow = 6 })
            : RateLimitPartition.GetNoLimiter("");

    /// <summary>Counts what was over the limit.</summary>
    public static ValueTask NoteLimitedAsync(OnRejectedContext context, CancellationToken cancellation)
    {
        var http = context.HttpContext;
        http.RequestServices.GetRequiredService<RefusalCounts>().Add(RefusalCounts.RateLimit, http.Connection.RemoteIpAddress);
        if (context.Lease.TryGetMetadata(MetadataName.RetryAfter, out var wait)) http.Response.Headers.RetryAfter = Math.Ceiling(Math.Max(1, wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        return ValueTask.CompletedTask;
    }

    public static void MapSignOut(this WebApplication app) =>
        app.MapPost(Urls.Logout, async (HttpContext http, SessionStore sessions, SignInManager<AppUser> signIn, [FromForm] string? returnUrl) =>
        {
            if (Caller.From(http.User) is { } caller) await sessions.SignOutAsync(caller, CancellationToken.None);
            await signIn.SignOutAsync();
            return Results.LocalRedirect(Urls.Local(returnUrl, Urls.Home));
        }).WithMetadata(new ReachableWhileAttribute(DueStep.NewPassword, DueStep.SecondFactor)).ExcludeFromDescription();
}
