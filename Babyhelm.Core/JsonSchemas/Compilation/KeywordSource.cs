using System.Text;
using Babyhelm.Core.JsonSchemas.Keywords;
using Babyhelm.Core.JsonSchemas.Values;

namespace Babyhelm.Core.JsonSchemas.Compilation;

/// <summary>Reads the keywords of one schema, which was held against the metaschema before.</summary>
internal sealed class KeywordSource(SchemaNode node)
{
    public SchemaNode Node => node;

    public SchemaDocument Document => node.Resource.Document;

    public bool IsObject => Document.Kind(node.At) == JsonKind.Object;

    public bool IsFalse => Document.Kind(node.At) == JsonKind.False;

    /// <summary>Where a keyword's value stands; -1 where it is not there or one of another vocabulary than the metaschema names.</summary>
    public int Find(string name, Vocabularies vocabulary) =>
        (node.Resource.Vocabularies & vocabulary) == 0 ? -1 : Document.Text.Member(node.At, Encoding.UTF8.GetBytes(name));

    public SchemaResource ResourceAt(int at) => Document.Schemas[at];

    public IEnumerable<(string Name, int Value)> Members(string name, Vocabularies vocabulary = Vocabularies.Applicator) =>
        Find(name, vocabulary) is var at and >= 0 ? Document.Members(at) : [];

    /// <summary>A number of things; one that is too large for anything is the largest.</summary>
    public long? Count(string name)
    {
        if (Find(name, Vocabularies.Validation) is not (var at and >= 0)) return null;
        var number = ExactNumber.Read(Document.Text.TextOf(at));
        if (number.IsZero) return 0;
        return number.Point >= ExactNumber.HeadDigits ? long.MaxValue : (long)(number.Head / ExactNumber.Power(ExactNumber.HeadDigits - (int)number.Point));
    }

    public JsonTypes Types(int at)
    {
        if (Document.Kind(at) == JsonKind.String) return Enum.Parse<JsonTypes>(Document.String(at), ignoreCase: true);
        return Document.Items(at).Aggregate((JsonTypes)0, (types, item) => types | Enum.Parse<JsonTypes>(Document.String(item), ignoreCase: true));
    }
}
