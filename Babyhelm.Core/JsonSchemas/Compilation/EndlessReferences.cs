using Babyhelm.Core.JsonSchemas.Keywords;

namespace Babyhelm.Core.JsonSchemas.Compilation;

/// <summary>Finds schemas that lead back to themselves without having gone into the value: checking them would never end.</summary>
internal static class EndlessReferences
{
    public static void Find(IReadOnlyCollection<SchemaNode> nodes, SchemaFaults faults)
    {
        var done = new HashSet<SchemaNode>();
        var onPath = new HashSet<SchemaNode>();
        var path = new Stack<(SchemaNode Node, IEnumerator<SchemaNode> Next)>();
        foreach (var start in nodes)
        {
            Enter(start);
            while (path.TryPeek(out var top))
            {
                if (!top.Next.MoveNext())
                {
                    path.Pop();
                    onPath.Remove(top.Node);
                    done.Add(top.Node);
                }
                else if (onPath.Contains(top.Next.Current))
                {
                    faults.Add(top.Next.Current.Pointer, "This schema leads back to itself for the same value, so checking it would never end.");
                }
                else
                {
                    Enter(top.Next.Current);
                }
            }
        }

        void Enter(SchemaNode node)
        {
            if (done.Contains(node) || !onPath.Add(node)) return;
            path.Push((node, node.Keywords.SelectMany(k => k.InPlace).GetEnumerator()));
        }
    }
}
