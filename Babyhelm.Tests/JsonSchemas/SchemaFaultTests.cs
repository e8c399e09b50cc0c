using System.Buffers;
using System.Text;
using Babyhelm.Core.Common;
using Babyhelm.Core.JsonSchemas;
using Babyhelm.Core.JsonSchemas.Values;

namespace Babyhelm.Tests.JsonSchemas;

/// <summary>What people read when a text or a schema is refused.</summary>
public class SchemaFaultTests
{
    [Theory]
    [InlineData("""{"properties":{"a/b":{"items":{"type":"integer"}}}}""", """{"a/b":[1,"x"]}""", "/a~1b/1", "#/properties/a~1b/items/type", "Expected an integer, found \"x\".")]
    [InlineData("""{"type":["string","null","object"]}""", "5", "", "#/type", "Expected null or a string or an object, found 5.")]
    [InlineData("""{"required":["a","b"]}""", """{"a":1}""", "", "#/required/1", "The member 'b' is missing.")]
    [InlineData("""{"properties":{"a":{}},"additionalProperties":false}""", """{"a":1,"é~":2}""", "/é~0", "#/additionalProperties", "There must be no member 'é~'.")]
    [InlineData("""{"enum":["a",1,[2]]}""", "\"b\"", "", "#/enum", "Expected one of \"a\", 1, an array of 1 item, found \"b\".")]
    [InlineData("""{"maximum":1.50}""", "2e0", "", "#/maximum", "Expected at most 1.50, found 2e0.")]
    [InlineData("""{"multipleOf":0.1}""", "0.25", "", "#/multipleOf", "Expected a multiple of 0.1, found 0.25.")]
    [InlineData("""{"minLength":3}""", "\"😀b\"", "", "#/minLength", "Expected at least 3 characters, found 2: \"😀b\".")]
    [InlineData("""{"pattern":"^a"}""", "\"b\"", "", "#/pattern", "Expected a text that matches '^a', found \"b\".")]
    [InlineData("""{"propertyNames":{"maxLength":1}}""", """{"ab":1}""", "/ab", "#/propertyNames/maxLength", "Expected at most 1 characters, found 2: \"ab\".")]
    [InlineData("""{"uniqueItems":true}""", "[1,2,1.0]", "/2", "#/uniqueItems", "The same item stands at '/0': 1.0. Expected each once.")]
    [InlineData("""{"prefixItems":[true],"items":false}""", "[1,2,3]", "/1", "#/items", "Expected at most 1 items, found 3.")]
    [InlineData("""{"contains":{"const":1},"maxContains":1}""", "[1,1]", "", "#/maxContains", "Expected at most 1 fitting items, found 2.")]
    [InlineData("""{"dependentRequired":{"a":["b"]}}""", """{"a":1}""", "", "#/dependentRequired", "The member 'b' is missing, which 'a' needs.")]
    [InlineData("""{"properties":{"a":true},"unevaluatedProperties":false}""", """{"b":1}""", "/b", "#/unevaluatedProperties", "There must be no member 'b'.")]
    [InlineData("""{"anyOf":[{"type":"object","required":["a"]},{"type":"null"}]}""", "{}", "", "#/anyOf/0/required/0", "The member 'a' is missing.")]
    [InlineData("""{"anyOf":[{"minimum":5},{"maximum":1}]}""", "3", "", "#/anyOf", "Fits none of the 2 allowed schemas: 3.")]
    [InlineData("""{"oneOf":[{"minimum":5},{"multipleOf":2}]}""", "6", "", "#/oneOf", "Expected to fit one of 2 schemas, fits number 1 and number 2: 6.")]
    [InlineData("""{"not":{"type":"null"}}""", "null", "", "#/not", "Fits a schema that it must not fit: null.")]
    [InlineData("false", "1", "", "#", "No value is allowed here, found 1.")]
    [InlineData("""{"$ref":"#/$defs/a","$defs":{"a":{"const":1}}}""", "2", "", "#/$defs/a/const", "Expected 1, found 2.")]
    public void A_fault_names_the_value_the_keyword_and_what_is_expected(string schema, string text, string instance, string keyword, string message)
    {
        var verdict = Compile(schema).Validate(Encoding.UTF8.GetBytes(text));
        Assert.Equal([new SchemaFault(instance, keyword, message)], verdict.Faults);
        Assert.False(verdict.HasMore);
    }

    [Fact]
    public void Every_broken_rule_is_told_up_to_a_limit()
    {
        var schema = Compile("""{"items":{"type":"integer","minimum":10,"multipleOf":2}}""", new SchemaOptions { MaxFaults = 5 });
        var few = schema.Validate("[1,\"a\",12]"u8.ToArray());
        Assert.Equal(["#/items/minimum", "#/items/multipleOf", "#/items/type"], few.Faults.Select(f => f.Keyword));
        Assert.False(few.HasMore);
        var many = schema.Validate(Encoding.UTF8.GetBytes($"[{string.Join(',', Enumerable.Repeat("null", 1000))}]"));
        Assert.Equal(["/0", "/1", "/2", "/3", "/4"], many.Faults.Select(f => f.Instance));
        Assert.True(many.HasMore);
    }

    [Fact]
    public void A_long_value_is_cut()
    {
        var fault = Assert.Single(Compile("""{"const":1}""").Validate(Encoding.UTF8.GetBytes($"\"{new string('ä', 5000)}\"")).Faults);
        Assert.Equal($"Expected 1, found \"{new string('ä', 98)}…\".", fault.Message);
    }

    [Fact]
    public void A_keyword_in_another_document_has_its_address()
    {
        var documents = new Dictionary<string, ReadOnlyMemory<byte>> { ["http://example.com/a.json"] = """{"$defs":{"x":{"type":"null"}}}"""u8.ToArray() };
        var schema = Compile("""{"$ref":"http://example.com/a.json#/$defs/x"}""", new SchemaOptions { Documents = documents });
        Assert.Equal("http://example.com/a.json#/$defs/x/type", Assert.Single(schema.Validate("1"u8.ToArray()).Faults).Keyword);
    }

    [Theory]
    [InlineData("", "There is no JSON text: it is empty.", null, null)]
    [InlineData(" \n ", "There is no JSON text: it is empty.", null, null)]
    [InlineData("{\"a\": 1,\n \"b\": }", "Line 2, byte 7 is not JSON: '}' can't stand there.", 2L, 7L)]
    [InlineData("[1, 2", "Line 1, byte 6 is where the JSON text ends too early.", 1L, 6L)]
    [InlineData("{} {}", "Line 1, byte 4 is not JSON: '{' can't stand there.", 1L, 4L)]
    [InlineData("{\"a\":1,\n\"b\":{\"c\":1,\"\\u0063\":2}}", "Line 2, byte 5 begins an object that has a name twice: 'c'.", 2L, 5L)]
    [InlineData("[\"\\ud800\"]", "Line 1, byte 2 begins a string with half of a surrogate pair, which is no character.", 1L, 2L)]
    [InlineData("1e9999999999", "Line 1, byte 1 begins a number whose exponent is too large.", 1L, 1L)]
    public void A_text_that_is_no_json_has_the_place_of_the_fault(string text, string message, long? line, long? column)
    {
        var fault = Assert.Single(Compile("true").Validate(Encoding.UTF8.GetBytes(text)).Faults);
        Assert.Equal((message, "", ""), (fault.Message, fault.Instance, fault.Keyword));
        Assert.Equal((line, column), (fault.Line, fault.Byte));
    }

    [Fact]
    public void Bytes_that_are_not_utf8_have_their_place()
    {
        Assert.Equal("Line 1, byte 3 is not UTF-8.", Assert.Single(Compile("true").Validate(new byte[] { (byte)'"', (byte)'a', 0xC3, (byte)'"' }).Faults).Message);
    }

    [Fact]
    public void A_name_twice_is_taken_where_that_is_allowed()
    {
        var schema = Compile("""{"additionalProperties":{"type":"integer"},"required":["a"],"maxProperties":2}""", new SchemaOptions { Limits = new JsonLimits { AllowDuplicateNames = true } });
        Assert.True(schema.Validate("""{"a":1,"a":2}"""u8.ToArray()).IsValid);
        Assert.False(schema.Validate("""{"a":1,"a":"x"}"""u8.ToArray()).IsValid);
    }

    [Fact]
    public void A_text_in_pieces_is_validated_as_a_whole()
    {
        var schema = Compile("""{"required":["name"]}""");
        Assert.True(schema.Validate(Pieces("{\"na", "me\":\"", "é\"}")).IsValid);
        Assert.False(schema.Validate(Pieces("{\"na", "m\":1}")).IsValid);

        static ReadOnlySequence<byte> Pieces(params string[] texts)
        {
            Piece first = new(texts[0]), last = first;
            foreach (var text in texts[1..]) last = last.Then(text);
            return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
        }
    }

    [Theory]
    [InlineData("""{"type":"text"}""", "#/type", "Expected one of \"array\", \"boolean\"")]
    [InlineData("""{"properties":{"a":{"minLength":-1}}}""", "#/properties/a/minLength", "at least 0")]
    [InlineData("""{"required":["a","a"]}""", "#/required/1", "each once")]
    [InlineData("""{"items":[{}]}""", "#/items", "an array of 1 item")]
    [InlineData("5", "#", "an object")]
    [InlineData("{", "", "ends too early")]
    [InlineData("""{"$schema":"http://json-schema.org/draft-07/schema#"}""", "#/$schema", "another draft")]
    [InlineData("""{"$schema":"https://json-schema.org/draft/2019-09/schema"}""", "#/$schema", "another draft")]
    [InlineData("""{"$schema":"http://example.com/mine"}""", "#/$schema", "nothing is fetched")]
    [InlineData("""{"$ref":"http://example.com/other.json"}""", "#/$ref", "nothing is fetched")]
    [InlineData("""{"$ref":"#nowhere"}""", "#/$ref", "no $anchor 'nowhere'")]
    [InlineData("""{"$ref":"#/$defs/x"}""", "#/$ref", "nothing at '#/$defs/x'")]
    [InlineData("""{"$ref":"#/x","x":[1]}""", "#/$ref", "no schema")]
    [InlineData("""{"$ref":"#/x","x":{"minimum":"1"}}""", "#/x/minimum", "a number")]
    [InlineData("""{"$id":"http://example.com/a#b"}""", "#/$id", "matches")]
    [InlineData("""{"$defs":{"a":{"$anchor":"x"},"b":{"$anchor":"x"}}}""", "#/$defs/", "anchor 'x'")]
    [InlineData("""{"$defs":{"a":{"$id":"http://e.com/x"},"b":{"$id":"http://e.com/x"}}}""", "#/$defs/", "address")]
    [InlineData("""{"properties":{"a":{"pattern":"(?<!a"}}}""", "#/properties/a/pattern", "not closed")]
    [InlineData("""{"$ref":"#"}""", "#", "never end")]
    [InlineData("""{"$defs":{"a":{"allOf":[{"$ref":"#/$defs/b"}]},"b":{"if":{"$ref":"#/$defs/a"}}}, "$ref":"#/$defs/a"}""", "#", "never end")]
    public void A_schema_that_can_not_be_used_is_refused_with_the_place_and_the_reason(string schema, string field, string message)
    {
        var error = Assert.IsType<Invalid>(JsonSchema.Compile(Encoding.UTF8.GetBytes(schema)).Error);
        Assert.Contains(error.Faults, f => f.Field.StartsWith(field, StringComparison.Ordinal) && f.Message.Contains(message, StringComparison.Ordinal));
    }

    [Fact]
    public void A_metaschema_that_needs_an_unknown_vocabulary_is_refused()
    {
        var documents = new Dictionary<string, ReadOnlyMemory<byte>> { ["http://example.com/m"] = """{"$vocabulary":{"http://example.com/v":true}}"""u8.ToArray() };
        var error = JsonSchema.Compile("""{"$schema":"http://example.com/m"}"""u8.ToArray(), new SchemaOptions { Documents = documents }).Error;
        Assert.Contains("'http://example.com/v', which is not known", error!.Message, StringComparison.Ordinal);
    }

    private static CompiledSchema Compile(string schema, SchemaOptions? options = null) => JsonSchema.Compile(Encoding.UTF8.GetBytes(schema), options).Value;

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(string text) => Memory = Encoding.UTF8.GetBytes(text);

        public Piece Then(string text)
        {
            var next = new Piece(text) { RunningIndex = RunningIndex + Memory.Length };
            Next = next;
            return next;
        }
    }
}
