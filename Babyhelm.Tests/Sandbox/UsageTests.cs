using Babyhelm.Core.Sandbox.Kubelet;
using Babyhelm.Tests.Common;

namespace Babyhelm.Tests.Sandbox;

/// <summary>What containers of the sandbox use follows from the clock and their requests alone.</summary>
public class UsageTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void An_idle_container_uses_a_little_and_a_busy_one_more_with_each_request()
    {
        var (idle, busy) = (Usage(), Usage());
        var memory = idle.Read().Memory;
        for (var i = 0; i < 60; i++)
        {
            for (var r = 0; r < 100; r++) busy.Request(received: 0, sent: 1000, written: 50);
            _time.Advance(TimeSpan.FromSeconds(1));
        }
        Assert.Equal(0.06, idle.Read().Cpu, 6);
        // 100 requests each second of 2 ms, with 20 ns for each of 1000 bytes.
        Assert.Equal(0.06 + 60 * 100 * 0.00202, busy.Read().Cpu, 6);
        Assert.Equal(memory, idle.Read().Memory);
        Assert.True(busy.Read().Memory > memory + (50 << 20));
        Assert.Equal((6000 * 320L, 6000 * 1180L), (busy.Read().Received, busy.Read().Sent));
    }

    [Fact]
    public void No_container_uses_more_than_its_limits_and_work_that_is_too_much_waits()
    {
        var usage = Usage(cpuLimit: 0.1, memoryLimit: 64 << 20);
        for (var i = 0; i < 1000; i++) usage.Request(0, 0, 0);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(1.0, usage.Read().Cpu, 6);
        Assert.True(usage.Read().Memory <= 64 << 20);
        _time.Advance(TimeSpan.FromSeconds(1000));
        // 2 s of work in all, and 1010 s of being there.
        Assert.Equal(2 + 1.01, usage.Read().Cpu, 6);
    }

    [Fact]
    public void Memory_is_given_back_and_counters_never_fall()
    {
        var usage = Usage();
        var idle = usage.Read().Memory;
        for (var i = 0; i < 100; i++) usage.Request(10, 10, 10);
        var busy = usage.Read();
        _time.Advance(TimeSpan.FromMinutes(30));
        var after = usage.Read();
        Assert.True(busy.Memory > idle);
        Assert.InRange(after.Memory, idle, idle + 64);
        Assert.True(after.Cpu > busy.Cpu && after.Sent == busy.Sent && after.Received == busy.Received);
    }

    private ContainerUsage Usage(double? cpuLimit = null, long? memoryLimit = null) => new(_time, "demo/hello:1", cpuLimit, memoryLimit);
}
