using System.Net;
using System.Net.Sockets;

namespace Babyhelm.Core.Common;

/// <summary>The network that a client is counted by: one customer of an IPv6 provider has at least the addresses of a /64.</summary>
public static class Network
{
    private const int Ipv6Prefix = 64;

    /// <summary>An IPv4 address as it is, an IPv6 one as its /64, for example <c>2001:db8::/64</c>; null for none.</summary>
    public static string? Of(IPAddress? address)
    {
        if (address is { IsIPv4MappedToIPv6: true }) return address.MapToIPv4().ToString();
        if (address?.AddressFamily != AddressFamily.InterNetworkV6) return address?.ToString();
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(Ipv6Prefix / 8).Clear();
        return $"{new IPAddress(bytes)}/{Ipv6Prefix}";
    }
}
