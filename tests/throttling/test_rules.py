"""Parties and peers."""

from ipaddress import ip_network

import pytest

from mailcap.throttling.rules import Parties, Peer, Rules

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1"))


@pytest.mark.parametrize(
    ("inbox", "expected"),
    [
        ("boss@other.example", True),
        ("clerk@other.example", False),
        ("any@shop.example", True),
        ("any@mail.eu.shop.example", True),
        ("any@workshop.example", False),
        ("any@example", False),
    ],
)
def test_parties_are_addresses_and_domains_with_all_below(inbox, expected):
    assert (inbox in Parties(["boss@other.example", "shop.example"])) is expected


def test_there_may_be_no_parties():
    assert not Parties()
    assert "a@b.example" not in Parties()
    assert "a@b.example" not in Parties(["c@b.example"])


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.5.0.9", Peer("127.5.0.0/24", trusted=True, denied=False, free=True)),
        ("::ffff:127.5.0.9", Peer("127.5.0.0/24", trusted=True, denied=False, free=True)),
        ("192.0.2.77", Peer("192.0.2.0/24", trusted=False, denied=False, free=False)),
        ("203.0.113.1", Peer("203.0.113.0/24", trusted=False, denied=True, free=False)),
        ("2001:db8:1:2:3::4", Peer("2001:db8:1:2::/64", trusted=False, denied=False, free=False)),
    ],
)
def test_what_is_thought_of_a_client(host, expected):
    rules = Rules(trusted_networks=LOOPBACK, denied_networks=[ip_network("203.0.113.0/24")])
    assert rules.judge(host) == expected


def test_a_trusted_client_is_looked_at_where_senders_are_denied():
    rules = Rules(trusted_networks=LOOPBACK, denied_senders=Parties(["bad.example"]))
    assert rules.judge("::1") == Peer("::/64", trusted=True, denied=False, free=False)
