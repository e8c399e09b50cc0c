using Babyhelm.Core.JsonSchemas.Compilation;
using Babyhelm.Core.JsonSchemas.Values;

namespace Babyhelm.Core.JsonSchemas.Keywords;

/// <summary>The schema <c>false</c>.</summary>
internal sealed class NeverKeyword(SchemaNode owner) : Keyword(owner, "")
{
    private readonly SchemaNode _owner = owner;

    public override bool Check(ref Evaluation run, int at, int marks) =>
        run.Collecting && run.Fail(at, _owner.Pointer, $"No value is allowed here, found {Quote.Of(run.Text, at)}.");
}

[Flags]
internal enum JsonTypes
{
    Null = 1,
    Boolean = 2,
    Integer = 4,
    Number = 8,
    String = 16,
    Array = 32,
    Object = 64,
}

internal sealed class TypeKeyword(SchemaNode owner, JsonTypes types) : Keyword(owner, "type")
{
    public override bool IsDecisive => true;

    public bool Takes(ref Evaluation run, int at) => run.KindOf(at) switch
    {
        JsonKind.Null => (types & JsonTypes.Null) != 0,
        JsonKind.False or JsonKind.True => (types & JsonTypes.Boolean) != 0,
        JsonKind.String => (types & JsonTypes.String) != 0,
        JsonKind.Array => (types & JsonTypes.Array) != 0,
        JsonKind.Object => (types & JsonTypes.Object) != 0,
        _ => (types & JsonTypes.Number) != 0 || ((types & JsonTypes.Integer) != 0 && (!run.Tokens[at].Fractional || (run.Take(run.Tokens[at].Length / 64, at) && ExactNumber.Read(run.TextOf(at)).IsInteger))),
    };

    public override bool Check(ref Evaluation run, int at, int marks) =>
        Takes(ref run, at) || (run.Collecting && Fail(ref run, at, $"Expected {Words(types)}, found {Quote.Of(run.Text, at)}."));

    private static string Words(JsonTypes types) => string.Join(" or ", Enum.GetValues<JsonTypes>().Where(t => (types & t) != 0).Select(t => t switch
    {
        JsonTypes.Null => "null",
        JsonTypes.Integer or JsonTypes.Array or JsonTypes.Object => $"an {t.ToString().ToLowerInvariant()}",
        _ => $"a {t.ToString().ToLowerInvariant()}",
    }));
}

/// <summary><c>enum</c>, and <c>const</c> as an enumeration of one.</summary>
internal sealed class EnumKeyword : Keyword
{
    private readonly JsonText _schema;
    private readonly NameTable _strings;
    private readonly int[] _others;
    private readonly string _expected;

    public EnumKeyword(SchemaNode owner, string name, SchemaDocument document, IReadOnlyList<int> values) : base(owner, name)
    {
        _schema = document.Text;
        _strings = new NameTable(values.Where(v => document.Kind(v) == JsonKind.String).Select(document.String).Distinct());
        _others = [.. values.Where(v => document.Kind(v) != JsonKind.String)];
        _expected = values.Count == 1 ? Quote.Of(_schema, values[0]) : $"one of {string.Join(", ", values.Take(10).Select(v => Quote.Of(_schema, v)))}{(values.Count > 10 ? ", …" : "")}";
    }

    public override bool IsDecisive => true;

    public override bool Check(ref Evaluation run, int at, int marks)
    {
        if (run.KindOf(at) == JsonKind.String)
        {
            var text = run.TextOf(at);
            if (!run.Take(text.Length / 256, at)) return false;
            if (_strings.Find(NameHash.Of(text), text) >= 0) return true;
        }
        else
        {
            foreach (var value in _others)
            {
                if (JsonEquality.Equal(run.Text, at, _schema, value, ref run.Steps)) return true;
                if (!run.Take(0, at)) return false;
            }
        }
        return run.Collecting && Fail(ref run, at, $"Expected {_expected}, found {Quote.Of(run.Text, at)}.");
    }
}
