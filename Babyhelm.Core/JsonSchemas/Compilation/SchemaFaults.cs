using Babyhelm.Core.Common;

namespace Babyhelm.Core.JsonSchemas.Compilation;

/// <summary>What is wrong with a schema that is compiled; at most 20 faults are kept.</summary>
internal sealed class SchemaFaults
{
    private const int Most = 20;

    private readonly List<Fault> _faults = [];

    public bool Any => _faults.Count > 0;

    public Invalid ToError() => new(_faults);

    public void Add(string pointer, string message)
    {
        if (_faults.Count < Most) _faults.Add(new Fault(pointer, message));
    }
}
