using System.ComponentModel.DataAnnotations;
using System.Net;
using Babyhelm.Core.Accounts;

namespace Babyhelm.Core.Grafana;

/// <summary>Roles of Grafana's, each with the rights of the one before.</summary>
public enum GrafanaRole
{
    Viewer,
    Editor,
    Admin,
}

/// <summary>Section <c>Grafana</c>: a Grafana of Babyhelm's own, shown below <see cref="GrafanaProxy.Path"/>.</summary>
public sealed class GrafanaOptions : IValidatableObject
{
    /// <summary>Where Babyhelm reaches it, for example <c>http://127.0.0.1:3000</c>; without a path, as Grafana itself serves the sub-path. None: there is no Grafana.</summary>
    public Uri? Url { get; set; }

    /// <summary>Names of the headers by which Grafana is told who asks, as its section <c>auth.proxy</c> has them.</summary>
    public string UserHeader { get; set; } = "X-WEBAUTH-USER";
    public string NameHeader { get; set; } = "X-WEBAUTH-NAME";
    public string EmailHeader { get; set; } = "X-WEBAUTH-EMAIL";
    public string RoleHeader { get; set; } = "X-WEBAUTH-ROLE";

    /// <summary>What Grafana's data source sends to prove that it is Grafana which names a user; at least 32 characters.</summary>
    public string? DataSourceToken { get; set; }

    /// <summary>Networks that Grafana's data source may ask from beside this machine, such as <c>10.0.0.0/8</c>, apart by commas.</summary>
    public string DataSourceNetworks { get; set; } = "";

    /// <summary>What platform admins are for Grafana; everybody else is a viewer. From editor on they change dashboards, which all users see.</summary>
    [EnumDataType(typeof(GrafanaRole), ErrorMessage = "Grafana:AdminRole is Viewer, Editor or Admin.")]
    public GrafanaRole AdminRole { get; set; }

    internal GrafanaRole RoleOf(Caller caller) => caller.IsAdmin ? AdminRole : GrafanaRole.Viewer;

    internal IEnumerable<string> UserHeaders => [UserHeader, NameHeader, EmailHeader, RoleHeader];

    internal IEnumerable<IPNetwork> Networks => Parts(DataSourceNetworks).Select(part => IPNetwork.Parse(part));

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Url is not null && Url is not { IsAbsoluteUri: true, Scheme: "http" or "https", PathAndQuery: "/", Fragment: "", UserInfo: "" })
            yield return new ValidationResult($"Grafana:Url must be an address like http://127.0.0.1:3000 without a user or a path, not '{(Url.IsAbsoluteUri && Url.UserInfo.Length > 0 ? "…" : Url)}'.", [nameof(Url)]);
        if ((Url is null) != string.IsNullOrEmpty(DataSourceToken))
            yield return new ValidationResult("Grafana:Url and Grafana:DataSourceToken are set together, or neither.", [nameof(DataSourceToken)]);
        else if (DataSourceToken is { Length: > 0 and < 32 })
            yield return new ValidationResult("Grafana:DataSourceToken must have at least 32 characters.", [nameof(DataSourceToken)]);
        foreach (var name in UserHeaders.Where(name => !IsHeader(name) || GrafanaHeaders.IsVisitors(name)))
            yield return new ValidationResult($"'{name}' can't be a header of Grafana's auth.proxy: it begins with X-, and is none that has another meaning.", [nameof(UserHeader)]);
        if (UserHeaders.Distinct(StringComparer.OrdinalIgnoreCase).Count() < 4)
            yield return new ValidationResult("Grafana's headers for user, name, e-mail address and role need four names.", [nameof(UserHeader)]);
        foreach (var part in Parts(DataSourceNetworks).Where(part => !IPNetwork.TryParse(part, out _)))
            yield return new ValidationResult($"Grafana:DataSourceNetworks takes networks like 10.0.0.0/8, apart by commas; '{part}' is none.", [nameof(DataSourceNetworks)]);
    }

    private static string[] Parts(string text) => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static bool IsHeader(string name) => name.Length > 2 && name.StartsWith("X-", StringComparison.OrdinalIgnoreCase)
        && !name.StartsWith("X-Forwarded-", StringComparison.OrdinalIgnoreCase) && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '-');
}
