namespace Babyhelm.Core.Sandbox.Schema;

internal enum Shape { Text, Whole, Number, Flag, Quantity, Any, Record, Map, AtomicList, Set, KeyedList }

/// <summary>Type of one field: its shape, the type of what it holds, and how it merges.</summary>
/// <param name="Record">Name of the record, for <see cref="Shape.Record"/> and lists and maps of records.</param>
/// <param name="Keys">Fields that identify an item of a <see cref="Shape.KeyedList"/>.</param>
/// <param name="MergeKey">The one field by which strategic merge patches find an item; null replaces the list.</param>
/// <param name="Atomic">Owned and replaced as one value.</param>
/// <param name="RetainKeys">A strategic merge patch may name the only keys to keep.</param>
internal sealed record FieldType(
    Shape Shape, string? Record = null, FieldType? Item = null, string[]? Keys = null, string? MergeKey = null,
    bool Atomic = false, bool RetainKeys = false)
{
    public static readonly FieldType Anything = new(Shape.Any, Atomic: true);

    public bool Scalar => Shape is Shape.Text or Shape.Whole or Shape.Number or Shape.Flag or Shape.Quantity;

    /// <summary>Whether field ownership goes below this value.</summary>
    public bool Granular => !Atomic && Shape is Shape.Record or Shape.Map or Shape.Set or Shape.KeyedList;
}
