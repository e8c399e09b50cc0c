using System.Buffers;
using System.Text;
using System.Text.Json;
using Babyhelm.Core.JsonSchemas;
using BenchmarkDotNet.Attributes;

namespace Babyhelm.Bench;

/// <summary>A request body of 1 KB against a signature of ten fields, one of them four rows of eight numbers; and what reading it costs without any schema.</summary>
[MemoryDiagnoser]
public class SchemaBenchmarks
{
    private const string Signature = """
        {
          "$schema": "https://json-schema.org/draft/2020-12/schema",
          "type": "object",
          "required": ["id", "model", "inputs", "created"],
          "properties": {
            "id": {"type": "string", "pattern": "^[a-z0-9-]{8,64}$"},
            "model": {"type": "string", "minLength": 1, "maxLength": 100},
            "created": {"type": "string", "format": "date-time"},
            "priority": {"enum": ["low", "normal", "high"]},
            "timeout": {"type": "number", "exclusiveMinimum": 0, "maximum": 300},
            "top": {"type": "integer", "minimum": 1, "maximum": 1000},
            "explain": {"type": "boolean"},
            "tags": {"type": "array", "items": {"type": "string", "maxLength": 40}, "maxItems": 20},
            "context": {"$ref": "#/$defs/context"},
            "inputs": {"type": "array", "minItems": 1, "items": {"type": "array", "minItems": 8, "maxItems": 8, "items": {"type": "number"}}}
          },
          "additionalProperties": false,
          "$defs": {
            "context": {
              "type": "object",
              "properties": {"user": {"type": "string"}, "country": {"type": "string", "minLength": 2, "maxLength": 2}, "session": {"type": ["string", "null"]}, "note": {"type": "string"}},
              "required": ["user"],
              "additionalProperties": false
            }
          }
        }
        """;

    private readonly CompiledSchema _schema = JsonSchema.Compile(Encoding.UTF8.GetBytes(Signature)).Value;
    private readonly byte[] _valid = Body("0.125");
    private readonly byte[] _invalid = Body("\"many\"");
    private readonly ArrayBufferWriter<byte> _form = new(4096);

    public int Bytes => _valid.Length;

    public bool Judges => _schema.Validate(_valid).IsValid && _schema.Validate(_invalid).Faults is [{ Instance: "/inputs/3/7" }];

    [Benchmark]
    public bool Valid() => _schema.Validate(_valid).IsValid;

    [Benchmark]
    public bool Invalid() => _schema.Validate(_invalid).IsValid;

    /// <summary>The peer: the body read into a document of the framework, and nothing looked at.</summary>
    [Benchmark]
    public int Document()
    {
        using var document = JsonDocument.Parse(_valid);
        return (int)document.RootElement.ValueKind;
    }

    /// <summary>The peer: the body read into types, as a service of .NET does it.</summary>
    [Benchmark]
    public object? Types() => JsonSerializer.Deserialize<PredictionRequest>(_valid, JsonSerializerOptions.Web);

    [Benchmark]
    public int Canonical()
    {
        _form.ResetWrittenCount();
        return CanonicalJson.Write(_valid, _form).Error is null ? _form.WrittenCount : throw new BenchException("the body has no canonical form");
    }

    private static byte[] Body(string last)
    {
        var random = new Random(4);
        var rows = Enumerable.Range(0, 4).Select(row => $"[{string.Join(", ", Enumerable.Range(0, 8).Select(column => row == 3 && column == 7 ? last : (random.NextDouble() * 100).ToString("0.000000")))}]");
        return Encoding.UTF8.GetBytes($$"""
            {
              "id": "7f3c9a52-1e0b-4d7a-9b61-0c2f8e5d4a13",
              "model": "churn-classifier",
              "created": "2026-01-01T12:30:00.250Z",
              "priority": "normal",
              "timeout": 12.5,
              "top": 5,
              "explain": true,
              "tags": ["nightly", "batch-17", "region eu-central", "audited"],
              "context": {"user": "ada.lovelace@example.com", "country": "DE", "session": null, "note": "{{string.Concat(Enumerable.Repeat("the quick brown fox jumps over a lazy dog, ", 7))}}"},
              "inputs": [{{string.Join(",\n    ", rows)}}]
            }
            """);
    }
}

public sealed record PredictionRequest(string Id, string Model, DateTimeOffset Created, string? Priority, double? Timeout, int? Top, bool? Explain, string[]? Tags, PredictionContext? Context, double[][] Inputs);

public sealed record PredictionContext(string User, string? Country, string? Session, string? Note);
