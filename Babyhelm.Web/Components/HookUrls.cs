using Babyhelm.Core.Common;
using Microsoft.Extensions.Options;

namespace Babyhelm.Web.Components;

/// <summary>Addresses of deploy hooks as build servers call them.</summary>
internal sealed class HookUrls(IOptions<PublicOptions> options)
{
    public string Of(string token) => new Uri(options.Value.Url, $"{Urls.DeployHooks}/{token}").ToString();
}
