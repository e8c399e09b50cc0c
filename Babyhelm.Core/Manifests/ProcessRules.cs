using System.Text;

namespace Babyhelm.Core.Manifests;

/// <summary>What is run and when: command, arguments, schedule.</summary>
internal static class ProcessRules
{
    public const int MaxWords = 100;

    /// <summary>Linux takes at most 128 KiB in one argument; all of a list stay below that here.</summary>
    public const int MaxBytes = 64 * 1024;

    public static void CheckCommand(IReadOnlyList<string> words, string field, FaultList faults)
    {
        if (words.Count > MaxWords) faults.Add(field, $"Use at most {MaxWords} words; these are {words.Count}.");
        var total = 0L;
        for (var i = 0; i < Math.Min(words.Count, MaxWords); i++)
        {
            if (words[i] is not { } word) faults.Add($"{field}[{i}]", "Give a word.");
            else if (field != "args" && i == 0 && word.Length == 0) faults.Add($"{field}[0]", "Give the program to run.");
            else if (Text.Problem(word) is { } bad) faults.Add($"{field}[{i}]", bad);
            else total += Encoding.UTF8.GetByteCount(word);
        }
        if (total > MaxBytes) faults.Add(field, $"All words together have at most {MaxBytes / 1024} KiB; these have {total / 1024.0:0.#}.");
    }

    public static void CheckSchedule(AppSpec spec, FaultList faults)
    {
        if (spec.Kind != AppKind.Cron)
        {
            if (spec.Schedule is not null) faults.Add("schedule", "Only a cron application has a schedule.");
        }
        else if (string.IsNullOrEmpty(spec.Schedule)) faults.Add("schedule", "Give a schedule of five fields, for example '0 3 * * *' for 3:00 each day.");
        else if (CronExpression.Problem(spec.Schedule) is { } problem) faults.Add("schedule", problem);
    }
}
