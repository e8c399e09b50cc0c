namespace Babyhelm.Core.Rollouts;
public sealed record AppObjectVersion(string Kind, string Name, string Uid, long Generation, string ResourceVersion);
internal static class Temp { extension(AppObjects o) { public IReadOnlyList<AppObjectVersion> Inventory => o.Deployment is null ? [] : [new("Deployment", o.Deployment.Metadata.Name, o.Deployment.Metadata.Uid ?? "", o.Deployment.Metadata.Generation, o.Deployment.Metadata.ResourceVersion)]; } }
