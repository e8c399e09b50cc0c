using System.Text;
using Babyhelm.Core.JsonSchemas.Formats;
using Babyhelm.Core.JsonSchemas.Keywords;
using Babyhelm.Core.JsonSchemas.Patterns;
using Babyhelm.Core.JsonSchemas.Values;

namespace Babyhelm.Core.JsonSchemas.Compilation;

/// <summary>Makes the rules of one schema out of its keywords, cheap and decisive ones first, those that need the others' marks last.</summary>
internal sealed class KeywordBuilder(SchemaOptions options, SchemaFaults faults, SchemaLibrary library, Func<SchemaResource, int, SchemaNode> nodeAt)
{
    // A multiple is found with numbers of this many digits at most; each pattern costs memory of its own.
    private const int MaxUnitDigits = 1000;
    private const int MaxPatterns = 1000;

    private int _patterns;

    public bool HasDynamicReferences { get; private set; }

    public List<Keyword> Build(SchemaNode node)
    {
        var keywords = new List<Keyword>();
        var source = new KeywordSource(node);
        if (source.IsFalse) keywords.Add(new NeverKeyword(node));
        if (!source.IsObject) return keywords;
        AddValues(source, keywords);
        AddStrings(source, keywords);
        AddReferences(source, keywords);
        AddObjects(source, keywords);
        AddArrays(source, keywords);
        AddLogic(source, keywords);
        if (source.Find("unevaluatedItems", Vocabularies.Unevaluated) is var items and >= 0) keywords.Add(new UnevaluatedKeyword(node, JsonKind.Array, Schema(source, items)));
        if (source.Find("unevaluatedProperties", Vocabularies.Unevaluated) is var members and >= 0) keywords.Add(new UnevaluatedKeyword(node, JsonKind.Object, Schema(source, members)));
        return keywords;
    }

    private SchemaNode Schema(KeywordSource source, int at) => nodeAt(source.ResourceAt(at), at);

    private SchemaNode[] Schemas(KeywordSource source, int at) => [.. source.Document.Items(at).Select(item => Schema(source, item))];

    private void AddValues(KeywordSource source, List<Keyword> keywords)
    {
        const Vocabularies Rules = Vocabularies.Validation;
        var (node, document) = (source.Node, source.Document);
        if (source.Find("type", Rules) is var type and >= 0) keywords.Add(new TypeKeyword(node, source.Types(type)));
        if (source.Find("const", Rules) is var constant and >= 0) keywords.Add(new EnumKeyword(node, "const", document, [constant]));
        if (source.Find("enum", Rules) is var values and >= 0) keywords.Add(new EnumKeyword(node, "enum", document, [.. document.Items(values)]));
        foreach (var (name, bound) in new[] { ("minimum", Bound.Minimum), ("exclusiveMinimum", Bound.ExclusiveMinimum), ("maximum", Bound.Maximum), ("exclusiveMaximum", Bound.ExclusiveMaximum) })
            if (source.Find(name, Rules) is var limit and >= 0) keywords.Add(new BoundKeyword(node, name, bound, document.Text.TextOf(limit).ToArray()));
        if (source.Find("multipleOf", Rules) is var unit and >= 0)
        {
            if (document.Text.Tokens[unit].Length > MaxUnitDigits) faults.Add(document.PointerTo(unit), $"The number is longer than {MaxUnitDigits} digits.");
            else keywords.Add(new MultipleKeyword(node, document.Text.TextOf(unit).ToArray()));
        }
    }

    private void AddStrings(KeywordSource source, List<Keyword> keywords)
    {
        var node = source.Node;
        if (source.Count("minLength") is { } least) keywords.Add(new LengthKeyword(node, isMost: false, least));
        if (source.Count("maxLength") is { } most) keywords.Add(new LengthKeyword(node, isMost: true, most));
        if (source.Find("pattern", Vocabularies.Validation) is var text and >= 0 && Pattern(source.Document, source.Document.String(text), text) is { } pattern)
            keywords.Add(new PatternKeyword(node, pattern));
        if (source.Find("format", Vocabularies.FormatAnnotation | Vocabularies.FormatAssertion) is var format and >= 0
            && (options.AssertFormats || (node.Resource.Vocabularies & Vocabularies.FormatAssertion) != 0)
            && source.Document.String(format) is var name && FormatTable.Find(name) is { } check) keywords.Add(new FormatKeyword(node, name, check));
    }

    /// <param name="at">Where it stands, for the fault.</param>
    private SchemaPattern? Pattern(SchemaDocument document, string text, int at)
    {
        if (++_patterns > MaxPatterns)
        {
            faults.Add(document.PointerTo(at), $"The schema has more than {MaxPatterns} patterns.");
            return null;
        }
        var (pattern, error) = SchemaPattern.Compile(text, options);
        if (error is not null) faults.Add(document.PointerTo(at), $"The pattern {Quote.Of(Encoding.UTF8.GetBytes(text))} can't be used: {error}.");
        return pattern;
    }

    private void AddReferences(KeywordSource source, List<Keyword> keywords)
    {
        var node = source.Node;
        if (source.Find("$ref", Vocabularies.Core) is var reference and >= 0
            && library.Resolve(node.Resource, source.Document.String(reference), reference) is { } target)
            keywords.Add(new ReferenceKeyword(node, "$ref", nodeAt(target.Resource, target.At)));
        if (source.Find("$dynamicRef", Vocabularies.Core) is not (var dynamic and >= 0)
            || library.Resolve(node.Resource, source.Document.String(dynamic), dynamic) is not { } first) return;
        var otherwise = nodeAt(first.Resource, first.At);
        // Only a name that is a dynamic anchor where it leads first is looked for along the way.
        var isDynamic = first.Resource.DynamicAnchors.Contains(first.Fragment) && first.Resource.Anchors[first.Fragment] == first.At;
        HasDynamicReferences |= isDynamic;
        keywords.Add(isDynamic ? new DynamicReferenceKeyword(node, first.Fragment, otherwise) : new ReferenceKeyword(node, "$dynamicRef", otherwise));
    }

    private void AddObjects(KeywordSource source, List<Keyword> keywords)
    {
        var (node, document) = (source.Node, source.Document);
        var properties = source.Members("properties").ToDictionary(m => m.Name, m => Schema(source, m.Value));
        var patterns = new List<(SchemaPattern, SchemaNode)>();
        foreach (var (name, value) in source.Members("patternProperties"))
            if (Pattern(document, name, value) is { } pattern) patterns.Add((pattern, Schema(source, value)));
        var additional = source.Find("additionalProperties", Vocabularies.Applicator) is var rest and >= 0 ? Schema(source, rest) : null;
        var required = source.Find("required", Vocabularies.Validation) is var names and >= 0 ? document.Items(names).Select(document.String).Distinct().ToArray() : [];
        if (properties.Count > 0 || patterns.Count > 0 || additional is not null || required.Length > 0) keywords.Add(new MembersKeyword(node, properties, patterns, additional, required));
        if (source.Count("minProperties") is { } least) keywords.Add(new CountKeyword(node, "minProperties", JsonKind.Object, isMost: false, least));
        if (source.Count("maxProperties") is { } most) keywords.Add(new CountKeyword(node, "maxProperties", JsonKind.Object, isMost: true, most));
        if (source.Find("propertyNames", Vocabularies.Applicator) is var ofNames and >= 0) keywords.Add(new PropertyNamesKeyword(node, Schema(source, ofNames)));
        AddDependent(source, "dependentRequired", Vocabularies.Validation, keywords);
        AddDependent(source, "dependentSchemas", Vocabularies.Applicator, keywords);
        AddDependent(source, "dependencies", Vocabularies.Applicator, keywords);
    }

    /// <summary>Rules for objects that have a member: lists of further members, or schemas.</summary>
    private void AddDependent(KeywordSource source, string name, Vocabularies vocabulary, List<Keyword> keywords)
    {
        var document = source.Document;
        var rules = source.Members(name, vocabulary).ToLookup(m => document.Kind(m.Value) == JsonKind.Array);
        if (rules[true].Any()) keywords.Add(new DependentRequiredKeyword(source.Node, name, [.. rules[true].Select(m => (new Utf8Name(m.Name), (IReadOnlyList<Utf8Name>)[.. document.Items(m.Value).Select(i => new Utf8Name(document.String(i)))]))]));
        if (rules[false].Any()) keywords.Add(new DependentSchemasKeyword(source.Node, name, [.. rules[false].Select(m => (new Utf8Name(m.Name), Schema(source, m.Value)))]));
    }

    private void AddArrays(KeywordSource source, List<Keyword> keywords)
    {
        var node = source.Node;
        if (source.Count("minItems") is { } least) keywords.Add(new CountKeyword(node, "minItems", JsonKind.Array, isMost: false, least));
        if (source.Count("maxItems") is { } most) keywords.Add(new CountKeyword(node, "maxItems", JsonKind.Array, isMost: true, most));
        var prefix = source.Find("prefixItems", Vocabularies.Applicator) is var first and >= 0 ? Schemas(source, first) : [];
        var rest = source.Find("items", Vocabularies.Applicator) is var items and >= 0 ? Schema(source, items) : null;
        if (prefix.Length > 0 || rest is not null) keywords.Add(new ItemsKeyword(node, prefix, rest));
        if (source.Find("contains", Vocabularies.Applicator) is var contains and >= 0)
            keywords.Add(new ContainsKeyword(node, Schema(source, contains), source.Count("minContains") ?? 1, source.Count("maxContains") ?? -1));
        if (source.Find("uniqueItems", Vocabularies.Validation) is var unique and >= 0 && source.Document.Kind(unique) == JsonKind.True) keywords.Add(new UniqueItemsKeyword(node));
    }

    private void AddLogic(KeywordSource source, List<Keyword> keywords)
    {
        var node = source.Node;
        if (source.Find("allOf", Vocabularies.Applicator) is var all and >= 0) keywords.Add(new AllOfKeyword(node, Schemas(source, all)));
        if (source.Find("anyOf", Vocabularies.Applicator) is var any and >= 0) keywords.Add(new ChoiceKeyword(node, isOne: false, Schemas(source, any)));
        if (source.Find("oneOf", Vocabularies.Applicator) is var one and >= 0) keywords.Add(new ChoiceKeyword(node, isOne: true, Schemas(source, one)));
        if (source.Find("not", Vocabularies.Applicator) is var not and >= 0) keywords.Add(new NotKeyword(node, Schema(source, not)));
        if (source.Find("if", Vocabularies.Applicator) is not (var condition and >= 0)) return;
        var then = source.Find("then", Vocabularies.Applicator) is var t and >= 0 ? Schema(source, t) : null;
        var otherwise = source.Find("else", Vocabularies.Applicator) is var e and >= 0 ? Schema(source, e) : null;
        keywords.Add(new ConditionKeyword(node, Schema(source, condition), then, otherwise));
    }
}
