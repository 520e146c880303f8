"""The order of things: a start that fails undoes itself, and an end ends everything."""

import signal
from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace

import pytest
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import ProcessDone
from twisted.internet.protocol import Factory, ProcessProtocol
from twisted.internet.testing import MemoryReactorClock
from twisted.logger import globalLogPublisher
from twisted.python.failure import Failure

from mailcap.assembly import server as module
from mailcap.assembly.files import Claim
from mailcap.assembly.server import Server
from mailcap.assembly.tls import ServerTLS
from mailcap.domain.errors import ConfigurationError
from mailcap.settings import load


class Reactor(MemoryReactorClock):
    """Has no threads, as long as nobody wants one, and no processes that do anything."""

    def getThreadPool(self) -> None:
        return None

    def spawnProcess(self, protocol: ProcessProtocol, *_arguments: object, **_more: object) -> None:
        protocol.transport = SimpleNamespace(
            write=lambda _octets: None,
            closeStdin=lambda: protocol.processEnded(Failure(ProcessDone(0))),
        )


@pytest.fixture
def server(folder: Path) -> Server:
    settings = load(data_dir=str(folder), environment={}, options=["shutdown.timeout=7"])
    return Server(settings, Reactor(), admin_key=None)


class Parts:
    """Everything that is to be stopped; notes in which order that happens."""

    def __init__(self, **outcomes: object) -> None:
        self.stopped: list[object] = []
        self._outcomes = outcomes

    def step(self, name: str):
        def stop(*arguments) -> object:
            self.stopped.append((name, *arguments))
            outcome = self._outcomes.get(name)
            if isinstance(outcome, Exception):
                raise outcome
            return outcome

        return stop

    def given_to(self, server: Server) -> Server:
        server._listeners = SimpleNamespace(close=self.step("listeners"))
        server._parts = SimpleNamespace(
            registry=SimpleNamespace(
                shut_down=self.step("clients"),
                cut_off=self.step("connections"),
                hurry=lambda: None,
            ),
            delivery=SimpleNamespace(stop=self.step("intake")),
            retention=SimpleNamespace(stopService=self.step("retention")),
            guard=SimpleNamespace(stopService=self.step("guard")),
            doors=SimpleNamespace(stopService=self.step("doors")),
            counting=SimpleNamespace(stopService=self.step("counting")),
        )
        server._store = SimpleNamespace(close=self.step("store"))
        server._renewal = SimpleNamespace(stop=self.step("certificate"))
        server._claims = [SimpleNamespace(close=self.step("claim"))]
        return server


ALL = [
    ("listeners",),
    ("doors",),
    ("clients", 7),
    ("intake",),
    ("connections",),
    ("store",),
    ("retention",),
    ("guard",),
    ("counting",),
    ("certificate",),
    ("claim",),
]


def test_everything_stops_in_order(server):
    parts = Parts()
    stopping = parts.given_to(server).stopService()
    assert stopping.called
    assert parts.stopped == ALL


def test_the_store_closes_when_the_last_client_is_gone(server):
    left: Deferred[None] = Deferred()
    told: Deferred[None] = Deferred()
    gone: Deferred[None] = Deferred()
    parts = Parts(listeners=succeed(None), clients=left, intake=told, connections=gone)
    stopping = parts.given_to(server).stopService()
    assert parts.stopped == ALL[:3]
    left.callback(None)
    assert parts.stopped == ALL[:4]  # nobody is cut off whose message is being stored
    told.callback(None)
    assert parts.stopped == ALL[:5]
    gone.callback(None)
    assert stopping.called
    assert parts.stopped == ALL


def test_a_second_signal_may_come_before_clients_are_told(server):
    closed: Deferred[None] = Deferred()
    parts = Parts(listeners=closed)
    stopping = parts.given_to(server).stopService()
    server._hurry()
    closed.callback(None)
    assert stopping.called
    assert ("clients", 0) in parts.stopped


@pytest.mark.parametrize("outcome", [RuntimeError("broken"), fail], ids=["raised", "fired"])
@pytest.mark.parametrize(
    "name",
    [name for name, *_ in ALL if name != "claim"],
)
def test_what_fails_to_stop_is_logged_and_stops_nothing_else(server, name, outcome):
    if outcome is fail:
        outcome = fail(RuntimeError("broken"))
    parts = Parts(**{name: outcome})
    events: list[dict] = []
    globalLogPublisher.addObserver(events.append)
    try:
        assert parts.given_to(server).stopService().called
    finally:
        globalLogPublisher.removeObserver(events.append)
    assert parts.stopped == ALL
    (event,) = events
    assert event["what"] == name
    assert "broken" in str(event["log_failure"].value)


@pytest.mark.parametrize("error", [ConfigurationError("no"), RuntimeError("a bug")])
@pytest.mark.parametrize("step", ["make_parts", "ensure_admin", "write_access"])
def test_a_start_that_fails_leaves_nothing(server, folder, monkeypatch, step, error):
    def raise_error(*_arguments, **_options):
        raise error

    monkeypatch.setattr(module, step, raise_error)
    with pytest.raises(type(error)):
        server.startService()
    assert not server.running
    assert not folder.exists()


def test_a_start_that_fails_takes_nothing_away_that_was_there(server, folder, monkeypatch):
    def refuse(*_arguments, **_options):
        raise ConfigurationError("no")

    folder.mkdir()
    (folder / "precious").write_text("mail")
    monkeypatch.setattr(module, "write_access", refuse)
    with pytest.raises(ConfigurationError):
        server.startService()
    assert (folder / "precious").read_text() == "mail"
    assert not (folder / "access.env").exists()
    Claim(folder / "lock", "the folder").close()


def test_the_certificate_is_looked_after_while_the_server_runs(server, monkeypatch):
    looks = []
    monkeypatch.setattr(ServerTLS, "renew", lambda _tls: looks.append("look"))
    monkeypatch.setattr(module, "make_parts", make_no_parts)
    server.startService()
    assert looks == []  # it has just been loaded
    for hours in (1, 2):
        server._reactor.advance(3600)
        assert len(looks) == hours
    assert server.stopService().called
    server._reactor.advance(10_000)
    assert len(looks) == 2
    assert server._reactor.getDelayedCalls() == []


@pytest.mark.parametrize("owner", [True, False])
def test_only_who_owns_the_process_takes_its_signal(folder, monkeypatch, owner):
    settings = load(data_dir=str(folder), environment={})
    before = signal.getsignal(signal.SIGHUP)
    monkeypatch.setattr(module, "make_parts", make_no_parts)
    reread = (lambda: settings) if owner else None
    server = Server(settings, Reactor(), admin_key=None, reread=reread)
    server.startService()
    assert (signal.getsignal(signal.SIGHUP) == before) is not owner
    assert server.stopService().called
    # Whoever owned the process is on the way out, and not to be killed on it.
    assert signal.getsignal(signal.SIGHUP) == (signal.SIG_IGN if owner else before)
    signal.signal(signal.SIGHUP, before)


def make_no_parts(*_arguments, **_options) -> SimpleNamespace:
    """Return parts of which none does anything."""
    idle = SimpleNamespace(
        startService=lambda: None,
        stopService=lambda: None,
        pulse=SimpleNamespace(listeners=[]),
    )
    registry = SimpleNamespace(shut_down=lambda _timeout: None, cut_off=lambda: None)
    return SimpleNamespace(
        factories=defaultdict(Factory),
        registry=registry,
        delivery=SimpleNamespace(stop=lambda: None),
        retention=idle,
        guard=idle,
        doors=idle,
        counting=idle,
    )


def test_nothing_happens_before_the_start(server, folder):
    server.privilegedStartService()
    assert not folder.exists()


def test_a_database_elsewhere_is_claimed_too(tmp_path, folder):
    database = tmp_path / "mail.db"
    held = Claim(tmp_path / "mail.db.lock", "it")
    settings = load(
        data_dir=str(folder), environment={}, options=[f"storage.url=sqlite:///{database}"]
    )
    with pytest.raises(ConfigurationError, match=f"the database {database} is in use"):
        Server(settings, Reactor(), admin_key=None).startService()
    held.close()
    assert not folder.exists()
    assert not database.exists()
