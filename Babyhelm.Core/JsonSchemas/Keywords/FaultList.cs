namespace Babyhelm.Core.JsonSchemas.Keywords;

/// <summary>At most so many faults.</summary>
internal sealed class FaultList(int most)
{
    private readonly List<SchemaFault> _faults = [];

    public IReadOnlyList<SchemaFault> Faults => _faults;

    /// <summary>One more was found than there is room for.</summary>
    public bool IsFull { get; private set; }

    public void Add(SchemaFault fault)
    {
        if (_faults.Count < most) _faults.Add(fault);
        else IsFull = true;
    }
}
