namespace Babyhelm.Core.Liquid;

/// <summary>What <c>forloop</c> and <c>tablerowloop</c> show while a loop runs.</summary>
internal sealed class LoopState(string name, long length, LoopState? parent, long? columns = null)
{
    private long _index;
    private long _column = 1;
    private long _row = 1;

    public string TypeName => columns is null ? "ForloopDrop" : "TablerowloopDrop";

    public long Column => _column;
    public long Row => _row;
    public bool IsLast => _index == length - 1;
    public bool IsLastColumn => _column == columns;

    public void Advance()
    {
        _index++;
        if (columns is null) return;
        if (!IsLastColumn)
        {
            _column++;
            return;
        }
        _column = 1;
        _row++;
    }

    public bool TryGet(string key, out LiquidValue value)
    {
        LiquidValue? found = key switch
        {
            "length" => length,
            "index" => _index + 1,
            "index0" => _index,
            "rindex" => length - _index,
            "rindex0" => length - _index - 1,
            "first" => _index == 0,
            "last" => IsLast,
            "name" when columns is null => name,
            "parentloop" when columns is null => parent is null ? LiquidValue.Nil : LiquidValue.From(parent),
            "col" when columns is not null => _column,
            "col0" when columns is not null => _column - 1,
            "row" when columns is not null => _row,
            "col_first" when columns is not null => _column == 1,
            "col_last" when columns is not null => IsLastColumn,
            _ => (LiquidValue?)null,
        };
        value = found ?? LiquidValue.Nil;
        return found is not null;
    }
}
