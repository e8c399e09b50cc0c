using System.Collections;

namespace Babyhelm.Tests.Monitoring;

/// <summary>A tree of records with everything that is in it, to compare two of them.</summary>
internal static class TreeText
{
    public static string Of(object? node) => node switch
    {
        null => "null",
        string text => $"'{text}'",
        IEnumerable list => $"[{string.Join(", ", list.Cast<object?>().Select(Of))}]",
        _ when node.GetType() is { IsPrimitive: false } type =>
            $"{type.Name}({string.Join(", ", type.GetProperties().Where(p => p.GetIndexParameters().Length == 0 && !p.GetMethod!.IsStatic).Select(p => $"{p.Name}: {Of(p.GetValue(node))}"))})",
        _ => $"{node}",
    };
}
