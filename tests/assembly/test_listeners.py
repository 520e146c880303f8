"""Opening and closing the ports of every role."""

import errno
import os
from dataclasses import fields
from pathlib import Path

import pytest
from twisted.internet.address import IPv4Address, UNIXAddress
from twisted.internet.defer import Deferred
from twisted.internet.error import CannotListenError
from twisted.internet.protocol import Factory
from twisted.internet.testing import MemoryReactor
from twisted.logger import globalLogPublisher

from mailcap.assembly import listeners
from mailcap.assembly.listeners import ROLES, Listeners, Place, interfaces
from mailcap.domain.errors import ConfigurationError
from mailcap.settings import Listen

FACTORIES = {role.name: Factory() for role in ROLES}
OFF = dict.fromkeys(FACTORIES, ())


class Reactor(MemoryReactor):
    """Refuses the ports in *taken*."""

    def __init__(self, *taken: int, reason: OSError | None = None) -> None:
        super().__init__()
        self._taken = taken
        self._reason = reason or OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))

    def listenTCP(self, port, factory, backlog=50, interface=""):
        if port in self._taken:
            raise CannotListenError(interface, port, self._reason)
        return super().listenTCP(port, factory, backlog, interface)


def opened(reactor, **roles) -> Listeners:
    found = Listeners()
    found.open(Listen(**OFF | roles), FACTORIES, reactor)
    return found


def refusal(reactor, **roles) -> str:
    with pytest.raises(ConfigurationError) as caught:
        opened(reactor, **roles)
    (problem,) = caught.value.problems
    return problem


def test_every_setting_has_its_role_and_every_role_its_setting():
    assert [role.name for role in ROLES] == [each.name for each in fields(Listen)]


def test_each_role_gets_its_own_factory():
    reactor = Reactor()
    Listeners().open(Listen(), FACTORIES, reactor)
    assert [(port, factory) for port, factory, *_ in reactor.tcpServers] == [
        (2525, FACTORIES["smtp"]),
        (5587, FACTORIES["submission"]),
        (2465, FACTORIES["submissions"]),
        (1143, FACTORIES["imap"]),
        (8993, FACTORIES["imaps"]),
        (1110, FACTORIES["pop3"]),
        (8995, FACTORIES["pop3s"]),
        (8025, FACTORIES["http"]),
    ]
    assert {interface for *_, interface in reactor.tcpServers} == {"127.0.0.1"}


def test_a_thousand_may_come_at_once_unless_the_operator_says_otherwise():
    reactor = Reactor()
    opened(reactor, smtp=("tcp:25", "tcp:26:backlog=5"))
    assert [backlog for _, _, backlog, _ in reactor.tcpServers] == [1024, 5]


def test_a_role_may_have_several_listeners_and_the_first_one_is_told():
    reactor = Reactor()
    found = opened(reactor, smtp=("tcp:1:interface=192.0.2.1", "tcp:2:interface=192.0.2.2"))
    assert len(reactor.tcpServers) == 2
    assert found.place("smtp") is not None
    assert found.place("http") is None


def test_a_socket_file_is_no_place_for_clients_elsewhere():
    reactor = Reactor()
    found = opened(reactor, smtp=("unix:/run/mailcap.sock", "tcp:25"))
    assert reactor.unixServers[0][0] == "/run/mailcap.sock"
    assert found.place("smtp") is None


@pytest.mark.parametrize(
    ("host", "told"),
    [("0.0.0.0", "127.0.0.1"), ("::", "::1"), ("192.0.2.1", "192.0.2.1")],
)
def test_a_wildcard_is_told_as_an_address_that_one_can_connect_to(host, told, monkeypatch):
    reactor = Reactor()
    found = opened(reactor, smtp=("tcp:25",))
    (port,) = found._ports["smtp"]
    monkeypatch.setattr(type(port), "getHost", lambda _: IPv4Address("TCP", host, 40025))
    assert found.place("smtp") == Place(told, 40025)


def test_a_taken_port_is_named_with_its_setting_and_the_reason():
    problem = refusal(Reactor(26), smtp=("tcp:25", "tcp:26:interface=127.0.0.1"))
    assert problem == (
        "listen.smtp[1]: cannot listen on tcp:26:interface=127.0.0.1: Address already in use"
    )


def test_a_port_for_the_superuser_comes_with_the_remedy():
    reactor = Reactor(25, reason=PermissionError(errno.EACCES, "Permission denied"))
    assert "CAP_NET_BIND_SERVICE" in refusal(reactor, smtp=("tcp:25",))


def test_a_socket_that_systemd_did_not_hand_over_is_named():
    for which in ("name=smtp", "index=0"):
        problem = refusal(Reactor(), smtp=(f"systemd:domain=INET:{which}",))
        assert problem.endswith("systemd handed over no such socket")


def test_a_folder_that_is_not_there_is_a_reason(tmp_path):
    from twisted.internet import reactor

    problem = refusal(reactor, http=(f"unix:{tmp_path}/none/http.sock",))
    assert problem.endswith(": No such file or directory")


def test_an_endpoint_that_takes_its_time_is_refused(monkeypatch):
    """By the time it fails, everybody would believe that it is open."""

    class Slow:
        def listen(self, _factory) -> Deferred:
            return Deferred()

    monkeypatch.setattr(listeners, "serverFromString", lambda *_: Slow())
    assert refusal(Reactor(), smtp=("onion:80",)).endswith("it does not open at once")


def test_what_was_open_before_a_failure_can_be_closed():
    reactor = Reactor(26)
    found = Listeners()
    with pytest.raises(ConfigurationError):
        found.open(Listen(**OFF | {"smtp": ("tcp:25", "tcp:26")}), FACTORIES, reactor)
    closed: list[object] = []
    ((port,),) = (ports for ports in found._ports.values() if ports)
    port.stopListening = lambda: closed.append(port)
    found.close().addErrback(pytest.fail)
    assert closed == [port]


def test_closing_waits_until_all_are_closed():
    found = opened(Reactor(), smtp=("tcp:1", "tcp:2"))
    waits = []
    for port in found._ports["smtp"]:
        waits.append(Deferred())
        port.stopListening = lambda wait=waits[-1]: wait
    closing = found.close()
    waits[0].callback(None)
    assert not closing.called
    waits[1].callback(None)
    assert closing.called
    assert found.place("smtp") is None


def test_the_log_has_a_line_for_each_listener():
    events: list[dict] = []
    globalLogPublisher.addObserver(events.append)
    try:
        opened(Reactor(), smtp=("tcp:25",), http=("unix:/run/mailcap.sock",))
    finally:
        globalLogPublisher.removeObserver(events.append)
    assert [event["log_format"].format(**event) for event in events] == [
        "listen.smtp[0]: listening on 0.0.0.0:25",
        "listen.http[0]: listening on /run/mailcap.sock",
    ]


def test_a_socket_file_is_shown_as_its_path():
    assert listeners._shown(UNIXAddress(b"/run/x")) == "/run/x"
    assert listeners._shown(IPv4Address("TCP", "::1", 25)) == "[::1]:25"


def test_the_hosts_that_endpoints_name():
    assert interfaces(
        [
            "tcp:25:interface=127.0.0.1",
            "tcp:25:interface=0.0.0.0:backlog=5",
            r"tcp6:25:interface=2001\:db8\:\:1",
            r"tcp6:25:interface=\:\:",
            "tcp:interface=mail.example:port=25",
            "tcp:26",
            f"unix:{Path('/run/x')}",
        ]
    ) == {"127.0.0.1", "2001:db8::1", "mail.example"}
