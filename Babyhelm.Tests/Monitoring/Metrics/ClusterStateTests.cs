using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes.Resources;
using Babyhelm.Core.Monitoring.Metrics;
using Babyhelm.Core.Rollouts;
using Babyhelm.Tests.Rollouts;
using Microsoft.Extensions.Logging.Abstractions;

namespace Babyhelm.Tests.Monitoring.Metrics;

public class ClusterStateTests
{
    [Fact]
    public async Task A_crashing_pod_an_autoscaler_and_a_quota_are_told_as_kube_state_metrics_tells_them()
    {
        var cache = new ClusterCache(TimeProvider.System, NullLogger<ClusterCache>.Instance);
        cache.SetStatus(CacheStatus.Fresh);
        cache.Apply(Make.Deployment(wanted: 3, available: 2));
        cache.Apply(new Pod
        {
            Metadata = Make.Meta("web-1-a", 7) with { OwnerReferences = [new OwnerReference { Kind = "ReplicaSet", Name = "web-1", Controller = true }] },
            Spec = new PodSpec
            {
                NodeName = "node1",
                Containers = [new Container { Name = "web", Image = "shop/web:2", Resources = new ContainerResources { Requests = new Dictionary<string, string> { ["cpu"] = "250m", ["memory"] = "1Gi", ["ephemeral-storage"] = "1k" } } }],
            },
            Status = new PodStatus
            {
                Phase = "Running",
                PodIP = "10.0.0.7",
                ContainerStatuses =
                [
                    new ContainerStatus
                    {
                        Name = "web",
                        RestartCount = 4,
                        State = new ContainerState { Waiting = new ContainerWaiting { Reason = "CrashLoopBackOff" } },
                        LastState = new ContainerState { Terminated = new ContainerTerminated { Reason = "OOMKilled", ExitCode = 137 } },
                    },
                ],
            },
        });
        cache.Apply(new HorizontalPodAutoscaler { Metadata = Make.Meta("web", 7), Spec = new AutoscalerSpec("", 2, 5, "Deployment", "web"), Status = new AutoscalerStatus { CurrentReplicas = 3, DesiredReplicas = 4 } });
        cache.Apply(new ResourceQuota
        {
            Metadata = Make.Meta("babyhelm", 0),
            Status = new ResourceQuotaStatus { Hard = new Dictionary<string, string> { ["limits.memory"] = "8Gi" }, Used = new Dictionary<string, string> { ["limits.memory"] = "512Mi" } },
        });
        var text = new MetricText();
        new ClusterState(cache).Write(text);
        var all = text.End();
        Assert.Equal("", await Promtool.CheckMetricsAsync(all));
        const string Pod = "namespace=\"shop\",pod=\"web-1-a\",uid=\"uid-web-1-a\"";
        foreach (var line in new[]
        {
            "kube_deployment_spec_replicas{namespace=\"shop\",deployment=\"web\"} 3",
            "kube_deployment_status_replicas_available{namespace=\"shop\",deployment=\"web\"} 2",
            $"kube_pod_owner{{{Pod},owner_kind=\"ReplicaSet\",owner_name=\"web-1\",owner_is_controller=\"true\"}} 1",
            $"kube_pod_labels{{{Pod},label_babyhelm_dev_app=\"web\",label_babyhelm_dev_release=\"7\"}} 1",
            $"kube_pod_status_phase{{{Pod},phase=\"Running\"}} 1",
            $"kube_pod_container_status_restarts_total{{{Pod},container=\"web\"}} 4",
            $"kube_pod_container_status_waiting_reason{{{Pod},container=\"web\",reason=\"CrashLoopBackOff\"}} 1",
            $"kube_pod_container_status_last_terminated_reason{{{Pod},container=\"web\",reason=\"OOMKilled\"}} 1",
            $"kube_pod_container_resource_requests{{{Pod},container=\"web\",node=\"node1\",resource=\"cpu\",unit=\"core\"}} 0.25",
            $"kube_pod_container_resource_requests{{{Pod},container=\"web\",node=\"node1\",resource=\"memory\",unit=\"byte\"}} 1073741824",
            $"kube_pod_container_resource_requests{{{Pod},container=\"web\",node=\"node1\",resource=\"ephemeral_storage\",unit=\"byte\"}} 1000",
            "kube_horizontalpodautoscaler_spec_max_replicas{namespace=\"shop\",horizontalpodautoscaler=\"web\"} 5",
            "kube_horizontalpodautoscaler_status_desired_replicas{namespace=\"shop\",horizontalpodautoscaler=\"web\"} 4",
            "kube_resourcequota{namespace=\"shop\",resourcequota=\"babyhelm\",resource=\"limits.memory\",type=\"used\"} 536870912",
        })
            Assert.Contains("\n" + line + "\n", all, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_told_of_a_cluster_that_is_empty_not_read_yet_or_silent()
    {
        var cache = new ClusterCache(TimeProvider.System, NullLogger<ClusterCache>.Instance);
        cache.SetStatus(CacheStatus.Fresh);
        Assert.Equal("", Text());
        cache.Apply(Make.Deployment(wanted: 3, available: 2));
        Assert.NotEqual("", Text());
        cache.SetStatus(CacheStatus.NotSynced);
        Assert.Equal("", Text());
        cache.SetStatus(CacheStatus.Fresh with { StaleSince = DateTimeOffset.UnixEpoch });
        Assert.Equal("", Text());

        string Text()
        {
            var text = new MetricText();
            new ClusterState(cache).Write(text);
            return text.End();
        }
    }
}
