from ipaddress import ip_network

import pytest
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress

from mailcap.connection.peers import ProxyNetworks, host_of, is_loopback


@pytest.mark.parametrize(
    ("address", "host"),
    [
        (IPv4Address("TCP", "192.0.2.1", 1), "192.0.2.1"),
        (IPv6Address("TCP", "2001:DB8:0::1", 1), "2001:db8::1"),
        (IPv6Address("TCP", "::ffff:192.0.2.1", 1), "192.0.2.1"),
        (IPv6Address("TCP", "fe80::1%eth0", 1), "fe80::1%eth0"),
        (UNIXAddress(b"/run/mailcap"), "127.0.0.1"),
    ],
)
def test_a_host_is_an_ip_address(address, host):
    assert host_of(address) == host


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
def test_loopback(host):
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["192.0.2.1", "::", "2001:db8::1", "::ffff:192.0.2.1"])
def test_not_loopback(host):
    assert not is_loopback(host)


def test_networks_of_both_kinds():
    proxies = ProxyNetworks((ip_network("192.0.2.0/24"), ip_network("2001:db8::/32")))
    assert "192.0.2.77" in proxies
    assert "::ffff:192.0.2.77" in proxies
    assert "2001:db8::1" in proxies
    assert "198.51.100.1" not in proxies
    assert "2001:db9::1" not in proxies
    assert "192.0.2.77" not in ProxyNetworks()
