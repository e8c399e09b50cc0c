using System.Reflection;
using Babyhelm.Core.JsonSchemas.Values;

namespace Babyhelm.Core.JsonSchemas.Compilation;

/// <summary>The metaschemas of draft 2020-12 as json-schema.org publishes them, embedded.</summary>
internal static class Metaschemas
{
    public const string Standard = "https://json-schema.org/draft/2020-12/schema";

    private const string Prefix = "https://json-schema.org/draft/2020-12/";

    private static readonly string[] Names = ["schema", "meta/core", "meta/applicator", "meta/unevaluated", "meta/validation", "meta/meta-data", "meta/format-annotation", "meta/format-assertion", "meta/content"];

    private static readonly Lazy<CompiledSchema> Compiled = new(() =>
        SchemaCompiler.CompileUnchecked(Find(Standard)!.Value, new SchemaOptions { MaxSteps = 50_000_000 }).Value);

    public static ReadOnlyMemory<byte>? Find(string address)
    {
        var name = Names.FirstOrDefault(n => address == Prefix + n);
        if (name is null) return null;
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"metaschemas/{name.Replace('/', '.')}.json")!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>What is wrong with a schema, by the standard's own words.</summary>
    public static SchemaVerdict Check(JsonText text, int at) => Compiled.Value.Validate(text, at);
}
