"""What other nodes have counted, as far as one hears of it."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.logger import LogEvent, formatEvent, globalLogPublisher

from fakes import outcome
from mailcap.throttling.counters import SlidingCounters
from mailcap.throttling.shared import SharedCounters


class Remote:
    """A server that counts, for as long as it is `there`."""

    def __init__(self) -> None:
        self.puts: Counter[tuple[str, str]] = Counter()
        self.packets = 0
        self.there = True

    async def put(self, namespace: str, key: str) -> None:
        self._take()
        self.puts[namespace, key] += 1

    async def count(self, namespace: str, key: str) -> int:
        self._take()
        return self.puts[namespace, key]

    def _take(self) -> None:
        if not self.there:
            raise ConnectionError("nobody is there")
        self.packets += 1


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def remote():
    return Remote()


@pytest.fixture
def nodes(clock, remote):
    return [SharedCounters(SlidingCounters(clock), remote, clock=clock) for _ in range(3)]


@contextmanager
def logged() -> Iterator[list[str]]:
    lines: list[str] = []

    def observe(event: LogEvent) -> None:
        if event["log_namespace"].endswith("throttling.shared"):
            lines.append(formatEvent(event))

    globalLogPublisher.addObserver(observe)
    yield lines
    globalLogPublisher.removeObserver(observe)


def test_what_is_counted_here_counts_at_once(nodes):
    node = nodes[0]
    node.put("inbox", "a", 2)
    assert node.count("inbox", "a") == 2
    assert node.wait("inbox", "a", 1) == 70


def test_nodes_hear_of_each_other(nodes, clock):
    for node in nodes:
        node.startService()
        node.put("inbox", "a", 4)
    clock.advance(0.5)
    nodes[0].put("inbox", "a")
    clock.advance(0.5)
    assert nodes[0].count("inbox", "a") == 13
    nodes[0].put("inbox", "a")
    assert nodes[0].count("inbox", "a") == 14
    for node in nodes:
        outcome(node.stopService())
    assert clock.getDelayedCalls() == []


def test_what_was_heard_is_forgotten_in_time(nodes, clock):
    for node in (nodes[1], nodes[0]):
        node.put("inbox", "a", 4)
        outcome(node.exchange())
    assert nodes[0].count("inbox", "a") == 8
    clock.advance(10)
    assert nodes[0].count("inbox", "a") == 4


def test_nothing_is_said_when_nothing_has_happened(nodes, remote):
    outcome(nodes[0].exchange())
    assert remote.packets == 0


def test_without_a_server_each_node_counts_alone_and_says_so_once(nodes, remote):
    node = nodes[0]
    remote.there = False
    with logged() as lines:
        for _ in range(3):
            node.put("inbox", "a")
            outcome(node.exchange())
        (line,) = lines
        assert line.startswith("no counting server answers (nobody is there): ")
        assert node.count("inbox", "a") == 3
        remote.there = True
        for _ in range(3):
            node.put("inbox", "a")
            outcome(node.exchange())
        assert lines[1:] == ["a counting server answers again: other nodes' mail is counted too"]


def test_a_silent_server_holds_up_nobody(clock):
    class Silent:
        def put(self, _namespace: str, _key: str) -> Deferred[None]:
            return Deferred()

        count = put

    node = SharedCounters(SlidingCounters(clock), Silent(), clock=clock)
    node.startService()
    node.put("inbox", "a")
    clock.advance(0.5)
    node.put("inbox", "a")
    assert node.count("inbox", "a") == 2


def test_a_flood_is_not_passed_on_and_the_heaviest_keys_come_first(nodes, remote):
    node = nodes[0]
    for number in range(50_000):
        node.put("inbox", str(number))
    node.put("inbox", "7", 100)
    outcome(node.exchange())
    assert remote.packets <= 1000
    assert remote.puts["mailcap.inbox", "7"] == 101


def test_the_window_is_that_of_the_local_counters(nodes):
    nodes[0].window = 30
    assert (nodes[0].window, nodes[0]._local.window) == (30, 30)
