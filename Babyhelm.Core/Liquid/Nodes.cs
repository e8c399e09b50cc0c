using Babyhelm.Core.Liquid.Expressions;

namespace Babyhelm.Core.Liquid;

/// <summary>A part of a parsed template. Immutable: any number of renderings may use it at once.</summary>
internal abstract class Node(int offset)
{
    /// <summary>Place in the source.</summary>
    public int Offset => offset;

    /// <summary>Writes nothing of its own: a block of only such nodes and white space writes nothing at all.</summary>
    public virtual bool IsBlank => false;

    public abstract Completion Render(Scope scope, OutputBuffer output);
}

internal sealed class TextNode(int offset, string text) : Node(offset)
{
    public string Text => text;

    public override bool IsBlank { get; } = text.AsSpan().Trim(Whitespace.Characters).IsEmpty;

    public override Completion Render(Scope scope, OutputBuffer output)
    {
        scope.Rendering.StepForText(text.Length);
        output.Append(text);
        return Completion.Normal;
    }
}

/// <summary><c>{{ … }}</c> and <c>echo</c>.</summary>
internal sealed class OutputNode(int offset, Expression? value) : Node(offset)
{
    public override Completion Render(Scope scope, OutputBuffer output)
    {
        if (value is null) return Completion.Normal;
        var before = output.Length;
        TextForm.Write(value.Evaluate(scope), output);
        scope.Rendering.StepForText(output.Length - before);
        return Completion.Normal;
    }
}

/// <summary>Nodes in order.</summary>
internal sealed class Block(Node[] nodes)
{
    public bool IsBlank { get; } = nodes.All(n => n.IsBlank);

    public Block WithoutText() => new([.. nodes.Where(n => n is not TextNode)]);

    public Completion Render(Scope scope, OutputBuffer output)
    {
        var rendering = scope.Rendering;
        rendering.Enter();
        foreach (var node in nodes)
        {
            try
            {
                rendering.Step();
                if (node.Render(scope, output) is not Completion.Normal and var interrupt)
                {
                    rendering.Leave();
                    return interrupt;
                }
            }
            catch (LiquidException e) when (e.Offset < 0)
            {
                e.Offset = node.Offset;
                throw;
            }
        }
        rendering.Leave();
        return Completion.Normal;
    }
}

/// <summary>What the language strips: ASCII white space and NUL.</summary>
internal static class Whitespace
{
    public const string Characters = " \t\n\v\f\r\0";
}
