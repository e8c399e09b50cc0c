using System.Collections.Frozen;

namespace Babyhelm.Core.Manifests;

/// <summary>Default ports of widely used images, as their own documentation gives them. Only a proposal for the form.</summary>
internal static class WellKnownImages
{
    public const int DefaultPort = 8080;

    private static readonly FrozenDictionary<string, int> Ports = new Dictionary<string, int>
    {
        ["nginx"] = 80,
        ["httpd"] = 80,
        ["caddy"] = 80,
        ["traefik"] = 80,
        ["whoami"] = 80,
        ["wordpress"] = 80,
        ["phpmyadmin"] = 80,
        ["ghost"] = 2368,
        ["grafana"] = 3000,
        ["gitea"] = 3000,
        ["mysql"] = 3306,
        ["mariadb"] = 3306,
        ["nats"] = 4222,
        ["registry"] = 5000,
        ["postgres"] = 5432,
        ["rabbitmq"] = 5672,
        ["redis"] = 6379,
        ["valkey"] = 6379,
        ["minio"] = 9000,
        ["prometheus"] = 9090,
        ["elasticsearch"] = 9200,
        ["memcached"] = 11211,
        ["mongo"] = 27017,
    }.ToFrozenDictionary();

    public static bool Knows(string shortName) => Ports.ContainsKey(shortName);

    public static int Port(string shortName) => Ports.GetValueOrDefault(shortName, DefaultPort);
}
