"""Whoever watches a mailbox is called when it has changed, and nobody else."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcap.services.hub import Hub


@pytest.fixture
def hub() -> Hub:
    return Hub()


def noting(calls: list[str], name: str) -> Callable[[], None]:
    return lambda: calls.append(name)


def test_only_those_who_watch_are_called(hub: Hub) -> None:
    calls: list[str] = []
    hub.watch(1, noting(calls, "a"), kind="imap")
    hub.watch(1, noting(calls, "b"), kind="imap")
    hub.watch(2, noting(calls, "c"), kind="imap")
    hub.changed([1, 3])
    assert calls == ["a", "b"]


def test_if_it_may_be_any_all_are_called(hub: Hub) -> None:
    calls: list[str] = []
    hub.watch(1, noting(calls, "a"), kind="imap")
    hub.watch(2, noting(calls, "b"), kind="imap")
    hub.changed(None)
    assert calls == ["a", "b"]


def test_whoever_stopped_watching_is_left_alone(hub: Hub) -> None:
    calls: list[str] = []
    stop = hub.watch(1, noting(calls, "a"), kind="imap")
    hub.watch(1, noting(calls, "b"), kind="imap")
    stop()
    stop()
    hub.changed([1])
    assert calls == ["b"]


def test_the_same_function_may_watch_twice(hub: Hub) -> None:
    calls: list[str] = []
    call = noting(calls, "a")
    stop = hub.watch(1, call, kind="imap")
    hub.watch(1, call, kind="imap")
    stop()
    hub.changed([1])
    assert calls == ["a"]


def test_one_that_fails_costs_the_others_nothing(hub: Hub) -> None:
    calls: list[str] = []

    def fail() -> None:
        raise ValueError("mine")

    hub.watch(1, fail, kind="imap")
    hub.watch(1, noting(calls, "b"), kind="imap")
    hub.changed([1])
    assert calls == ["b"]


def test_one_may_stop_watching_while_it_is_called(hub: Hub) -> None:
    calls: list[str] = []
    stops: list[Callable[[], None]] = []

    def once() -> None:
        calls.append("once")
        stops[0]()

    stops.append(hub.watch(1, once, kind="imap"))
    hub.changed([1])
    hub.changed([1])
    assert calls == ["once"]


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans())))
def test_nothing_is_kept_of_those_who_stopped(history: list[tuple[int, bool]]) -> None:
    hub = Hub()
    stops: list[Callable[[], None]] = []
    for mailbox, come in history:
        if come or not stops:
            stops.append(hub.watch(mailbox, lambda: None, kind="imap"))
        else:
            stops.pop(mailbox % len(stops))()
    for stop in stops:
        stop()
    assert not hub._watchers


def test_those_who_watch_are_counted_by_kind(hub):
    stops = [hub.watch(1, lambda: None, kind=kind) for kind in ("wait", "wait", "websocket")]
    assert hub.counts == {"imap": 0, "pop3": 0, "wait": 2, "websocket": 1}
    for stop in (*stops, stops[0]):  # twice is once
        stop()
    assert set(hub.counts.values()) == {0}
