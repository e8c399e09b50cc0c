namespace Babyhelm.Core.Kubernetes.Resources;

// Kinds of which nothing but the metadata is ever read, so that the content of secrets is never held in memory.

public sealed record Secret : KubernetesObject;

public sealed record NetworkPolicy : KubernetesObject;
