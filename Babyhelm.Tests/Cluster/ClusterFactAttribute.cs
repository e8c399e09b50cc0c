using System.Reflection;
using Xunit.Sdk;

namespace Babyhelm.Tests.Cluster;

/// <summary>A case that does not hold everywhere says where not, and why; docs/conformance.md lists them all.</summary>
internal interface IConditional
{
    /// <summary>The kind of cluster on which the case does not hold.</summary>
    TargetKind NotOn { get; }

    /// <summary>First version of Kubernetes on which the case holds, for example <c>1.23</c>. The sandbox has all of them.</summary>
    string? Since { get; }

    string? Because { get; }
}

/// <summary>A case of the conformance suite.</summary>
public sealed class ClusterFactAttribute : FactAttribute, IConditional
{
    public TargetKind NotOn { get; set; }
    public string? Since { get; set; }
    public string? Because { get; set; }
    public override string? Skip { get => base.Skip ?? Conditions.SkipReason(this); set => base.Skip = value; }
}

/// <summary>Cases of the conformance suite that differ in their data.</summary>
public sealed class ClusterTheoryAttribute : TheoryAttribute, IConditional
{
    public TargetKind NotOn { get; set; }
    public string? Since { get; set; }
    public string? Because { get; set; }
    public override string? Skip { get => base.Skip ?? Conditions.SkipReason(this); set => base.Skip = value; }
}

/// <summary>One row of a theory, which may hold on one kind of cluster only. The first value names it.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class RowAttribute(params object?[] data) : DataAttribute, IConditional
{
    public object?[] Data => data;
    public TargetKind NotOn { get; set; }
    public string? Since { get; set; }
    public string? Because { get; set; }
    public override string? Skip { get => base.Skip ?? Conditions.SkipReason(this); set => base.Skip = value; }

    public override IEnumerable<object?[]> GetData(MethodInfo testMethod) => [data];
}

internal static class Conditions
{
    /// <summary>Null where the case holds on the cluster of this run.</summary>
    public static string? SkipReason(IConditional condition)
    {
        if (ConformanceTarget.Kind == TargetKind.RealCluster && ClusterFaults.Command is not null)
            return $"{ClusterFaults.Variable} is set: only the cases run that stop the cluster, which these would not survive.";
        if (condition.NotOn != TargetKind.None && condition.NotOn == ConformanceTarget.Kind) return condition.Because;
        if (condition.Since is { } since && ConformanceTarget.ServerVersion is { } version && version < Version.Parse(since))
            return $"Kubernetes {version}: {condition.Because}";
        return null;
    }
}
