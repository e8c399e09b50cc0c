using System.Reflection;
using System.Text.Json;
using Babyhelm.Core.Kubernetes.Resources;

namespace Babyhelm.Tests.Kubernetes;

public class ModelTests
{
    public static TheoryData<Type> Models => [.. typeof(KubernetesObject).Assembly.GetTypes()
        .Where(t => t is { IsClass: true, IsAbstract: false, IsGenericType: false } && t.Namespace == typeof(KubernetesObject).Namespace && t.GetMethod("<Clone>$") is not null)];

    /// <summary>The generated reader sets missing init properties to null, and servers send null for empty ones.</summary>
    [Theory]
    [MemberData(nameof(Models))]
    public void A_missing_or_null_field_never_becomes_a_forbidden_null(Type model)
    {
        if (KubernetesJson.Default.GetTypeInfo(model) is not { } info)
        {
            Assert.Fail($"{model.Name} is not reachable from any list in {nameof(KubernetesJson)}");
            return;
        }
        var notNull = model.GetProperties().Where(p => !p.PropertyType.IsValueType && p.SetMethod is not null
            && new NullabilityInfoContext().Create(p).WriteState == NullabilityState.NotNull).ToList();
        var nulls = "{" + string.Join(',', notNull.Select(p => $"\"{JsonNamingPolicy.CamelCase.ConvertName(p.Name)}\":null")) + "}";
        foreach (var json in (string[])["{}", nulls])
        {
            var read = JsonSerializer.Deserialize(json, info);
            Assert.All(notNull, p => Assert.True(p.GetValue(read) is not null, $"{model.Name}.{p.Name} is null from {json}"));
        }
    }

    [Fact]
    public void A_pod_is_read_with_the_clusters_spelling()
    {
        var pod = JsonSerializer.Deserialize("""
            {"metadata":{"name":"web-1","namespace":"shop","creationTimestamp":"2026-01-02T03:04:05Z","managedFields":[{"manager":"x"}]},
             "status":{"phase":"Running","podIP":"10.0.0.7","containerStatuses":[{"name":"web","imageID":"sha256:1","restartCount":2,
              "state":{"waiting":{"reason":"CrashLoopBackOff"}},"lastState":{"terminated":{"exitCode":3}}}]}}
            """, KubernetesJson.Of<Pod>())!;
        Assert.Equal("10.0.0.7", pod.Status.PodIP);
        var container = Assert.Single(pod.Status.ContainerStatuses!);
        Assert.Equal(("sha256:1", 3, "CrashLoopBackOff"), (container.ImageID, container.LastState.Terminated!.ExitCode, container.State.Waiting!.Reason));
        Assert.Equal(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), pod.Metadata.CreationTimestamp);
    }

    [Fact]
    public void A_type_without_a_generated_reader_is_named() =>
        Assert.Contains("Version", Assert.Throws<InvalidOperationException>(() => KubernetesJson.Of<Version>()).Message);
}
