namespace Babyhelm.Core.Common;

/// <summary>Headers by which Grafana's data source says that it is Grafana, and for whom it asks.</summary>
public static class DataSourceHeaders
{
    /// <summary>A token that only Grafana's configuration has.</summary>
    public const string Token = "X-Babyhelm-DataSource-Token";

    /// <summary>The login of who asks Grafana; it sets it itself where <c>dataproxy.send_user_header</c> is on.</summary>
    public const string User = "X-Grafana-User";
}
