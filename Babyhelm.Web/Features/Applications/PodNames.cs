namespace Babyhelm.Web.Features.Applications;

/// <summary>Pod names as people tell them apart.</summary>
public static class PodNames
{
    /// <summary>The part after the last dash, which is what differs between the pods of a deployment.</summary>
    public static string Short(string pod) => pod.LastIndexOf('-') is var dash and > 0 && dash < pod.Length - 1 ? pod[(dash + 1)..] : pod;
}
