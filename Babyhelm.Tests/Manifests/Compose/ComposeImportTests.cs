using Babyhelm.Core.Manifests;
using Babyhelm.Core.Manifests.Compose;

namespace Babyhelm.Tests.Manifests.Compose;

public sealed class ComposeImportTests
{
    private const string Shop = """
        version: "3.9"
        name: shop
        x-env: &env
          MODE: prod
          LEVEL: 3
        services:
          web_front:
            image: "ghcr.io/acme/web:${TAG:-1.0}"
            build: .
            ports: ["8080:80", "127.0.0.1:9443:443/tcp", "53:53/udp", "3000-3005"]
            expose: ["9000"]
            environment:
              <<: *env
              LEVEL: 4
              DB_PASSWORD: s3cret
              FROM_SHELL:
            command: npm run "start me"
            entrypoint: ["/bin/entry"]
            depends_on: [db]
            restart: unless-stopped
            deploy:
              replicas: 2
              resources:
                limits: {cpus: "0.05", memory: 64m}
                reservations: {memory: 32M}
              placement: {}
            healthcheck:
              test: ["CMD-SHELL", "curl -f http://localhost:80/health?x=1 || exit 1"]
              interval: 5s
            networks: [front]
            nonsense: true
          db:
            image: postgres:16
            environment:
              - POSTGRES_PASSWORD=${PW}
              - PGDATA=/data/x=y
            volumes:
              - db_data:/data:ro
              - ./init:/docker-entrypoint-initdb.d
              - /anonymous
              - {type: tmpfs, target: /tmp}
              - {type: volume, source: more, target: /more}
            env_file: .env
            mem_limit: 2g
            scale: 3
            restart: "no"
          built:
            build: {context: .}
        volumes:
          db_data: {external: true}
          more:
        networks: {front: {}}
        secrets: {a: {file: ./a}}
        """;

    private static readonly ComposePlan Plan = Read(Shop, ("PW", "$ecret"));

    [Fact]
    public void A_web_service_becomes_a_web_application()
    {
        var web = Plan.Applications[0];
        Assert.Empty(web.Faults);
        var spec = web.Spec!;
        Assert.Equal(("web_front", "web-front", AppKind.Web, "ghcr.io/acme/web:1.0", 2), (web.Service, spec.Name, spec.Kind, spec.Image, spec.Replicas));
        Assert.Equal([80, 443, 9000], spec.Ports.Select(p => p.Port));
        Assert.Equal([new("LEVEL", "4"), new("DB_PASSWORD", "s3cret", true), new("MODE", "prod")], spec.Env);
        Assert.Equal(["/bin/entry"], spec.Command);
        Assert.Equal(["npm", "run", "start me"], spec.Args);
        Assert.Equal(("50m", "32Mi", "50m", "64Mi"), (spec.Resources.Cpu, spec.Resources.Memory, spec.Resources.CpuLimit, spec.Resources.MemoryLimit));
        Assert.Equal(new HealthSpec("/health?x=1", 80), spec.Health);
    }

    [Fact]
    public void A_database_becomes_a_worker_with_volumes_of_its_own()
    {
        var spec = Plan.Applications[1].Spec!;
        Assert.Empty(Plan.Applications[1].Faults);
        Assert.Equal((AppKind.Worker, 1, 5432), (spec.Kind, spec.Replicas, Assert.Single(spec.Ports).Port));
        Assert.Equal([new("POSTGRES_PASSWORD", "$ecret", true), new("PGDATA", "/data/x=y")], spec.Env);
        Assert.Equal([new("db-data", "/data"), new("more", "/more")], spec.Volumes);
        Assert.Equal(("2Gi", "128Mi"), (spec.Resources.MemoryLimit, spec.Resources.Memory));
    }

    [Theory]
    [InlineData("[CMD, pg_isready, -U, postgres]", new[] { "pg_isready", "-U", "postgres" })]
    [InlineData("[CMD-SHELL, pg_isready || exit 1]", new[] { "/bin/sh", "-c", "pg_isready || exit 1" })]
    [InlineData("pg_isready -U postgres", new[] { "/bin/sh", "-c", "pg_isready -U postgres" })]
    public void A_command_checks_the_health(string test, string[] command) =>
        Assert.Equal(command, Read($"services: {{db: {{image: postgres, healthcheck: {{test: {test}}}}}}}").Applications[0].Spec!.Health!.Command);

    [Fact]
    public void Every_key_is_accounted_for()
    {
        Assert.Null(Plan.Applications[2].Spec);
        var notes = Plan.Notes.ToLookup(n => (n.Service, n.Key));
        void Is(string? service, string key, ComposeOutcome outcome, string text = "") =>
            Assert.Contains(notes[(service, key)], n => n.Outcome == outcome && n.Text.Contains(text, StringComparison.OrdinalIgnoreCase));

        Is("built", "build", ComposeOutcome.NotTaken, "push it to a registry");
        Is("web_front", "build", ComposeOutcome.NotTaken, "not built here");
        Is("web_front", "name", ComposeOutcome.Changed, "web-front");
        Is("web_front", "ports", ComposeOutcome.NotTaken, "53:53/udp");
        Is("web_front", "ports", ComposeOutcome.NotTaken, "3000-3005");
        Is("web_front", "environment", ComposeOutcome.Changed, "DB_PASSWORD");
        Is("web_front", "environment", ComposeOutcome.NotTaken, "FROM_SHELL");
        Is("web_front", "depends_on", ComposeOutcome.NotTaken);
        Is("web_front", "restart", ComposeOutcome.Taken);
        Is("web_front", "deploy.replicas", ComposeOutcome.Taken);
        Is("web_front", "deploy.placement", ComposeOutcome.NotTaken);
        Is("web_front", "healthcheck.test", ComposeOutcome.Changed, "/health");
        Is("web_front", "healthcheck.interval", ComposeOutcome.NotTaken);
        Is("web_front", "networks", ComposeOutcome.NotTaken);
        Is("web_front", "nonsense", ComposeOutcome.NotTaken, "not known");
        Is("db", "ports", ComposeOutcome.Changed, "5432");
        Is("db", "env_file", ComposeOutcome.NotTaken, "environment");
        Is("db", "scale", ComposeOutcome.Changed, "one replica");
        Is("db", "restart", ComposeOutcome.Changed);
        Is("db", "mem_limit", ComposeOutcome.Taken);
        Is("db", "volumes (/data)", ComposeOutcome.Changed, "external");
        Is("db", "volumes (/docker-entrypoint-initdb.d)", ComposeOutcome.NotTaken, "./init");
        Is("db", "volumes (/anonymous)", ComposeOutcome.NotTaken);
        Is("db", "volumes (/tmp)", ComposeOutcome.NotTaken, "tmpfs");
        Is(null, "networks", ComposeOutcome.NotTaken);
        Is(null, "secrets", ComposeOutcome.NotTaken);
        Assert.DoesNotContain(Plan.Notes, n => n.Outcome != ComposeOutcome.Taken && n.Text.Length == 0);
        Assert.DoesNotContain(Plan.Notes, n => n.Text.Contains("s3cret", StringComparison.Ordinal) || n.Text.Contains("$ecret", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("$A", "one")]
    [InlineData("${A}", "one")]
    [InlineData("x$A-y", "xone-y")]
    [InlineData("$$A ${A}$$", "$A one$")]
    [InlineData("${B}", "")]
    [InlineData("${B:-d}", "d")]
    [InlineData("${B-d}", "d")]
    [InlineData("${E:-d}", "d")]
    [InlineData("${E-d}", "")]
    [InlineData("${A:-d}", "one")]
    [InlineData("${A:+alt}", "alt")]
    [InlineData("${E:+alt}", "")]
    [InlineData("${E+alt}", "alt")]
    [InlineData("${B+alt}", "")]
    [InlineData("${A:?no}", "one")]
    [InlineData("${E?no}", "")]
    [InlineData("${B:-${A}-${C:-deep}}", "one-deep")]
    [InlineData("${B:-a:b}", "a:b")]
    [InlineData("no variable", "no variable")]
    public void Variables_are_put_in_as_Compose_does_it(string text, string expected)
    {
        var plan = Read($$"""
            services:
              a:
                image: nginx
                environment: {V: '{{text}}'}
            """, ("A", "one"), ("E", ""));
        Assert.Equal(expected, plan.Applications[0].Spec!.Env.Single().Value);
        Assert.Equal(text == "${B}" ? ["B"] : [], plan.Unset);
    }

    [Theory]
    [InlineData("${B:?give it}", "give it")]
    [InlineData("${B?}", "has to be given")]
    [InlineData("${B", "no variable")]
    [InlineData("${}", "no variable")]
    [InlineData("${A!}", "no variable")]
    [InlineData("a $", "dollar")]
    [InlineData("$1", "dollar")]
    [InlineData("${A:-${A:-${A:-${A:-${A:-${A:-${A:-${A:-${A:-${A:-${A:-${A:-x}}}}}}}}}}}}", "deep")]
    public void What_is_no_variable_is_refused_with_its_place(string text, string message)
    {
        var error = ComposeImport.Read($$"""
            services:
              a:
                image: nginx
                environment: {V: '{{text}}'}
            """, new Dictionary<string, string>()).Error;
        var fault = Assert.Single(Assert.IsType<Babyhelm.Core.Common.Invalid>(error).Faults.Take(1));
        Assert.Equal("services.a.environment.V", fault.Field);
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a: 1")]
    [InlineData("services: []")]
    [InlineData("services: {}")]
    [InlineData("- services")]
    [InlineData("services: {a: {image: x}}\n---\nservices: {b: {image: y}}")]
    [InlineData("services: &a {a: *a}")]
    [InlineData("services: {a: {<<: 1}}")]
    [InlineData("services: !!python/object {}")]
    [InlineData("services: {a: {image: x}, a: {image: y}}")]
    public void What_is_no_Compose_file_is_refused(string text) =>
        Assert.Equal("invalid", ComposeImport.Read(text, new Dictionary<string, string>()).Error?.Code);

    [Fact]
    public void Bombs_are_refused()
    {
        var text = new System.Text.StringBuilder("x0: &x0 [lol,lol,lol,lol,lol,lol,lol,lol,lol,lol]\n");
        for (var i = 1; i < 10; i++) text.Append($"x{i}: &x{i} [{string.Join(',', Enumerable.Repeat($"*x{i - 1}", 10))}]\n");
        Assert.Contains("expand", ComposeImport.Read($"{text}services: {{a: {{image: x, labels: *x9}}}}", new Dictionary<string, string>()).Error?.Message, StringComparison.Ordinal);

        var merges = new System.Text.StringBuilder("x-0: &x0 {a: " + new string('b', 1000) + "}\n");
        for (var i = 1; i < 30; i++) merges.Append($"x-{i}: &x{i}\n  k{i}: [*x{i - 1}, *x{i - 1}]\n  <<: [*x{i - 1}, *x{i - 1}]\n");
        Assert.Contains("expand", ComposeImport.Read($"{merges}services: {{a: {{image: x}}}}", new Dictionary<string, string>()).Error?.Message, StringComparison.Ordinal);

        var long_ = string.Concat(Enumerable.Repeat("$A", 1000));
        var many = string.Join(", ", Enumerable.Range(0, 50).Select(i => $"V{i}: '{long_}'"));
        Assert.Contains("too long", ComposeImport.Read($"services: {{a: {{image: x, environment: {{{many}}}}}}}", new Dictionary<string, string> { ["A"] = new('a', 60_000) }).Error?.Message, StringComparison.Ordinal);
        Assert.Equal("invalid", ComposeImport.Read(new string('a', ComposeImport.MaxLength + 1), new Dictionary<string, string>()).Error?.Code);
        Assert.Equal("invalid", ComposeImport.Read($"services: {{{string.Join(", ", Enumerable.Range(0, 51).Select(i => $"s{i}: {{image: x}}"))}}}", new Dictionary<string, string>()).Error?.Code);
    }

    /// <summary>Whatever stands at a key, it is told and never thrown at.</summary>
    [Fact]
    public void Values_of_any_shape_are_answered()
    {
        string[] shapes = ["1", "-1", "1e30", "true", "null", "''", "x", "[]", "{}", "[1, x, null, [], {}]", "{a: 1, b: null, c: [], d: {}}", "{target: 99999999999, published: x}", "':'", "'::::'", "'/'", "'a:/'", "'\"'", "[~, {type: bind}, {source: 1}]", "{cpus: x, memory: 99999999999999999999g}", "{resources: {limits: [], reservations: {cpus: 0, memory: 1}}, replicas: x}", "{test: [CMD, 'http://localhost:99999/'], disable: 1}"];
        string[] keys = ["image", "build", "ports", "expose", "environment", "command", "entrypoint", "volumes", "scale", "cpus", "mem_limit", "mem_reservation", "deploy", "healthcheck", "restart", "depends_on", "labels", "x-any"];
        foreach (var key in keys)
            foreach (var shape in shapes)
            {
                var text = $"services:\n  a:\n    {(key == "image" ? "" : "image: nginx\n    ")}{key}: {shape}\n";
                var plan = ComposeImport.Read(text, new Dictionary<string, string>()).Value;
                if (plan.Applications[0] is { Spec: { } spec, Faults.Count: 0 }) Assert.Null(AppSpecValidator.Validate(spec).Error);
                else Assert.True(plan.Applications[0].Faults.Count > 0 || plan.Notes.Any(n => n.Outcome == ComposeOutcome.NotTaken), text);
            }
        foreach (var shape in shapes) Assert.NotNull(ComposeImport.Read($"services: {{a: {{image: x}}, b: {shape}}}\nvolumes: {shape}\nnetworks: {shape}\n", new Dictionary<string, string>()));
    }

    [Fact]
    public void Names_are_made_different()
    {
        var plan = Read("services: {a_b: {image: x}, a.b: {image: x}, A-B: {image: x}, '1': {image: x}, '{{': {image: x}}");
        Assert.Equal(["a-b", "a-b-2", "a-b-3", "app", "app-2"], plan.Applications.Select(a => a.Spec!.Name));
        Assert.All(plan.Applications, a => Assert.Empty(a.Faults));
    }

    private static ComposePlan Read(string text, params (string Name, string Value)[] variables)
    {
        var read = ComposeImport.Read(text, variables.ToDictionary(v => v.Name, v => v.Value));
        Assert.True(read.Error is null, read.Error?.Message);
        return read.Value;
    }
}
