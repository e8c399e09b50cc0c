using Babyhelm.Core.Applications;
using Babyhelm.Core.Kubernetes;
using Babyhelm.Core.Kubernetes.Resources;
using Babyhelm.Core.Rollouts;

namespace Babyhelm.Tests.Applications;

/// <summary>Digests as container runtimes tell them.</summary>
public class ImageDigestTests
{
    private const string Digest = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("nginx:1.27", "docker.io/library/nginx@" + Digest, Digest)] // containerd
    [InlineData("nginx:1.27", "docker-pullable://nginx@" + Digest, Digest)] // Docker
    [InlineData("ghcr.io/acme/api", "ghcr.io/acme/api@" + Digest, Digest)]
    [InlineData("nginx:1.27@sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "docker.io/library/nginx@" + Digest, Digest)]
    [InlineData("nginx:1.27", Digest, null)] // imported, never pulled: an id
    [InlineData("nginx:1.27", "docker://" + Digest, null)]
    [InlineData("nginx:1.27", "mirror.example.com/library/nginx@" + Digest, null)] // could not be pulled by it from there
    [InlineData("nginx:1.27", "", null)]
    public void Only_what_could_be_pulled_again_counts(string asked, string told, string? digest) =>
        Assert.Equal(digest, ImageDigest.Of(Objects(Pod("web-1", 1, asked, told, Start)), "web", 1));

    [Fact]
    public void The_newest_ready_pod_of_the_release_tells()
    {
        const string other = "sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc";
        var objects = Objects(
            Pod("web-1", 1, "nginx", $"docker.io/library/nginx@{other}", Start),
            Pod("web-2", 1, "nginx", $"docker.io/library/nginx@{Digest}", Start.AddMinutes(1)),
            Pod("web-3", 1, "nginx", $"docker.io/library/nginx@{other}", Start.AddMinutes(2), ready: false),
            Pod("web-4", 2, "nginx", $"docker.io/library/nginx@{other}", Start.AddMinutes(3)));

        Assert.Equal(Digest, ImageDigest.Of(objects, "web", 1));
        Assert.Null(ImageDigest.Of(objects, "web", 3));
    }

    [Theory]
    [InlineData("nginx:1.27", "nginx:1.27@" + Digest)]
    [InlineData("nginx:1.27@sha256:old", "nginx:1.27@" + Digest)]
    [InlineData("localhost:5000/a/b", "localhost:5000/a/b@" + Digest)]
    public void A_pinned_image_keeps_its_tag(string image, string pinned) => Assert.Equal(pinned, ImageDigest.Pin(image, Digest));

    private static AppObjects Objects(params Pod[] pods) => AppObjects.Empty(new AppKey("bh-shop", "web")) with { Pods = pods };

    private static Pod Pod(string name, int release, string asked, string told, DateTimeOffset created, bool ready = true) => new()
    {
        Metadata = new Metadata { Name = name, CreationTimestamp = created, Labels = new Dictionary<string, string> { [Labels.Release] = $"{release}" } },
        Spec = new PodSpec { Containers = [new Container { Name = "web", Image = asked }] },
        Status = new PodStatus
        {
            Conditions = [new Condition { Type = "Ready", Status = ready ? "True" : "False" }],
            ContainerStatuses = [new ContainerStatus { Name = "web", ImageID = told }],
        },
    };
}
