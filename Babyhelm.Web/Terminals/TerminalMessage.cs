using System.Text.Json;
using System.Text.Json.Serialization;

namespace Babyhelm.Web.Terminals;

/// <summary>What is said beside the terminal, as JSON in messages of text.</summary>
/// <param name="Type"><c>opened</c> or <c>ended</c>.</param>
/// <param name="Message">One sentence for people; with <c>ended</c>.</param>
/// <param name="Again">Whether another try may do better.</param>
internal sealed record TerminalNotice(string Type, string? Pod = null, string? Container = null, string? Shell = null, string? Code = null, string? Message = null, bool? Again = null);

/// <summary>What a client says: a new size, or how many bytes of output it has drawn since it last said so.</summary>
internal sealed record TerminalWord(int? Columns, int? Rows, int? Drawn);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(TerminalNotice))]
[JsonSerializable(typeof(TerminalWord))]
internal sealed partial class TerminalJson : JsonSerializerContext;
