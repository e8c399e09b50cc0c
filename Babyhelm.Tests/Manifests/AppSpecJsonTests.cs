using Babyhelm.Core.Common;
using Babyhelm.Core.Manifests;

namespace Babyhelm.Tests.Manifests;

public class AppSpecJsonTests
{
    [Fact]
    public void The_smallest_spec_has_the_defaults()
    {
        var spec = AppSpecJson.Read("""{"name":"web","image":"nginx"}""").Value;
        Assert.Equal(AppKind.Web, spec.Kind);
        Assert.Empty(spec.Ports);
        Assert.Equal("100m", spec.Resources.Cpu);
        Assert.Equal(1, spec.Replicas);
        Assert.Equal(ExposeType.Gateway, spec.Expose.Type);
    }

    [Fact]
    public void The_documented_spec_is_read_and_written()
    {
        const string json = """
            {"name":"web","kind":"worker","image":"nginx:1.27","ports":[{"port":80,"targetPort":8080}],
             "env":[{"name":"MODE","value":"prod"},{"name":"API_KEY","secret":true}],
             "replicas":2,"autoscale":{"min":2,"max":5,"cpu":70,"memory":80},
             "resources":{"cpu":"100m","memory":"128Mi","cpuLimit":"1","memoryLimit":"512Mi"},
             "health":{"path":"/","port":8080},"command":[],"args":["a"],
             "expose":{"type":"loadBalancer","host":null,"tls":true},"volumes":[{"name":"data","mountPath":"/data","size":"1Gi"}],
             "registry":null,"schedule":null}
            """;
        var spec = AppSpecJson.Read(json).Value;
        Assert.Equal(AppKind.Worker, spec.Kind);
        Assert.Equal(ExposeType.LoadBalancer, spec.Expose.Type);
        Assert.Equal(8080, Assert.Single(spec.Ports).Target);
        Assert.Null(spec.Env[1].Value);

        var written = AppSpecJson.Write(spec);
        Assert.Contains("\"type\":\"loadBalancer\"", written);
        Assert.DoesNotContain("\"target\":", written);
        Assert.Equal(written, AppSpecJson.Write(AppSpecJson.Read(written).Value));
    }

    [Theory]
    [InlineData("""{"name":"web","image":"a","privileged":true}""", "privileged", "no field 'privileged'")]
    [InlineData("""{"name":"web","image":"a","expose":{"nodePort":80}}""", "expose.nodePort", "no field 'nodePort'")]
    [InlineData("""{"name":"web","image":"a","env":[{"name":"A"},{"name":"B","hostPath":1}]}""", "env[1].hostPath", "no field 'hostPath'")]
    [InlineData("""{"name":"web","image":"a","Name":"x"}""", "Name", "no field 'Name'")]
    [InlineData("""{"name":"web","image":"a","name":"x"}""", "name", "twice")]
    [InlineData("""{"name":"web"}""", "image", "Give a value")]
    [InlineData("""{"name":"web","image":"a","ports":[{"targetPort":1}]}""", "ports[0].port", "Give a value")]
    [InlineData("""{"name":"web","image":"a","ports":null}""", "ports", "wrong type")]
    [InlineData("""{"name":"web","image":"a","ports":[{"port":"80"}]}""", "ports[0].port", "wrong type")]
    [InlineData("""{"name":"web","image":"a","replicas":1e99}""", "replicas", "wrong type")]
    [InlineData("""{"name":"web","image":"a","kind":1}""", "kind", "wrong type")]
    [InlineData("""{"name":"web","image":"a","kind":"daemon"}""", "kind", "wrong type")]
    [InlineData("""{"name":"web","image":null}""", "image", "wrong type")]
    [InlineData("""{"name":"web",""", "", "not JSON")]
    [InlineData("[]", "", "not an app spec")]
    [InlineData("null", "", "JSON object")]
    public void What_is_not_a_spec_is_refused_with_the_field(string json, string field, string says)
    {
        var fault = Assert.Single(Assert.IsType<Invalid>(AppSpecJson.Read(json).Error).Faults);
        Assert.Equal(field, fault.Field);
        Assert.Contains(says, fault.Message);
        Assert.DoesNotContain("Babyhelm", fault.Message);
    }

    [Fact]
    public void Null_elements_and_deep_nesting_are_refused()
    {
        Assert.IsType<Invalid>(AppSpecJson.Read("""{"name":"web","image":"a","registry":""" + new string('[', 5000)).Error);
        Assert.IsType<Invalid>(AppSpecJson.Read(new string(' ', AppSpecJson.MaxLength + 1)).Error);
    }
}
