using System.Text;
using Babyhelm.Core.Kubernetes.Transport;

namespace Babyhelm.Tests.Kubernetes;

public class LineReaderTests
{
    /// <summary>Hands out its bytes in pieces of random size.</summary>
    private sealed class Pieces(byte[] bytes, Random random) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, random.Next(1, 40_000))], cancellationToken);
    }

    [Fact]
    public async Task Lines_are_the_same_however_the_bytes_arrive()
    {
        var random = new Random(3);
        for (var round = 0; round < 60; round++)
        {
            const int Max = 20_000;
            var expected = Enumerable.Range(0, 20).Select(_ => new string((char)random.Next('a', 'z'), random.Next(3) switch { 0 => random.Next(10), 1 => random.Next(30_000), _ => Max + random.Next(-1, 2) })).ToList();
            var text = string.Join('\n', expected) + (round % 2 == 0 ? "\n" : "");
            if (round % 2 == 1 && expected[^1].Length == 0) expected.RemoveAt(19);

            using var reader = new LineReader(new Pieces(Encoding.ASCII.GetBytes(text), random), Max);
            var seen = new List<(string Text, long Cut)>();
            while (true)
            {
                if (!reader.TryTake(out var line))
                {
                    if (await reader.ReadAsync(default) is not { } read) break;
                    line = read;
                }
                seen.Add((Encoding.ASCII.GetString(line.Bytes.Span), line.Cut));
            }
            Assert.Equal(expected.Select(e => (e[..Math.Min(Max, e.Length)], (long)Math.Max(0, e.Length - Max))), seen);
        }
    }
}
