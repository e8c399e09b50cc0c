using System.Text.Json.Nodes;

namespace Babyhelm.Core.Manifests.Compose;

/// <summary>Keys of a service that become nothing, each with the reason and what to do instead.</summary>
internal static class ComposeUnused
{
    private const string Own = "Babyhelm decides that.";
    private const string Machine = "Containers don't reach into the machine that they run on.";
    private const string Rights = "Containers run without further rights.";

    private static readonly HashSet<string> Read =
        ["image", "ports", "expose", "environment", "command", "entrypoint", "volumes", "scale", "cpus", "mem_limit", "mem_reservation"];

    private static readonly Dictionary<string, string> Reasons = new()
    {
        ["env_file"] = "The file is not here: put its variables under environment.",
        ["depends_on"] = "Everything starts at once and again until it runs: the application has to try again while what it needs is not there.",
        ["secrets"] = "Files can't be brought into a container yet. Give such values as secret variables.",
        ["configs"] = "Files can't be brought into a container yet. Put them into the image, or give their values as variables.",
        ["extends"] = "The other service's settings are not taken: put them here.",
        ["networks"] = "All applications of a project reach each other by their names.",
        ["network_mode"] = Machine,
        ["links"] = "Applications reach each other by their names.",
        ["external_links"] = "Applications reach each other by their names.",
        ["extra_hosts"] = "Names come from the cluster.",
        ["dns"] = "Names come from the cluster.",
        ["dns_search"] = "Names come from the cluster.",
        ["hostname"] = "Pods have names of their own.",
        ["domainname"] = "Pods have names of their own.",
        ["container_name"] = "Pods have names of their own.",
        ["mac_address"] = Machine,
        ["devices"] = Machine,
        ["ipc"] = Machine,
        ["pid"] = Machine,
        ["uts"] = Machine,
        ["userns_mode"] = Machine,
        ["cgroup"] = Machine,
        ["cgroup_parent"] = Machine,
        ["privileged"] = Rights,
        ["cap_add"] = Rights,
        ["security_opt"] = Rights,
        ["sysctls"] = Rights,
        ["ulimits"] = Rights,
        ["cap_drop"] = Own,
        ["user"] = "The image says as whom it runs.",
        ["group_add"] = "The image says as whom it runs.",
        ["working_dir"] = "The image says where it runs.",
        ["read_only"] = "The container's own files can be written to; they last as long as the container.",
        ["tmpfs"] = "The container's own files can be written to; they last as long as the container.",
        ["shm_size"] = Own,
        ["init"] = Own,
        ["stop_grace_period"] = "How long it has to end is among its settings; 30 seconds else.",
        ["stop_signal"] = "An application is ended with SIGTERM.",
        ["logging"] = "Logs are read from the cluster.",
        ["labels"] = Own,
        ["annotations"] = Own,
        ["platform"] = "The cluster's machines decide that.",
        ["profiles"] = "It is in the list like the others: choose which ones to create.",
        ["pull_policy"] = Own,
        ["stdin_open"] = "Use the terminal on the application's page.",
        ["tty"] = "Use the terminal on the application's page.",
        ["develop"] = "That is for a developer's machine.",
        ["runtime"] = Own,
        ["isolation"] = Own,
        ["oom_kill_disable"] = Own,
        ["oom_score_adj"] = Own,
        ["memswap_limit"] = Own,
        ["mem_swappiness"] = Own,
        ["cpu_shares"] = "Give deploy.resources instead.",
        ["cpu_quota"] = "Give deploy.resources instead.",
        ["cpu_period"] = "Give deploy.resources instead.",
        ["cpuset"] = Own,
        ["cpu_count"] = "Give deploy.resources instead.",
        ["cpu_percent"] = "Give deploy.resources instead.",
        ["pids_limit"] = Own,
        ["credential_spec"] = Own,
        ["volumes_from"] = "Volumes are not shared between applications.",
        ["blkio_config"] = Own,
        ["gpus"] = Machine,
    };

    /// <param name="hasImage">An image is named beside a build.</param>
    public static void Note(JsonObject settings, bool hasImage, ComposeNotes notes)
    {
        foreach (var (key, value) in settings)
        {
            if (Read.Contains(key) || key.StartsWith("x-", StringComparison.Ordinal)) continue;
            switch (key)
            {
                case "build": notes.NotTaken(key, hasImage ? "The image is not built here; it is pulled from its registry." : "Babyhelm builds no images: build this one, push it to a registry and name it as image."); break;
                case "restart" when ComposeConverter.Text(value) is "always" or "unless-stopped": notes.Taken(key); break;
                case "restart": notes.Changed(key, "An application that ends is started again, always. For what runs once, make a cron application."); break;
                case "healthcheck": Parts(key, value, ["test", "disable"], "Kubernetes asks with times of its own.", notes); break;
                case "deploy": Parts(key, value, ["replicas", "resources"], Own, notes); break;
                default: notes.NotTaken(key, Reasons.GetValueOrDefault(key, "This is not known.")); break;
            }
        }
    }

    private static void Parts(string key, JsonNode? value, string[] read, string why, ComposeNotes notes)
    {
        foreach (var (part, _) in value as JsonObject ?? [])
            if (!read.Contains(part)) notes.NotTaken($"{key}.{part}", why);
    }
}
