using System.Runtime.InteropServices;
using System.Text.Json;
using Babyhelm.Core.Common;
using Babyhelm.Core.JsonSchemas.Compilation;

namespace Babyhelm.Core.JsonSchemas;

/// <summary>JSON Schema, draft 2020-12: compiled once, then held against any number of texts.</summary>
public static class JsonSchema
{
    /// <summary>
    /// Compiles a schema of UTF-8 text, or says what is wrong with it (<see cref="Invalid"/>): each fault's field is the pointer into
    /// the schema, as in <c>#/properties/name/pattern</c>.
    /// </summary>
    public static Result<CompiledSchema> Compile(ReadOnlyMemory<byte> utf8, SchemaOptions? options = null) => SchemaCompiler.Compile(utf8, options ?? SchemaOptions.Default);

    /// <inheritdoc cref="Compile(ReadOnlyMemory{byte}, SchemaOptions?)"/>
    public static Result<CompiledSchema> Compile(JsonElement schema, SchemaOptions? options = null) => Compile(JsonMarshal.GetRawUtf8Value(schema).ToArray(), options);
}
