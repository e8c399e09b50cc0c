using System.Text.Json.Nodes;
using Babyhelm.Core.Common;
using Babyhelm.Core.Kubernetes;

namespace Babyhelm.Core.Manifests.Compose;

/// <summary>An application that a service becomes.</summary>
/// <param name="Spec">Null where the service can't be taken; the notes say why.</param>
/// <param name="Faults">What is wrong with the spec, by its fields; empty for a good one.</param>
public sealed record ComposeApplication(string Service, AppSpec? Spec, IReadOnlyList<Fault> Faults);

/// <summary>What a Compose file becomes.</summary>
/// <param name="Unset">Variables without value and default: they became nothing.</param>
public sealed record ComposePlan(IReadOnlyList<ComposeApplication> Applications, IReadOnlyList<ComposeNote> Notes, IReadOnlyList<string> Unset);

/// <summary>Reads Compose files. Nothing outside the text is looked at: no file that it names, no environment, no registry.</summary>
public static class ComposeImport
{
    /// <summary>Longest text, in characters.</summary>
    public const int MaxLength = 256 * 1024;

    public const int MaxServices = 50;

    /// <summary>The plan with all that was taken, changed and left out; or an <see cref="Invalid"/> for a text that is no Compose file, and for variables that must be given.</summary>
    /// <param name="variables">Values for <c>${NAME}</c>, each of at most <see cref="ComposeVariables.MaxValue"/> characters.</param>
    public static Result<ComposePlan> Read(string text, IReadOnlyDictionary<string, string> variables)
    {
        if (text.Length > MaxLength) return new Invalid("compose", $"A Compose file may have {MaxLength / 1024} thousand characters; this has {text.Length}.");
        if (variables.Where(v => v.Value.Length > ComposeVariables.MaxValue).Select(v => v.Key).FirstOrDefault() is { } longest)
            return new Invalid("variables", $"The value of {ComposeNotes.Show(longest)} is too long: at most {ComposeVariables.MaxValue / 1024} thousand characters.");
        if (Yaml.Parse(text, merges: true).Failed(out var error, out var documents)) return new Invalid("compose", error.Message);
        if (documents is not [var file] || file["services"] is not JsonObject services) return new Invalid("compose", "This is no Compose file: give one document with services.");
        if (services.Count == 0) return new Invalid("compose", "The file has no services.");
        if (services.Count > MaxServices) return new Invalid("compose", $"The file has {services.Count} services; at most {MaxServices} are taken.");

        var fill = new ComposeVariables(variables);
        var filled = fill.Fill(file, "")!.AsObject();
        if (fill.Faults.Count > 0) return new Invalid(fill.Faults);
        var notes = new List<ComposeNote>();
        WholeFile(filled, new ComposeNotes(null, notes));
        var names = new HashSet<string>(StringComparer.Ordinal);
        var applications = new List<ComposeApplication>();
        foreach (var (name, service) in filled["services"]!.AsObject())
            applications.Add(new ComposeConverter(ComposeNotes.Show(name), service as JsonObject, filled["volumes"] as JsonObject, names, new ComposeNotes(ComposeNotes.Show(name), notes)).Convert());
        return new ComposePlan(applications, notes, [.. fill.Unset]);
    }

    private static void WholeFile(JsonObject file, ComposeNotes notes)
    {
        foreach (var (key, _) in file)
            switch (key)
            {
                case "services" or "volumes" or "version" or "name": break;
                case "networks": notes.NotTaken(key, "All applications of a project reach each other by their names; other projects don't reach them."); break;
                case "secrets" or "configs": notes.NotTaken(key, "Files can't be brought into a container yet. Give such values as secret variables."); break;
                case "include": notes.NotTaken(key, "Other files can't be read from here: put their services into this one."); break;
                default:
                    if (!key.StartsWith("x-", StringComparison.Ordinal)) notes.NotTaken(key, "This is not known.");
                    break;
            }
    }
}
