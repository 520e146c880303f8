"""Who may send how much, decided with a clock that stands still."""

import time
from dataclasses import replace
from ipaddress import ip_network

import pytest
from twisted.internet.task import Clock

from fakes import outcome, outcomes
from mailcap.domain.addresses import parse_address
from mailcap.domain.errors import Refused, StoreUnavailable, Throttled
from mailcap.throttling.counters import SlidingCounters
from mailcap.throttling.policies import FREE, Policies
from mailcap.throttling.rules import Kind, Parties, Rules

PUBLIC = {Kind.ADDRESS: 300, Kind.BLOCK: 1000, Kind.DOMAIN: 150, Kind.INBOX: 100}
PUBLIC[Kind.RECIPIENT_DOMAIN] = 1000
OWNED = {kind: 20 * count for kind, count in PUBLIC.items()} | {Kind.ACCOUNT: 20_000}
RULES = Rules(public=PUBLIC, owned=OWNED)


class House:
    """Policies with a clock and owners; `send` is a client that goes the whole way."""

    def __init__(self, rules: Rules = RULES) -> None:
        self.clock = Clock()
        self.owners: dict[str, int] = {}
        self.asked: list[str] = []
        self.counters = SlidingCounters(self.clock)
        self.policies = Policies(rules, self.counters, owner_of=self.owner_of, clock=self.clock)

    async def owner_of(self, inbox: str) -> int | None:
        self.asked.append(inbox)
        return self.owners.get(inbox)

    def send(
        self,
        *recipients: str,
        peer: str = "192.0.2.1",
        helo: str = "client",
        sender: str = "",
        account: int | None = None,
        body: bytes = b"Subject: x\r\n\r\n",
    ) -> float:
        """Return how many seconds it took; raises what the last step raises."""
        began = self.clock.seconds()
        passage = self.policies.begin(peer=peer, helo=helo, mail_from=sender, account=account)
        for recipient in recipients or ("inbox@capture.example",):
            self._wait(passage.recipient(parse_address(recipient)))
        self._wait(passage.message(body))
        return self.clock.seconds() - began

    def _wait(self, waiting) -> None:
        if waiting is None:
            return
        ended = outcomes(waiting)
        while not ended:
            self.clock.advance(0.01)
        if ended[0] is not None:
            ended[0].raiseException()


@pytest.fixture
def house():
    return House()


def fast(house: House, most: int = 2000, **how) -> int:
    """Return how many messages were taken at once before the first that was not."""
    for number in range(most):
        arguments = {
            name: value(number) if callable(value) else value for name, value in how.items()
        }
        recipient = arguments.pop("recipient", "inbox@capture.example")
        try:
            if house.send(recipient, **arguments):
                return number
        except Throttled:
            return number
    return most


def refusal(house: House, **how) -> tuple[int, str]:
    """Return how many messages were taken at all before one was refused, and what was said."""
    for number in range(1000):
        arguments = {name: value(number) for name, value in how.items()}
        try:
            house.send(a_new_inbox(number), **arguments)
        except Throttled as error:
            return number, str(error)
    raise AssertionError("none was refused")


def a_new_inbox(number: int) -> str:
    return f"inbox-{number}@capture-{number}.example"


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ({"recipient": a_new_inbox}, 300),
        ({"recipient": a_new_inbox, "peer": lambda n: f"192.0.2.{n % 250}"}, 1000),
        ({"recipient": a_new_inbox, "peer": lambda n: f"2001:db8::{n:x}"}, 1000),
        ({"peer": lambda n: f"10.{n // 250}.{n % 250}.1"}, 100),
        (
            {
                "recipient": lambda n: f"inbox-{n}@capture.example",
                "peer": lambda n: f"10.{n // 250}.{n % 250}.1",
            },
            1000,
        ),
        ({"recipient": a_new_inbox, "helo": lambda n: f"{n}.helo.example"}, 150),
        ({"recipient": a_new_inbox, "sender": lambda n: f"{n}@{n}.a.b.c.sender.example"}, 150),
        (
            {"recipient": a_new_inbox, "body": lambda n: b"From: <a@%d.from.example>\r\n\r\n" % n},
            150,
        ),
        (
            {"recipient": a_new_inbox, "body": lambda n: b"Reply-To: a@%d.to.example\r\n\r\n" % n},
            150,
        ),
    ],
    ids=[
        *("address", "IPv4 block", "IPv6 block", "inbox", "recipient domain"),
        *("HELO", "MAIL FROM", "From", "Reply-To"),
    ],
)
def test_each_count_has_its_limit(house, how, expected):
    assert fast(house, **how) == expected


def test_a_domain_counts_once_in_a_message_however_often_it_is_named(house):
    body = b"From: a@x.spread.example\r\nReply-To: <b@y.spread.example>\r\n\r\n"
    taken = fast(
        house,
        recipient=a_new_inbox,
        helo="mx.spread.example",
        sender="a@spread.example",
        body=body,
    )
    assert taken == 150


def test_a_domain_is_one_count_wherever_it_is_named(house):
    """Else it would get four times as far by turns."""
    ways = [
        {"helo": "a.turns.example"},
        {"sender": "x@b.turns.example"},
        {"body": b"From: x@c.turns.example\r\n\r\n"},
        {"body": b"Reply-To: x@d.turns.example\r\n\r\n"},
    ]
    for number in range(150):
        assert house.send(a_new_inbox(number), **ways[number % 4]) == 0
    for way in ways:
        assert house.send(a_new_inbox(1000), **way) > 0


def test_each_recipient_counts(house):
    hundred = [a_new_inbox(number) for number in range(100)]
    for _ in range(3):
        assert house.send(*hundred) == 0
    assert house.send() > 0


def test_first_later_then_not_now(house):
    assert fast(house) == 100
    delays = [house.send() for _ in range(24)]
    assert delays == sorted(delays)
    assert 0 < delays[0] < 0.1
    assert 0.9 < delays[-1] <= 1.01
    assert house.policies.decisions.delayed[Kind.INBOX] == 25
    with pytest.raises(Throttled) as caught:
        house.send()
    assert str(caught.value).startswith(
        "More than 100 messages to inbox@capture.example in 60 seconds; try again in "
    )
    assert house.policies.decisions.refused[Kind.INBOX] == 1


def test_when_to_come_back_is_true(house):
    fast(house)
    house.policies.rules = replace(RULES, delayed=0)
    with pytest.raises(Throttled) as caught:
        house.send()
    house.clock.advance(int(str(caught.value).split()[-2]))
    assert house.send() == 0


def test_what_is_refused_is_not_counted(house):
    fast(house)
    house.policies.rules = replace(RULES, delayed=0)
    before = house.counters.count(Kind.ADDRESS, "192.0.2.1")
    for _ in range(1000):
        with pytest.raises(Throttled):
            house.send()
    assert house.counters.count(Kind.ADDRESS, "192.0.2.1") == before


def test_as_many_replies_are_held_back_as_may_be():
    house = House(replace(RULES, delayed=1))
    fast(house)
    passage = house.policies.begin(peer="192.0.2.1", helo="x", mail_from="", account=None)
    address = parse_address("inbox@capture.example")
    held = outcomes(passage.recipient(address))
    assert held == []
    with pytest.raises(Throttled):
        outcome(passage.recipient(address))
    house.clock.advance(1)
    assert held == [None]
    assert outcomes(passage.recipient(address)) == []


# What is owned


def test_owned_addresses_may_get_twenty_times_as_much(house):
    house.owners["inbox@capture.example"] = 7
    assert fast(house, most=2500, peer=lambda n: f"10.{n // 250}.{n % 250}.1") == 2000


def test_nobody_asks_for_the_owner_before_a_public_limit_is_exceeded(house):
    fast(house)
    assert house.asked == ["inbox@capture.example"]


def test_a_sender_that_is_too_much_for_public_inboxes_may_write_to_owned_ones(house):
    house.owners["mine@owned.example"] = 7
    fast(house, recipient=a_new_inbox)
    assert house.send("mine@owned.example") == 0
    assert house.send(a_new_inbox(5000)) > 0


def test_one_public_recipient_makes_a_message_public(house):
    house.owners |= {"a@owned.example": 7, "b@owned.example": 7}
    body = b"From: x@from.example\r\n\r\n"
    fast(house, recipient=a_new_inbox, body=body)
    assert house.send("a@owned.example", "b@owned.example", body=body) == 0
    assert house.send("a@owned.example", a_new_inbox(5000), body=body) > 0


def test_an_account_is_counted_with_all_that_it_owns(house):
    house.policies.rules = replace(
        RULES, public={Kind.ADDRESS: 10}, owned={Kind.ADDRESS: 1000, Kind.ACCOUNT: 50}
    )
    house.owners |= {f"{number}@owned.example": 7 for number in range(100)}
    # The first ten went before anybody asked for owners.
    assert fast(house, recipient=lambda n: f"{n}@owned.example") == 60


def test_who_has_logged_in_is_counted_by_account_and_as_owned(house):
    house.policies.rules = replace(RULES, owned={Kind.ADDRESS: 1000, Kind.ACCOUNT: 400})
    assert fast(house, recipient=a_new_inbox, account=3) == 400
    assert house.send(a_new_inbox(5000), account=4, peer="198.51.100.1") == 0
    assert house.asked == []


def test_what_is_not_limited_for_public_inboxes_does_not_end_at_mail(house):
    house.policies.rules = replace(RULES, public={}, owned={Kind.ADDRESS: 4})
    assert fast(house, most=10) == 10


def test_what_is_too_much_for_owned_addresses_ends_at_mail(house):
    house.policies.rules = replace(RULES, public={Kind.ADDRESS: 4}, owned={Kind.ADDRESS: 4})
    for number in range(5):
        house.send(a_new_inbox(number))
    with pytest.raises(Throttled, match="More than 4 messages from your address in 60"):
        house.policies.begin(peer="192.0.2.1", helo="x", mail_from="", account=None)


async def away(_: str) -> int | None:
    raise StoreUnavailable("The database is away.")


def test_a_store_that_is_away_is_no_reason_to_believe_anything(house):
    house.policies._owner_of = away
    for _ in range(100):
        house.send()
    with pytest.raises(StoreUnavailable):
        house.send()


def test_a_recipient_that_was_not_accepted_does_not_count_at_the_end_of_data(house):
    for _ in range(100):
        house.send()
    passage = house.policies.begin(peer="192.0.2.1", helo="x", mail_from="", account=None)
    found, house.policies._owner_of = house.policies._owner_of, away
    with pytest.raises(StoreUnavailable):
        outcome(passage.recipient(parse_address("inbox@capture.example")))
    house.policies._owner_of = found
    assert passage.recipient(parse_address("other@capture.example")) is None
    assert passage.message(b"From: a@author.example\r\n\r\n") is None
    assert house.counters.count(Kind.DOMAIN, "author.example") == 1


# Allowed and denied


@pytest.mark.parametrize(
    "rules",
    [
        {"trusted_networks": [ip_network("192.0.2.0/24")]},
        {"allowed_senders": Parties(["good.example"])},
        {"allowed_recipients": Parties(["inbox@capture.example"])},
    ],
)
def test_what_is_allowed_is_not_counted(rules):
    house = House(replace(RULES, **rules))
    body = b"From: a@good.example\r\n\r\n"
    assert fast(house, most=500, sender="a@mail.good.example", body=body) == 500
    assert len(house.counters) == 0


def test_trust_costs_next_to_nothing():
    house = House(replace(RULES, trusted_networks=[ip_network("192.0.2.0/24")]))
    begin = house.policies.begin
    assert begin(peer="192.0.2.1", helo="x", mail_from="not an address", account=None) is FREE


@pytest.mark.parametrize(
    ("rules", "how"),
    [
        ({"denied_networks": [ip_network("192.0.2.0/25")]}, {}),
        ({"denied_senders": Parties(["bad.example"])}, {"sender": "A@Mail.BAD.example"}),
        ({"denied_senders": Parties(["a@bad.example"])}, {"sender": "a+tag@bad.example"}),
        (
            {"denied_senders": Parties(["bad.example"])},
            {"body": b"From: X <a@bad.example>\r\n\r\n"},
        ),
        ({"denied_senders": Parties(["bad.example"])}, {"body": b"Reply-To: a@bad.example\n\n"}),
    ],
)
@pytest.mark.parametrize("trusted", [True, False])
def test_what_is_denied_is_refused_for_good(rules, how, trusted):
    networks = [ip_network("192.0.2.0/24")] if trusted else []
    house = House(replace(RULES, trusted_networks=networks, **rules))
    with pytest.raises(Refused, match="is not taken"):
        house.send(**how)
    assert house.policies.decisions.denied == 1


def test_others_are_not_denied():
    house = House(
        replace(
            RULES,
            denied_networks=[ip_network("192.0.2.128/25")],
            denied_senders=Parties(["bad.example", "a@mixed.example"]),
        )
    )
    body = b"From: b@mixed.example\r\n\r\nFrom: a@bad.example\r\n"
    assert house.send(sender="b@mixed.example", helo="mx.bad.example", body=body) == 0


# Attackers


def test_unique_deep_subdomains_and_changing_names_do_not_help(house):
    """The attack of a published post-mortem."""

    def deep(number: int) -> str:
        return f"a{number}.b{number}.c{number}.d{number}.e{number}.attack.example"

    taken, said = refusal(
        house,
        peer=lambda n: f"10.0.{n}.1",
        helo=lambda n: f"host-{n}.helo-{n}.example",
        sender=lambda n: f"news@{deep(n)}",
        body=lambda n: f"From: <news@{deep(n)}>\r\n\r\n".encode(),
    )
    assert taken == 187
    assert "that name the domain attack.example in 60 seconds" in said
    assert house.send(sender="good@sender.example", peer="192.0.2.1") == 0


def test_a_message_that_names_a_thousand_domains_does_not_count_for_them(house):
    names = b", ".join(b"<a@victim-%d.example>" % number for number in range(1000))
    house.send(body=b"From: " + names + b"\r\n\r\n")
    counted = [house.counters.count(Kind.DOMAIN, f"victim-{n}.example") for n in range(1000)]
    assert sum(counted) == 4


def test_a_header_that_takes_long_to_understand_holds_up_nobody(house):
    nested = b"()" * 131_000
    body = b"From: " + nested + b"\r\nReply-To: " + nested + b"\r\n\r\n"
    began = time.process_time()
    house.send(body=body)
    assert time.process_time() - began < 0.1


def test_domains_of_a_header_count_once_however_many_it_is_for(house):
    house.send(*map(a_new_inbox, range(50)), body=b"From: a@victim.example\r\n\r\n")
    assert house.counters.count(Kind.DOMAIN, "victim.example") == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"From\r\n\r\n",
        b"From: \xff\xfe@\xff\r\n\r\n",
        b"From: undisclosed:;\r\n\r\n",
        b"From: <@@@>\r\nReply-To: @\r\n\r\n",
        b"From: =?utf-8?q?a=40b.example?=\r\n\r\n",
    ],
)
def test_odd_messages_pass(house, body):
    assert house.send(sender="odd@[192.0.2.1]", helo="[192.0.2.1]", body=body) == 0


def test_decisions_have_a_fixed_set_of_kinds(house):
    refusal(house, sender=lambda n: f"a@{n}.attack.example", peer=lambda n: f"10.0.{n % 256}.1")
    decisions = house.policies.decisions
    assert set(decisions.delayed) == set(decisions.refused) == set(Kind)
