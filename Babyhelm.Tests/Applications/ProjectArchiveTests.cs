using System.IO.Compression;
using System.Text;
using Babyhelm.Core.Applications;
using Babyhelm.Core.Common;
using Babyhelm.Core.Manifests;
using Babyhelm.Tests.Manifests;
using Xunit.Abstractions;

namespace Babyhelm.Tests.Applications;

public sealed class ProjectArchiveTests(ITestOutputHelper output)
{
    private const string Index = """{"format":"babyhelm-project","version":1,"project":"shop","exportedAt":"2026-01-01T00:00:00+00:00","applications":["web"]}""";
    private const string Web = """{"spec":{"name":"web","image":"nginx"},"autoRollback":true,"selfHeal":false,"stopped":true,"hook":true}""";

    [Fact]
    public void What_was_written_is_read_back_whole()
    {
        var specs = new RandomSpecs(Common.Seed.Next(output));
        var written = Enumerable.Range(0, 60).Select(i => new ArchivedApplication(
            AppSpecValidator.Validate(specs.Next(i % 3 == 2 ? AppKind.Cron : null) with { Name = $"app-{i}" }).Value, i % 2 == 0, i % 3 == 0, i % 5 == 0, i % 7 == 0)).ToList();
        ArchivedRegistry[] registries = [new("github", "ghcr.io", "ada"), new("own", "registry.example.com:5000", "Zoë <z@example.com>")];
        var packed = ProjectArchive.Write("shop", DateTimeOffset.Parse("2026-02-03T04:05:06Z", null), written, registries);
        var read = ProjectArchive.Read(packed);
        Assert.True(read.Error is null, read.Error?.Message);
        Assert.Equal("shop", read.Value.Index.Project);
        Assert.Equal(registries, read.Value.Index.Registries);
        Assert.Equal(written.Select(w => AppSpecJson.Write(w.Spec)), read.Value.Applications.Select(a => AppSpecJson.Write(a.Spec)));
        Assert.Equal(written.Select(w => (w.AutoRollback, w.SelfHeal, w.Stopped, w.Hook)), read.Value.Applications.Select(a => (a.AutoRollback, a.SelfHeal, a.Stopped, a.Hook)));
    }

    [Fact]
    public void An_archive_that_was_made_by_hand_is_read()
    {
        var app = Assert.Single(ProjectArchive.Read(Zip(("babyhelm.json", Index), ("applications/web.json", Web))).Value.Applications);
        Assert.Equal(("nginx", true, false, true, true), (app.Spec.Image, app.AutoRollback, app.SelfHeal, app.Stopped, app.Hook));
    }

    public static TheoryData<string, (string, string)[]> Hostile => new()
    {
        { "a path upwards", [("babyhelm.json", Index), ("applications/web.json", Web), ("../evil", "x")] },
        { "a path upwards within", [("babyhelm.json", Index), ("applications/../../web.json", Web)] },
        { "an absolute path", [("babyhelm.json", Index), ("/applications/web.json", Web)] },
        { "a Windows path", [("babyhelm.json", Index), ("applications\\web.json", Web)] },
        { "another name", [("babyhelm.json", Index), ("applications/web.json", Web), ("applications/web.yaml", "x")] },
        { "a name with a line feed", [("babyhelm.json", Index), ("applications/web.json\n", Web)] },
        { "no index", [("applications/web.json", Web)] },
        { "another index", [("babyhelm.json", """{"format":"other","version":1,"project":"shop","exportedAt":"2026-01-01T00:00:00Z","applications":[]}""")] },
        { "a later version", [("babyhelm.json", Index.Replace("\"version\":1", "\"version\":3", StringComparison.Ordinal)), ("applications/web.json", Web)] },
        { "a version before the first", [("babyhelm.json", Index.Replace("\"version\":1", "\"version\":0", StringComparison.Ordinal)), ("applications/web.json", Web)] },
        { "a registry of no name", [("babyhelm.json", WithRegistries("""{"name":"../x","host":"ghcr.io","userName":"ada"}""")), ("applications/web.json", Web)] },
        { "a registry of no host", [("babyhelm.json", WithRegistries("""{"name":"one","host":"https://ghcr.io/x","userName":"ada"}""")), ("applications/web.json", Web)] },
        { "a registry without a user", [("babyhelm.json", WithRegistries("""{"name":"one","host":"ghcr.io","userName":null}""")), ("applications/web.json", Web)] },
        { "a registry with a password", [("babyhelm.json", WithRegistries("""{"name":"one","host":"ghcr.io","userName":"ada","password":"x"}""")), ("applications/web.json", Web)] },
        { "a registry that is null", [("babyhelm.json", WithRegistries("null")), ("applications/web.json", Web)] },
        { "registries that are null", [("babyhelm.json", Index.Replace("\"version\":1", "\"version\":2,\"registries\":null", StringComparison.Ordinal)), ("applications/web.json", Web)] },
        { "a registry twice", [("babyhelm.json", WithRegistries("""{"name":"one","host":"ghcr.io","userName":"ada"},{"name":"one","host":"quay.io","userName":"ada"}""")), ("applications/web.json", Web)] },
        { "a missing application", [("babyhelm.json", Index)] },
        { "an application too many", [("babyhelm.json", Index), ("applications/web.json", Web), ("applications/api.json", Web.Replace("web", "api", StringComparison.Ordinal))] },
        { "an application named twice", [("babyhelm.json", Index.Replace("[\"web\"]", "[\"web\",\"web\"]", StringComparison.Ordinal)), ("applications/web.json", Web)] },
        { "an application that is null", [("babyhelm.json", Index.Replace("[\"web\"]", "[null]", StringComparison.Ordinal)), ("applications/web.json", Web)] },
        { "a file twice", [("babyhelm.json", Index), ("applications/web.json", Web), ("applications/web.json", Web)] },
        { "the index twice", [("babyhelm.json", Index), ("babyhelm.json", Index), ("applications/web.json", Web)] },
        { "another application's file", [("babyhelm.json", Index), ("applications/web.json", Web.Replace("web", "api", StringComparison.Ordinal))] },
        { "an unknown field", [("babyhelm.json", Index), ("applications/web.json", Web.Replace("\"hook\"", "\"hooks\"", StringComparison.Ordinal))] },
        { "no JSON", [("babyhelm.json", Index), ("applications/web.json", "{")] },
        { "a null", [("babyhelm.json", Index), ("applications/web.json", "null")] },
        { "nesting", [("babyhelm.json", Index), ("applications/web.json", new string('[', 10_000))] },
        { "a bomb", [("babyhelm.json", Index), ("applications/web.json", new string(' ', ProjectArchive.MaxFile + 1))] },
        { "many small bombs", [("babyhelm.json", Index), .. Enumerable.Range(0, 6).Select(i => ($"applications/web{i}.json", $$"""{"spec":{"name":"web{{i}}","image":"nginx"},"autoRollback":true,"selfHeal":false,"stopped":true,"hook":true}""" + new string(' ', ProjectArchive.MaxFile - 200)))] },
        { "too many files", [.. Enumerable.Range(0, 510).Select(i => ($"applications/a{i}.json", "{}"))] },
    };

    private static string WithRegistries(string registries) => Index.Replace("\"version\":1", $"\"version\":2,\"registries\":[{registries}]", StringComparison.Ordinal);

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Anything_else_is_refused(string what, (string, string)[] files)
    {
        var error = ProjectArchive.Read(Zip(files)).Error;
        Assert.True(error is Invalid { Faults: [{ Field: "archive" }, ..] }, $"{what}: {error}");
    }

    [Fact]
    public void What_is_no_archive_is_refused()
    {
        var good = Zip(("babyhelm.json", Index), ("applications/web.json", Web));
        var random = new Random(Common.Seed.Next(output));
        Assert.Equal("invalid", ProjectArchive.Read([]).Error?.Code);
        Assert.Equal("invalid", ProjectArchive.Read(Encoding.UTF8.GetBytes("PK nonsense")).Error?.Code);
        Assert.Equal("invalid", ProjectArchive.Read(new byte[ProjectArchive.MaxPacked + 1]).Error?.Code);
        for (var i = 0; i < good.Length; i += 7) Assert.Equal("invalid", ProjectArchive.Read(good[..i]).Error?.Code);
        // Damaged anywhere, it is read or refused, and never thrown at.
        for (var i = 0; i < 2_000; i++)
        {
            var damaged = (byte[])good.Clone();
            damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            Assert.True(ProjectArchive.Read(damaged) is { Error: null or Invalid });
        }
    }

    private static byte[] Zip(params (string Name, string Text)[] files)
    {
        using var packed = new MemoryStream();
        using (var zip = new ZipArchive(packed, ZipArchiveMode.Create, leaveOpen: true))
            foreach (var (name, text) in files)
            {
                using var content = zip.CreateEntry(name).Open();
                content.Write(Encoding.UTF8.GetBytes(text));
            }
        return packed.ToArray();
    }
}
