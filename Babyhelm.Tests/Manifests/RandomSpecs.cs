using System.Text;
using Babyhelm.Core.Manifests;

namespace Babyhelm.Tests.Manifests;

/// <summary>Valid app specs of every shape, full of texts that try to break out of where they stand.</summary>
internal sealed class RandomSpecs(int seed)
{
    private static readonly string[] Nasty =
    [
        "", " ", "no", "yes", "on", "~", "null", "true", "1e3", "0x1F", "0o17", "010", "1_000", "12:34:56", "2024-01-01", ".inf", ".nan", "-", "?", ":", "- a", "a: b", "a #b",
        "&a", "*a", "!!python/object", "!x", "%YAML 1.1", "---", "...", "|", ">", "|-\n  x", "'", "\"", "''", "\\", "\\n", "{{ labels }}", "{% raw %}", "{%- endraw -%}", "}}", "%}", "${HOME}", "$(A)",
        "\n", "\r\n", "\t", "a\nb", "a\n---\nkind: Pod", "\n  privileged: true", "x\u0085y", "\u2028", "\ufeff", "\u202eabc", "\u200b", "\u00a0", "\u0007", "\u001b[31m", "é", "😀", "\U0010ffff", "<<", "[", "]", "{", "}", ",", "`", "@",
        "\"}\n---\n", "</script>", "a\u0001", "\ufffe", "\uffff", "\u007f", "\u009f",
    ];

    /// <summary>What a registry's secret is filled with.</summary>
    public const string PullConfig = """{"auths":{"ghcr.io":{"auth":"eDp5"}}}""";

    private readonly Random _random = new(seed);

    public AppSpec Next(AppKind? kind = null)
    {
        var chosen = kind ?? (AppKind)_random.Next(2);
        var ports = Distinct(_random.Next(chosen == AppKind.Web ? 0 : 1, 4), () => _random.Next(1, 65536)).Select(p => new PortSpec(p, Maybe(() => _random.Next(1, 65536) as int?))).ToList();
        if (chosen != AppKind.Web && _random.Next(2) == 0) ports = [];
        var volumes = _random.Next(4) > 0 ? [] : Distinct(_random.Next(1, 3), Name).Select((n, i) => new VolumeSpec(n, $"/data{i}/" + Path(), $"{_random.Next(1, 9)}Gi")).ToList();
        var expose = chosen == AppKind.Web ? _random.Next(4) switch
        {
            0 => new ExposeSpec { Type = ExposeType.Ingress, Host = $"{Name()}.example.com", Tls = _random.Next(2) == 0 },
            1 => new ExposeSpec { Type = ExposeType.LoadBalancer },
            2 => new ExposeSpec { Type = ExposeType.None },
            _ => new ExposeSpec(),
        } : new ExposeSpec();
        var hasPort = chosen == AppKind.Web || ports.Count > 0;
        return new AppSpec
        {
            Name = Name(),
            Kind = chosen,
            Image = Image(),
            Ports = chosen == AppKind.Cron ? [] : ports,
            Env = [.. Distinct(_random.Next(0, 8), EnvName).Select(n => new EnvSpec(n, Text(), _random.Next(4) == 0))],
            Replicas = volumes.Count > 0 ? _random.Next(2) : _random.Next(0, 101),
            Autoscale = volumes.Count > 0 || chosen == AppKind.Cron ? null : Maybe(() => new AutoscaleSpec(_random.Next(1, 5), _random.Next(5, 20), _random.Next(1, 101), Maybe(() => _random.Next(1, 101) as int?))),
            Resources = new ResourcesSpec { Cpu = Pick("1m", "100m", "0.1", "1e-1"), Memory = Pick("64Mi", "67108864", "64e6", "0.1Gi"), CpuLimit = Pick("1", "2.5", "2500m"), MemoryLimit = Pick("1Gi", "1G", "1e9") },
            Health = chosen == AppKind.Cron || !hasPort ? null : Maybe(() => _random.Next(3) == 0 ? new HealthSpec(Command: ["/bin/" + Text(), Text()]) : new HealthSpec(Maybe(() => "/" + Ascii()), Maybe(() => _random.Next(1, 65536) as int?))),
            Command = _random.Next(3) > 0 ? [] : [.. Enumerable.Range(0, _random.Next(1, 4)).Select(i => i == 0 ? "/bin/" + Text() : Text())],
            Args = [.. Enumerable.Range(0, _random.Next(0, 4)).Select(_ => Text())],
            Expose = expose,
            Volumes = volumes,
            Registry = Maybe(Name),
            Schedule = chosen == AppKind.Cron ? Pick("* * * * *", "*/5 0-6 1,15 jan mon-fri") : null,
            ProgressDeadlineSeconds = _random.Next(10, 3601),
            ShutdownSeconds = _random.Next(1, 3601),
        };
    }

    public string Text()
    {
        var text = new StringBuilder();
        for (var i = _random.Next(1, 4); i > 0; i--)
            text.Append(_random.Next(3) > 0 ? Nasty[_random.Next(Nasty.Length)] : Rune.IsValid(_random.Next(1, 0x11000)) ? "x" : "y").Append(RandomRune());
        return _random.Next(40) == 0 ? text + new string((char)_random.Next('a', 'z'), 20_000) : text.ToString();
    }

    private string RandomRune()
    {
        int code;
        do code = _random.Next(3) switch { 0 => _random.Next(1, 128), 1 => _random.Next(1, 0x10000), _ => _random.Next(1, 0x110000) };
        while (!Rune.IsValid(code));
        return new Rune(code).ToString();
    }

    private string Name() => "a" + string.Concat(Enumerable.Range(0, _random.Next(1, 15)).Select(_ => (char)_random.Next('a', 'z' + 1))) + _random.Next(100);

    private string EnvName() => string.Concat(Enumerable.Range(0, _random.Next(1, 20)).Select(i => Pick("A", "z", "_", "-", i == 0 ? "n" : "7", i == 0 ? "y" : "."))) + _random.Next(1000);

    private string Path() => "p" + new string([.. Text().Where(c => !char.IsControl(c) && !char.IsSurrogate(c) && c is not ('/' or ':')).Take(50)]) + "q";

    private string Ascii() => new([.. Enumerable.Range(0, _random.Next(0, 30)).Select(_ => (char)_random.Next('!', '\x7f'))]);

    private string Image() => Pick("nginx", "nginx:1.27", "ghcr.io/acme/my_app:__V1.0-x__", "[::1]:5000/a/b:tag", "localhost/x@sha256:" + new string('0', 64), "a.b/c:" + new string('t', 128));

    private string Pick(params string[] options) => options[_random.Next(options.Length)];

    private T? Maybe<T>(Func<T?> make) => _random.Next(2) == 0 ? default : make();

    private static List<T> Distinct<T>(int count, Func<T> make)
    {
        var items = new HashSet<T>();
        while (items.Count < count) items.Add(make());
        return [.. items];
    }
}
