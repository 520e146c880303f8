import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcap.authentication.sources import Source, Sources


@pytest.mark.parametrize(
    ("peer", "block"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("192.0.2.255", "192.0.2.0/24"),
        ("192.0.3.0", "192.0.3.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("/run/mailcap.sock", "/run/mailcap.sock"),
    ],
)
def test_the_block_is_what_a_client_cannot_easily_leave(peer, block):
    assert Sources().of(peer).block == block


@pytest.mark.parametrize(
    ("peer", "trusted"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("128.0.0.1", False),
        ("::2", False),
        ("192.0.2.1", False),
        ("", False),
        ("localhost", False),
    ],
)
def test_the_machine_itself_is_trusted_unless_said_otherwise(peer, trusted):
    assert Sources().of(peer).trusted is trusted
    assert Sources([]).of(peer).trusted is False


def test_an_operator_trusts_networks():
    sources = Sources([ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("2001:db8::/32")])
    assert sources.of("10.1.2.3") == Source("10.1.2.0/24", trusted=True)
    assert sources.of("2001:db8::1").trusted
    assert not sources.of("127.0.0.1").trusted
    assert not sources.of("11.0.0.1").trusted


@given(st.ip_addresses(), st.ip_addresses())
def test_two_addresses_share_a_block_exactly_if_they_share_its_prefix(one, other):
    sources = Sources()
    blocks = [ipaddress.ip_network(sources.of(str(each)).block) for each in (one, other)]
    mapped = [getattr(each, "ipv4_mapped", None) or each for each in (one, other)]
    assert mapped[0] in blocks[0]
    same = mapped[1].version == mapped[0].version and mapped[1] in blocks[0]
    assert (blocks[0] == blocks[1]) == same


@given(st.text())
def test_no_peer_is_an_error(peer):
    assert isinstance(Sources().of(peer), Source)


def test_a_flood_of_peers_is_not_remembered_for_ever():
    sources = Sources()
    for number in range(100_000):
        sources.of(str(ipaddress.ip_address(number)))
    assert sources.of.cache_info().currsize <= 4096
