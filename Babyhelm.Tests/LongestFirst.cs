using Babyhelm.Tests;
using Babyhelm.Tests.Integration;
using Xunit.Abstractions;

[assembly: TestCollectionOrderer($"{nameof(Babyhelm)}.{nameof(Babyhelm.Tests)}.{nameof(LongestFirst)}", $"{nameof(Babyhelm)}.{nameof(Babyhelm.Tests)}")]

namespace Babyhelm.Tests;

/// <summary>
/// Starts the collections that take longest first, so that none of them runs on alone at the end. The others keep a fixed order,
/// whatever the names of the classes.
/// </summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] Long = [BabyhelmCollection.Name, PageCollection.Name, AccountCollection.Name, StreamCollection.Name];
    private static readonly string[] LongParts = [".Cluster.", ".Browser.", ".Integration."];

    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections.OrderBy(c => Rank(c.DisplayName)).ThenBy(c => c.DisplayName, StringComparer.Ordinal);

    private static int Rank(string name) =>
        Array.IndexOf(Long, name) is var known and >= 0 ? known
        : LongParts.Any(part => name.Contains(part, StringComparison.Ordinal)) ? Long.Length : Long.Length + 1;
}
