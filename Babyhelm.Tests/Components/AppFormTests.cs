using Babyhelm.Core.Applications;
using Babyhelm.Core.Common;
using Babyhelm.Core.Manifests;
using Babyhelm.Web.Features.Applications;

namespace Babyhelm.Tests.Components;

public sealed class AppFormTests
{
    [Fact]
    public void Name_and_port_follow_the_image_until_they_are_set()
    {
        var form = AppForm.New();
        form.SetImage("nginx:1.27");
        Assert.Equal(("nginx", "80"), (form.Name, form.Port));

        form.SetImage("ghcr.io/acme/Storefront_Web");
        Assert.NotNull(form.ImageProblem); // upper case; what was proposed stays
        Assert.Equal("nginx", form.Name);

        form.SetImage("ghcr.io/acme/storefront_web");
        Assert.Equal(("storefront-web", "8080"), (form.Name, form.Port));

        form.SetName("mine");
        form.SetPort("9000");
        form.SetImage("nginx");
        Assert.Equal(("mine", "9000"), (form.Name, form.Port));

        form.SetName("");
        form.SetImage("redis:7");
        Assert.Equal(("redis", "9000"), (form.Name, form.Port));
    }

    [Fact]
    public void One_field_is_enough()
    {
        var form = AppForm.New();
        form.SetImage(" demo/hello:1 ");

        var spec = AppSpecValidator.Validate(form.ToSpec().Value).Value;

        Assert.Equal(("hello", "demo/hello:1", AppKind.Web, 1), (spec.Name, spec.Image, spec.Kind, spec.Replicas));
        Assert.Equal(8080, spec.Ports.Single().Target);
    }

    [Fact]
    public void A_spec_comes_back_as_it_was_with_its_secrets_kept()
    {
        var spec = new AppSpec
        {
            Name = "web",
            Image = "nginx:1.27",
            Ports = [new PortSpec(81, 8081), new PortSpec(9000, 9000)],
            Replicas = 3,
            Autoscale = new AutoscaleSpec(2, 5),
            Env = [new EnvSpec("MODE", "prod"), new EnvSpec("KEY", null, true)],
            Health = new HealthSpec("/health", 8081),
            Command = ["sh", "-c", "echo 'a b'"],
            Args = [""],
            Volumes = [new VolumeSpec("data", "/data")],
            ProgressDeadlineSeconds = 30,
        };

        Assert.Equivalent(spec, AppForm.Of(spec).ToSpec().Value, strict: true);
    }

    [Theory]
    [InlineData(AppKind.Web)]
    [InlineData(AppKind.Worker)]
    [InlineData(AppKind.Cron)]
    public void Every_field_can_be_filled_in(AppKind kind)
    {
        var form = AppForm.New();
        form.SetImage("ghcr.io/acme/api:2");
        form.Kind = kind;
        (form.Schedule, form.Registry, form.Deadline, form.HealthPath, form.HealthPort) = ("0 3 * * *", "acme", "90", "/up", "8081");
        (form.Autoscaled, form.Least, form.Most, form.CpuTarget, form.MemoryTarget) = (kind != AppKind.Cron, "2", "4", "", "70");
        form.ServicePort = "8000";
        form.MorePorts.AddRange([new PortRow(), new PortRow { Port = "9000", Target = "9001" }, new PortRow { Target = "9100" }]);
        if (kind == AppKind.Web) (form.Expose, form.Host, form.Tls) = (ExposeType.Ingress, "api.example.com", false);

        var spec = AppSpecValidator.Validate(form.ToSpec().Value).Value;

        Assert.Equal((kind, "acme", kind == AppKind.Cron ? 600 : 90), (spec.Kind, spec.Registry, spec.ProgressDeadlineSeconds));
        Assert.Equal(kind == AppKind.Cron ? "0 3 * * *" : null, spec.Schedule);
        Assert.Equal(kind == AppKind.Cron ? null : new AutoscaleSpec(2, 4, null, 70), spec.Autoscale);
        Assert.Equal(kind == AppKind.Cron ? null : new HealthSpec("/up", 8081), spec.Health);
        PortSpec[] more = [new(9000, 9001), new(9100, 9100)];
        Assert.Equal(kind switch { AppKind.Web => [new(8000, 8080), .. more], AppKind.Worker => more, _ => [] }, spec.Ports);
        Assert.Equal(kind == AppKind.Web ? new ExposeSpec { Type = ExposeType.Ingress, Host = "api.example.com", Tls = false } : new ExposeSpec { Type = ExposeType.None }, spec.Expose);
        Assert.Equivalent(spec, AppForm.Of(spec).ToSpec().Value, strict: true);
    }

    [Fact]
    public async Task A_fault_is_shown_at_its_row()
    {
        var form = AppForm.New();
        form.SetImage("nginx");
        var (port, volume) = (new PortRow { Port = "99999" }, new VolumeRow { Name = "data", MountPath = "data" });
        form.MorePorts.AddRange([new PortRow(), port]);
        form.Volumes.AddRange([new VolumeRow(), volume]);
        var model = new AppFormModel(form, (spec, _) => Task.FromResult<Result<Deployed>>(AppSpecValidator.Validate(spec).Error!));

        Assert.Null(await model.SubmitAsync());

        Assert.NotEmpty(model.RowFaults(form.MorePorts, port, r => r.IsBlank, "ports", offset: 1));
        Assert.NotEmpty(model.RowFaults(form.Volumes, volume, r => r.IsBlank, "volumes"));
        Assert.Empty(model.Others);
    }

    [Theory]
    [InlineData(ExposeType.Gateway)]
    [InlineData(ExposeType.LoadBalancer)]
    [InlineData(ExposeType.None)]
    public void What_was_typed_for_another_way_to_be_reached_does_not_count(ExposeType type)
    {
        var stored = new AppSpec { Name = "web", Image = "nginx", Expose = new ExposeSpec { Type = ExposeType.Ingress, Host = "shop.example.com", Tls = false } };
        var form = AppForm.Of(stored);
        form.LoadBalancerClass = "tailscale";
        Assert.Equal(stored.Expose, form.ToSpec().Value.Expose);

        form.Expose = type;

        var spec = AppSpecValidator.Validate(form.ToSpec().Value).Value;
        Assert.Equal(new ExposeSpec { Type = type, LoadBalancerClass = type == ExposeType.LoadBalancer ? "tailscale" : null }, spec.Expose);
        Assert.Equal("shop.example.com", form.Host); // still there for who goes back
    }

    [Fact]
    public void What_becomes_a_cron_application_leaves_the_rest_behind()
    {
        var form = AppForm.Of(new AppSpec { Name = "web", Image = "nginx", Replicas = 3, Autoscale = new AutoscaleSpec(2, 5), Health = new HealthSpec("/up", 80), Expose = new ExposeSpec { Type = ExposeType.LoadBalancer } });
        (form.Least, form.HealthPort, form.Deadline, form.ServicePort) = ("few", "none", "long", "x");
        form.Volumes.Add(new VolumeRow { Name = "data", MountPath = "/data" });
        (form.Kind, form.Schedule) = (AppKind.Cron, "0 3 * * *");

        var spec = AppSpecValidator.Validate(form.ToSpec().Value).Value;

        Assert.Equal((1, null, null, ExposeType.None), (spec.Replicas, spec.Autoscale, spec.Health, spec.Expose.Type));
    }

    [Fact]
    public void Who_turns_the_autoscaler_on_is_not_asked_for_replicas()
    {
        var form = AppForm.Of(new AppSpec { Name = "web", Image = "nginx", Replicas = 2 });
        (form.Replicas, form.Autoscaled) = ("many", true);
        Assert.Equal(2, form.ToSpec().Value.Replicas);
    }

    /// <summary>Whatever a command refuses, the form says: at a field that is drawn, or apart.</summary>
    [Theory]
    [InlineData(AppKind.Web, ExposeType.Ingress, "expose.host", true)]
    [InlineData(AppKind.Web, ExposeType.LoadBalancer, "expose.host", false)]
    [InlineData(AppKind.Web, ExposeType.None, "expose.loadBalancerClass", false)]
    [InlineData(AppKind.Web, ExposeType.LoadBalancer, "expose.loadBalancerClass", true)]
    [InlineData(AppKind.Worker, ExposeType.None, "expose.type", false)]
    [InlineData(AppKind.Web, ExposeType.Gateway, "expose.type", true)]
    [InlineData(AppKind.Worker, ExposeType.None, "ports[0].port", false)]
    [InlineData(AppKind.Web, ExposeType.Gateway, "ports[0].targetPort", true)]
    [InlineData(AppKind.Web, ExposeType.Gateway, "ports[1].port", false)]
    [InlineData(AppKind.Cron, ExposeType.None, "replicas", false)]
    [InlineData(AppKind.Worker, ExposeType.None, "replicas", true)]
    [InlineData(AppKind.Cron, ExposeType.None, "autoscale", false)]
    [InlineData(AppKind.Worker, ExposeType.None, "autoscale", true)]
    [InlineData(AppKind.Worker, ExposeType.None, "autoscale.max", false)]
    [InlineData(AppKind.Cron, ExposeType.None, "health", false)]
    [InlineData(AppKind.Cron, ExposeType.None, "progressDeadlineSeconds", false)]
    [InlineData(AppKind.Cron, ExposeType.None, "schedule", true)]
    [InlineData(AppKind.Web, ExposeType.Gateway, "schedule", false)]
    [InlineData(AppKind.Web, ExposeType.Gateway, "env[0]", false)]
    [InlineData(AppKind.Web, ExposeType.Gateway, "volumes[0].name", false)]
    [InlineData(AppKind.Web, ExposeType.Gateway, "volumes", true)]
    [InlineData(AppKind.Web, ExposeType.Gateway, "command[3]", true)]
    public async Task No_fault_is_silent(AppKind kind, ExposeType type, string field, bool drawn)
    {
        var form = AppForm.New();
        form.SetImage("nginx");
        (form.Kind, form.Expose, form.Schedule) = (kind, type, "0 3 * * *");
        var model = new AppFormModel(form, (_, _) => Answer(new Invalid(field, "no good")));

        Assert.Null(await model.SubmitAsync());

        Assert.Equal(drawn ? [] : [field], model.Others.Select(f => f.Field));
        Assert.True(model.MoreOpen || field.StartsWith("ports[0]", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Replicas_beside_a_volume_and_a_row_of_variables_are_told_at_their_fields()
    {
        var form = AppForm.Of(new AppSpec { Name = "web", Image = "nginx", Replicas = 3, Env = [new EnvSpec("KEY", null, true)] });
        form.Volumes.Add(new VolumeRow { Name = "data", MountPath = "/data" });
        form.Env.Single().Secret = false;
        var model = new AppFormModel(form, (spec, _) => Answer(AppSpecValidator.Validate(spec).Error!));

        Assert.Null(await model.SubmitAsync());

        Assert.Single(model.Faults("replicas"));
        Assert.NotEmpty(model.EnvFaults(form.Env.Single(), "value"));
        Assert.Empty(model.Others);
    }

    [Fact]
    public void A_secret_that_is_one_no_more_asks_for_a_value()
    {
        var form = AppForm.Of(new AppSpec { Name = "web", Image = "nginx", Env = [new EnvSpec("KEY", null, true)] });
        form.Env.Single().Secret = false;

        var spec = form.ToSpec().Value;

        Assert.Equal(new EnvSpec("KEY"), spec.Env.Single());
        Assert.Equal(["env[0].value"], Assert.IsType<Invalid>(AppSpecValidator.Validate(spec).Error).Faults.Select(f => f.Field));
    }

    [Fact]
    public void A_cron_application_stays_one()
    {
        var spec = new AppSpec { Name = "nightly", Image = "acme/report", Kind = AppKind.Cron, Schedule = "0 3 * * *", Expose = new ExposeSpec { Type = ExposeType.None } };

        Assert.Equivalent(spec, AppForm.Of(spec).ToSpec().Value, strict: true);
        Assert.Null(AppSpecValidator.Validate(AppForm.Of(spec).ToSpec().Value).Error);
    }

    [Fact]
    public void A_worker_that_becomes_a_web_application_gets_a_link()
    {
        var stored = AppSpecValidator.Validate(new AppSpec { Name = "queue", Image = "nginx", Kind = AppKind.Worker }).Value;
        Assert.Equal(ExposeType.None, stored.Expose.Type);
        var form = AppForm.Of(stored);
        Assert.Equivalent(stored, form.ToSpec().Value, strict: true);

        form.Kind = AppKind.Web;

        var spec = AppSpecValidator.Validate(form.ToSpec().Value).Value;
        Assert.Equal((ExposeType.Gateway, 80), (spec.Expose.Type, spec.Ports.Single().Target));
    }

    [Fact]
    public void An_emptied_port_follows_the_image_and_the_others_stay()
    {
        var form = AppForm.Of(new AppSpec { Name = "web", Image = "nginx", Ports = [new PortSpec(81, 8081), new PortSpec(9000, 9000)] });
        form.SetPort("");

        Assert.Equal([new PortSpec(81, 80), new PortSpec(9000, 9000)], form.ToSpec().Value.Ports);
    }

    [Fact]
    public async Task Faults_are_shown_at_their_fields_and_go_when_the_field_changes()
    {
        var form = AppForm.New();
        form.SetImage("nginx");
        form.Env.Add(new EnvRow());
        var row = new EnvRow { Name = "1BAD", Value = "x" };
        form.Env.Add(row);
        var model = new AppFormModel(form, (_, _) => Answer(new Invalid(
            [new Fault("env[0].name", "bad name"), new Fault("resources.cpu", "bad cpu"), new Fault("elsewhere", "no such field here")])));

        Assert.Null(await model.SubmitAsync());

        Assert.True(model.MoreOpen);
        Assert.Equal(["bad name"], model.EnvFaults(row, "name")); // blank rows before it are not part of the spec
        Assert.Equal(["bad cpu"], model.Faults("resources.cpu"));
        Assert.Equal(["no such field here"], model.Others.Select(f => f.Message));
        model.Touch("resources");
        Assert.Empty(model.Faults("resources.cpu"));
    }

    [Fact]
    public async Task What_is_no_number_never_reaches_the_command()
    {
        var form = AppForm.New();
        form.SetImage("nginx");
        form.Replicas = "many";
        var model = new AppFormModel(form, (_, _) => throw new InvalidOperationException());

        Assert.Null(await model.SubmitAsync());

        Assert.Single(model.Faults("replicas"));
        Assert.Equal("many", form.Replicas);
    }

    [Fact]
    public async Task A_taken_name_is_shown_at_the_name_and_other_failures_apart()
    {
        var error = (Error)new Conflict("taken", "name-taken");
        var form = AppForm.New();
        form.SetImage("nginx");
        var model = new AppFormModel(form, (_, _) => Answer(error));
        await model.SubmitAsync();
        Assert.Equal(["taken"], model.Faults("name"));
        Assert.Null(model.Error);

        error = new Conflict("taken", "host-taken");
        form.Expose = ExposeType.Ingress;
        await model.SubmitAsync();
        Assert.Equal(["taken"], model.Faults("expose.host"));
        Assert.True(model.MoreOpen);

        error = new Unavailable("down");
        await model.SubmitAsync();
        Assert.Empty(model.Faults("name"));
        Assert.Equal("down", model.Error?.Message);
    }

    private static Task<Result<Deployed>> Answer(Error error) => Task.FromResult<Result<Deployed>>(error);
}
