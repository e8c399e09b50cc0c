using System.Collections.Frozen;

namespace Babyhelm.Core.Liquid.Tags;

/// <summary>Reads a tag, and the block it opens, into a node.</summary>
internal delegate Node TagParser(BlockParser parser, in TagHead head);

/// <summary>All tags of the language; <c>liquid</c> is part of the parser.</summary>
internal static class TagTable
{
    private static readonly FrozenDictionary<string, TagParser> Tags = new Dictionary<string, TagParser>
    {
        ["assign"] = AssignTag.Parse,
        ["break"] = (BlockParser _, in TagHead head) => new InterruptTag(head.Offset, Completion.Break),
        ["capture"] = CaptureTag.Parse,
        ["case"] = CaseTag.Parse,
        ["comment"] = VerbatimTags.ParseComment,
        ["continue"] = (BlockParser _, in TagHead head) => new InterruptTag(head.Offset, Completion.Continue),
        ["cycle"] = CycleTag.Parse,
        ["decrement"] = CounterTag.ParseDecrement,
        ["doc"] = VerbatimTags.ParseDoc,
        ["echo"] = (BlockParser parser, in TagHead head) => new OutputNode(head.Offset, parser.Markup(head).FilteredOrNothing()),
        ["for"] = ForTag.Parse,
        ["if"] = IfTag.ParseIf,
        ["ifchanged"] = IfChangedTag.Parse,
        ["include"] = IncludeTag.Parse,
        ["increment"] = CounterTag.ParseIncrement,
        ["raw"] = VerbatimTags.ParseRaw,
        ["render"] = RenderTag.Parse,
        ["tablerow"] = TableRowTag.Parse,
        ["unless"] = IfTag.ParseUnless,
        ["#"] = VerbatimTags.ParseInlineComment,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public static TagParser? Find(string name) => Tags.GetValueOrDefault(name);
}

/// <summary><c>break</c> and <c>continue</c>; outside a loop they end the template.</summary>
internal sealed class InterruptTag(int offset, Completion completion) : Node(offset)
{
    public override Completion Render(Scope scope, OutputBuffer output) => completion;
}
