using Babyhelm.Core.Common;

namespace Babyhelm.Core.Monitoring.Prometheus;

/// <summary>Prometheus answered that it can't or won't, for example because a query is wrong or reads too many samples.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Type">Its own word: <c>bad_data</c>, <c>execution</c>, <c>timeout</c>, <c>canceled</c>, <c>internal</c>, <c>unavailable</c>, <c>not_found</c>.</param>
/// <param name="Message">Its own words.</param>
public sealed record PrometheusRefusal(int Status, string Type, string Message) : Error("metrics-refused", Message)
{
    /// <summary>Faults of the server name its files and addresses.</summary>
    public override string Public => Status < 500 || Type == "timeout" ? Message : "Prometheus failed at this; its log says why.";
}
