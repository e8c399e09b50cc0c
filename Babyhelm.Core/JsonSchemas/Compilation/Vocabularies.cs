namespace Babyhelm.Core.JsonSchemas.Compilation;

/// <summary>Vocabularies of draft 2020-12; a keyword whose vocabulary a metaschema does not name means nothing.</summary>
[Flags]
internal enum Vocabularies
{
    Core = 1,
    Applicator = 2,
    Unevaluated = 4,
    Validation = 8,
    MetaData = 16,
    FormatAnnotation = 32,
    FormatAssertion = 64,
    Content = 128,
    Standard = Core | Applicator | Unevaluated | Validation | MetaData | FormatAnnotation | Content,
}

internal static class Vocabulary
{
    private const string Prefix = "https://json-schema.org/draft/2020-12/vocab/";

    /// <summary>0 for an unknown one.</summary>
    public static Vocabularies Of(string address) => !address.StartsWith(Prefix, StringComparison.Ordinal) ? 0 : address[Prefix.Length..] switch
    {
        "core" => Vocabularies.Core,
        "applicator" => Vocabularies.Applicator,
        "unevaluated" => Vocabularies.Unevaluated,
        "validation" => Vocabularies.Validation,
        "meta-data" => Vocabularies.MetaData,
        "format-annotation" => Vocabularies.FormatAnnotation,
        "format-assertion" => Vocabularies.FormatAssertion,
        "content" => Vocabularies.Content,
        _ => 0,
    };
}
