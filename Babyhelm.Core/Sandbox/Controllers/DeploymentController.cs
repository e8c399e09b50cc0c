using System.Text.Json.Nodes;
using Babyhelm.Core.Sandbox.Storage;

namespace Babyhelm.Core.Sandbox.Controllers;

/// <summary>Rolls a deployment's replica sets to its newest template, step by step as pods become available.</summary>
internal sealed class DeploymentController(Registry registry, Deletion deletion, EventRecorder events, DeploymentStatus status) : Reconciler
{
    private const string Component = "deployment-controller";
    private const string Desired = "deployment.kubernetes.io/desired-replicas";
    private const string Maximum = "deployment.kubernetes.io/max-replicas";

    public override void Observe(Change change, Action<string, string> enqueue)
    {
        if (change.Object.Resource == ApiResource.Deployments) enqueue(change.Object.Namespace, change.Object.Name);
        else if (change.Object.Resource == ApiResource.ReplicaSets && Ownership.Controlling(change.Object, "Deployment") is { } owner) enqueue(change.Object.Namespace, owner);
        // The Recreate strategy waits for old pods to be gone.
        else if (change is { Type: ChangeType.Deleted } && change.Object.Resource == ApiResource.Pods && Ownership.Controlling(change.Object, "ReplicaSet") is { } set
            && registry.Store.Get(ApiResource.ReplicaSets, change.Object.Namespace, set) is { } parent && Ownership.Controlling(parent, "Deployment") is { } above) enqueue(change.Object.Namespace, above);
    }

    public override void Reconcile(string ns, string name)
    {
        lock (registry.Store.Gate)
        {
            if (registry.Store.Get(ApiResource.Deployments, ns, name) is not { } stored)
            {
                status.Forget(ns, name);
                return;
            }
            var wait = stored.Deleting ? status.Sync(stored, Sets(stored), Newest(stored, Sets(stored))) : Roll(stored);
            if (wait is { } after) Later(ns, name, after);
        }
    }

    private TimeSpan? Roll(StoredObject stored)
    {
        var deployment = stored.Read();
        status.NotePause(stored, deployment);
        deployment = Fresh(stored);
        var sets = Sets(stored);
        var newest = Newest(stored, sets);
        var paused = deployment.Bool("spec", "paused") == true;
        if (paused || ScalingAsked(deployment, sets))
        {
            if (newest is not null) newest = Revise(stored, deployment, sets, newest);
            ScaleProportionally(stored, deployment, Sets(stored), newest);
            CleanUp(deployment, Sets(stored), newest);
            return status.Sync(Latest(stored), Sets(stored), Newest(stored, Sets(stored)));
        }
        if (RolloutMath.Rolling(deployment))
        {
            newest = newest is null ? Create(stored, deployment, sets) : Revise(stored, deployment, sets, newest);
            sets = Sets(stored);
            newest = Newest(stored, sets);
            if (newest is null) return status.Sync(Latest(stored), sets, null);
            if (!Grow(stored, deployment, sets, newest) && !ShrinkOld(stored, deployment, sets, newest) && DeploymentStatus.Complete(deployment)) CleanUp(deployment, sets, newest);
        }
        else
        {
            Recreate(stored, deployment, sets, newest);
        }
        sets = Sets(stored);
        return status.Sync(Latest(stored), sets, Newest(stored, sets));
    }

    private void Recreate(StoredObject stored, JsonObject deployment, List<ReplicaSetView> sets, ReplicaSetView? newest)
    {
        var old = sets.Where(s => s.Name != newest?.Name).ToList();
        var shrunk = false;
        foreach (var set in old.Where(s => s.Wanted > 0))
        {
            Resize(stored, deployment, set, 0);
            shrunk = true;
        }
        if (shrunk || old.Any(s => registry.Store.Controlled(ApiResource.Pods, stored.Namespace, s.Stored.Uid).Any(p => !PodFacts.Ended(p.Read())))) return;
        newest = newest is null ? Create(stored, deployment, sets) : Revise(stored, deployment, sets, newest);
        if (newest is not null && newest.Wanted != RolloutMath.Wanted(deployment)) Resize(stored, deployment, newest, RolloutMath.Wanted(deployment));
        else if (DeploymentStatus.Complete(deployment)) CleanUp(deployment, Sets(stored), newest);
    }

    private bool Grow(StoredObject stored, JsonObject deployment, List<ReplicaSetView> sets, ReplicaSetView newest)
    {
        var size = newest.Wanted > RolloutMath.Wanted(deployment) ? RolloutMath.Wanted(deployment) : RolloutMath.NewSize(deployment, sets, newest);
        if (size == newest.Wanted) return false;
        Resize(stored, deployment, newest, size);
        return true;
    }

    /// <summary>Takes old pods away as far as enough stay available; those that are not well go first.</summary>
    private bool ShrinkOld(StoredObject stored, JsonObject deployment, List<ReplicaSetView> sets, ReplicaSetView newest)
    {
        var old = sets.Where(s => s.Name != newest.Name && s.Wanted > 0).OrderBy(s => s.Created, StringComparer.Ordinal).ThenBy(s => s.RevisionNumber).ToList();
        var least = RolloutMath.Wanted(deployment) - RolloutMath.MaxUnavailable(deployment);
        var room = sets.Sum(s => s.Wanted) - least - (newest.Wanted - newest.Available);
        if (old.Count == 0 || room <= 0) return false;
        var shrunk = 0;
        foreach (var set in old)
        {
            var unwell = Math.Min(room - shrunk, set.Wanted - set.Available);
            if (unwell <= 0) continue;
            Resize(stored, deployment, set, set.Wanted - unwell);
            shrunk += unwell;
        }
        sets = Sets(stored);
        var spare = sets.Sum(s => s.Available) - least;
        foreach (var set in old.Select(o => sets.First(s => s.Name == o.Name)))
        {
            var less = Math.Min(spare, set.Wanted);
            if (less <= 0) continue;
            Resize(stored, deployment, set, set.Wanted - less);
            (spare, shrunk) = (spare - less, shrunk + less);
        }
        return shrunk > 0;
    }

    /// <summary>Whether the wanted number changed since the replica sets were last sized.</summary>
    private static bool ScalingAsked(JsonObject deployment, List<ReplicaSetView> sets) =>
        sets.Any(s => s.Wanted > 0 && long.TryParse(s.Body.Str("metadata", "annotations", Desired), out var desired) && desired != RolloutMath.Wanted(deployment));

    private void ScaleProportionally(StoredObject stored, JsonObject deployment, List<ReplicaSetView> sets, ReplicaSetView? newest)
    {
        var active = sets.Where(s => s.Wanted > 0).ToList();
        var wanted = RolloutMath.Wanted(deployment);
        if (active.Count <= 1)
        {
            if ((active.FirstOrDefault() ?? newest ?? sets.MaxBy(s => s.RevisionNumber)) is { } only && (only.Wanted != wanted || active.Count == 1)) Resize(stored, deployment, only, wanted);
            return;
        }
        if (newest is not null && newest.Wanted == wanted && newest.Available == wanted)
        {
            foreach (var set in active.Where(s => s.Name != newest.Name)) Resize(stored, deployment, set, 0);
            return;
        }
        if (!RolloutMath.Rolling(deployment)) return;
        var total = active.Sum(s => s.Wanted);
        var add = (wanted > 0 ? RolloutMath.MaxTotal(deployment) : 0) - total;
        var left = add;
        foreach (var set in active.OrderByDescending(s => s.Wanted).ThenByDescending(s => s.Created, StringComparer.Ordinal))
        {
            var share = set == active[^1] ? left : (int)Math.Round((double)add * set.Wanted / total, MidpointRounding.AwayFromZero);
            share = add > 0 ? Math.Min(share, left) : Math.Max(share, left);
            left -= share;
            Resize(stored, deployment, set, Math.Max(0, set.Wanted + share));
        }
    }

    private ReplicaSetView? Create(StoredObject stored, JsonObject deployment, List<ReplicaSetView> sets)
    {
        var template = (JsonObject)deployment.At("spec", "template")!.DeepClone();
        var hash = Ids.TemplateHash(template, deployment.Int("status", "collisionCount") ?? 0);
        template.Make("metadata", "labels")[ReplicaSetView.Hash] = hash;
        var selector = (JsonObject)deployment.At("spec", "selector")!.DeepClone();
        selector.Make("matchLabels")[ReplicaSetView.Hash] = hash;
        var size = RolloutMath.NewSize(deployment, sets, null);
        var revision = sets.Select(s => s.RevisionNumber).DefaultIfEmpty().Max() + 1;
        var annotations = Inherited(deployment);
        annotations[Desired] = Text(RolloutMath.Wanted(deployment));
        annotations[Maximum] = Text(RolloutMath.MaxTotal(deployment));
        annotations[ReplicaSetView.Revision] = Text(revision);
        var name = $"{stored.Name}-{hash}";
        var body = new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["name"] = name,
                ["labels"] = template.At("metadata", "labels")!.DeepClone(),
                ["annotations"] = annotations,
                ["ownerReferences"] = new JsonArray(Ownership.Controller(stored)),
            },
            ["spec"] = new JsonObject { ["replicas"] = size, ["selector"] = selector, ["template"] = template },
        };
        if (deployment.Int("spec", "minReadySeconds") is > 0 and var min) body.Make("spec")["minReadySeconds"] = min;
        if (!registry.Create(ApiResource.ReplicaSets, stored.Namespace, body, WriteContext.Controller).Ok(out _, out var error))
        {
            if (error.Code == "AlreadyExists") registry.UpdateStatus(stored, s => s["collisionCount"] = (s.Int("collisionCount") ?? 0) + 1);
            else status.NoteFailedCreate(stored, error.Message);
            return null;
        }
        if (size > 0) events.Record(stored, "Normal", "ScalingReplicaSet", $"Scaled up replica set {name} from 0 to {size}", Component);
        status.NoteNew(stored, revision, name, found: false);
        return null;
    }

    /// <summary>Gives the replica set of the current template the newest revision number.</summary>
    private ReplicaSetView? Revise(StoredObject stored, JsonObject deployment, List<ReplicaSetView> sets, ReplicaSetView newest)
    {
        var revision = sets.Where(s => s.Name != newest.Name).Select(s => s.RevisionNumber).DefaultIfEmpty().Max() + 1;
        if (newest.RevisionNumber < revision)
            registry.Mutate(newest.Stored, body =>
            {
                var annotations = body.Make("metadata", "annotations");
                if (annotations.Str(ReplicaSetView.Revision) is { } old)
                {
                    var history = annotations.Str("deployment.kubernetes.io/revision-history");
                    annotations["deployment.kubernetes.io/revision-history"] = string.IsNullOrEmpty(history) ? old : $"{history},{old}";
                }
                annotations[ReplicaSetView.Revision] = Text(revision);
                foreach (var (key, value) in Inherited(deployment)) annotations[key] = value?.DeepClone();
            });
        if (newest.Body.Int("spec", "minReadySeconds") != deployment.Int("spec", "minReadySeconds"))
            registry.Mutate(newest.Stored, body => body.Make("spec").SetField("minReadySeconds", deployment.At("spec", "minReadySeconds")?.DeepClone()));
        status.NoteNew(stored, Math.Max(revision, newest.RevisionNumber), newest.Name, found: true);
        return Newest(stored, Sets(stored));
    }

    private void Resize(StoredObject stored, JsonObject deployment, ReplicaSetView set, int size)
    {
        var from = set.Wanted;
        registry.Mutate(set.Stored, body =>
        {
            body.Make("spec")["replicas"] = size;
            var annotations = body.Make("metadata", "annotations");
            annotations[Desired] = Text(RolloutMath.Wanted(deployment));
            annotations[Maximum] = Text(RolloutMath.MaxTotal(deployment));
        });
        if (from != size) events.Record(stored, "Normal", "ScalingReplicaSet", $"Scaled {(size > from ? "up" : "down")} replica set {set.Name} from {from} to {size}", Component);
    }

    private void CleanUp(JsonObject deployment, List<ReplicaSetView> sets, ReplicaSetView? newest)
    {
        var old = sets.Where(s => s.Name != newest?.Name && s is { Wanted: 0, Actual: 0 } && !s.Stored.Deleting).OrderBy(s => s.RevisionNumber).ToList();
        foreach (var set in old.Take(Math.Max(0, old.Count - (int)(deployment.Int("spec", "revisionHistoryLimit") ?? 10)))) deletion.Delete(set.Stored, DeleteOptions.Background);
    }

    private List<ReplicaSetView> Sets(StoredObject stored) =>
        [.. registry.Store.Controlled(ApiResource.ReplicaSets, stored.Namespace, stored.Uid).Select(s => new ReplicaSetView(s, s.Read()))];

    private ReplicaSetView? Newest(StoredObject stored, List<ReplicaSetView> sets)
    {
        var template = Fresh(stored).At("spec", "template");
        return sets.OrderBy(s => s.Created, StringComparer.Ordinal).FirstOrDefault(s => Json.Same(s.Template, template));
    }

    private StoredObject Latest(StoredObject stored) => registry.Store.Get(ApiResource.Deployments, stored.Namespace, stored.Name) ?? stored;

    private JsonObject Fresh(StoredObject stored) => Latest(stored).Read();

    /// <summary>The deployment's annotations that its replica sets take over.</summary>
    private static JsonObject Inherited(JsonObject deployment)
    {
        var result = new JsonObject();
        foreach (var (key, value) in Json.Strings(deployment.At("metadata", "annotations")))
            if (key != "kubectl.kubernetes.io/last-applied-configuration" && !key.StartsWith("deployment.kubernetes.io/", StringComparison.Ordinal)) result[key] = value;
        return result;
    }

    private static string Text(long number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
