using System.Net;
using System.Net.Sockets;

namespace Babyhelm.Core.Common.Outbound;

/// <summary>Which addresses a request to an address that a user gave may reach.</summary>
public static class AddressRules
{
    /// <summary>Ranges that are not the internet: this host, private and shared networks, link-local (with the clouds' metadata), documentation, multicast, reserved.</summary>
    private static readonly IPNetwork[] Closed =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
            "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            "168.63.129.16/32", // a cloud's metadata and DNS, at a public address
            "::/127", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
        }.Select(IPNetwork.Parse),
    ];

    private static readonly IPNetwork SixToFour = IPNetwork.Parse("2002::/16");
    private static readonly IPNetwork[] Translated = [IPNetwork.Parse("64:ff9b::/96"), IPNetwork.Parse("::/96")];

    /// <summary>Whether the address may be connected to.</summary>
    /// <param name="allowed">Closed networks that an administrator has opened.</param>
    public static bool Permits(IPAddress address, IReadOnlyList<IPNetwork> allowed)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        if (allowed.Any(network => network.Contains(plain))) return true;
        if (Closed.Any(network => network.Contains(plain))) return false;
        // An IPv4 address inside of an IPv6 address is reached through a translator or tunnel.
        return Embedded(plain) is not { } inner || Permits(inner, allowed);
    }

    private static IPAddress? Embedded(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6) return null;
        var bytes = address.GetAddressBytes();
        if (SixToFour.Contains(address)) return new IPAddress(bytes.AsSpan(2, 4));
        return Translated.Any(network => network.Contains(address)) ? new IPAddress(bytes.AsSpan(12, 4)) : null;
    }
}
