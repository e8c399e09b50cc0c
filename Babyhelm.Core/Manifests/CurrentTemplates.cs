namespace Babyhelm.Core.Manifests;

/// <summary>The templates that are in use now: the built-in ones until others are put in their place.</summary>
public sealed class CurrentTemplates
{
    private volatile ManifestBuilder _builder = new(ManifestTemplates.BuiltIn);

    /// <summary>To be asked once for what belongs together: the next answer may be another.</summary>
    public ManifestBuilder Builder => _builder;

    public void Use(ManifestTemplates templates) => _builder = new ManifestBuilder(templates);
}
