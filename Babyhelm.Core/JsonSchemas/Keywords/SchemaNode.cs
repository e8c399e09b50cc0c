using Babyhelm.Core.JsonSchemas.Compilation;

namespace Babyhelm.Core.JsonSchemas.Keywords;

/// <summary>One compiled schema: its rules, in the order in which they are checked.</summary>
internal sealed class SchemaNode(SchemaResource resource, int at)
{
    private Keyword[] _keywords = [];

    public SchemaResource Resource => resource;

    public int At => at;

    /// <summary>It has <c>unevaluatedItems</c> or <c>unevaluatedProperties</c>, so it has to know which children its rules looked at.</summary>
    private bool _tracks;

    public IReadOnlyList<Keyword> Keywords => _keywords;

    /// <summary>The schema <c>false</c>.</summary>
    public bool IsNever => _keywords is [NeverKeyword];

    public string Pointer => resource.Document.PointerTo(at);

    /// <summary>Called once, before anything is checked.</summary>
    public void Fill(List<Keyword> keywords)
    {
        _tracks = keywords.Exists(k => k is UnevaluatedKeyword);
        _keywords = [.. keywords];
    }

    public bool Check(ref Evaluation run, int at, int marks)
    {
        if (_keywords.Length == 0) return true;
        if (!run.Enter(at)) return false;
        var scoped = run.EnterScope(resource);
        var own = _tracks ? run.PushMarks(at) : marks;
        var keeps = true;
        foreach (var keyword in _keywords)
        {
            if (keyword.Check(ref run, at, own)) continue;
            keeps = false;
            if (keyword.IsDecisive || !run.GoesOn) break;
        }
        if (_tracks && own >= 0)
        {
            if (keeps && marks >= 0) run.AddMarks(own, marks, at);
            run.PopMarks(own);
        }
        if (scoped) run.LeaveScope();
        run.Leave();
        return keeps;
    }

    /// <summary>Checks without collecting faults; marks are kept only where the value keeps all rules.</summary>
    public bool Try(ref Evaluation run, int at, int marks)
    {
        var faults = run.Faults;
        run.Faults = null;
        var own = marks < 0 ? -1 : run.PushMarks(at);
        var keeps = Check(ref run, at, own);
        if (own >= 0)
        {
            if (keeps) run.AddMarks(own, marks, at);
            run.PopMarks(own);
        }
        run.Faults = faults;
        return keeps;
    }

    /// <summary>Whether the value is of a type that the schema takes, as far as it names one, itself or through references.</summary>
    public bool TakesType(ref Evaluation run, int at)
    {
        var node = this;
        for (var followed = 0; followed < 8; followed++)
        {
            SchemaNode? next = null;
            foreach (var keyword in node._keywords)
            {
                if (keyword is TypeKeyword type) return type.Takes(ref run, at);
                if (keyword is ReferenceKeyword reference) next = reference.Target;
            }
            if (next is null) return true;
            node = next;
        }
        return true;
    }
}
