using Babyhelm.Core.Applications;
using Babyhelm.Core.Manifests;

namespace Babyhelm.Tests.Applications;

public class SpecMergeTests
{
    private static readonly AppSpec Origin = new()
    {
        Name = "web",
        Image = "nginx:1",
        Ports = [new PortSpec(80, 8080)],
        Env = [new EnvSpec("A", "1"), new EnvSpec("B", "1"), new EnvSpec("KEY", null, true)],
    };

    [Fact]
    public void What_only_one_changed_is_theirs_and_what_both_did_is_mine()
    {
        var mine = Origin with { Image = "nginx:2", Replicas = 2 };
        var theirs = Origin with { Image = "nginx:3", Command = ["run"], Resources = new ResourcesSpec { Cpu = "1" } };

        var merged = SpecMerge.Merge(Origin, mine, theirs);

        Assert.Equivalent(Origin with { Image = "nginx:2", Replicas = 2, Command = ["run"], Resources = new ResourcesSpec { Cpu = "1" } }, merged, strict: true);
    }

    [Fact]
    public void Variables_are_brought_together_one_by_one()
    {
        var mine = Origin with { Env = [new EnvSpec("A", "2"), new EnvSpec("B", "1"), new EnvSpec("KEY", "typed", true), new EnvSpec("MINE", "1")] };
        var theirs = Origin with { Env = [new EnvSpec("A", "3"), new EnvSpec("KEY", null, true), new EnvSpec("THEIRS", "1")] };

        var merged = SpecMerge.Merge(Origin, mine, theirs);

        Assert.Equal([new EnvSpec("A", "2"), new EnvSpec("KEY", "typed", true), new EnvSpec("MINE", "1"), new EnvSpec("THEIRS", "1")], merged.Env);
        Assert.Equal(Origin.Ports, merged.Ports);
    }

    [Fact]
    public void Nothing_changed_is_nothing_changed() => Assert.Equivalent(Origin, SpecMerge.Merge(Origin, Origin, Origin), strict: true);
}
