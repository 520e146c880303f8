import pytest
from twisted.logger import globalLogPublisher
from twisted.protocols import tls

from connection.wires import Reactor


@pytest.fixture
def reactor(monkeypatch):
    reactor = Reactor()
    # STARTTLS takes the global reactor to gather small writes; it has this hook for tests.
    monkeypatch.setattr(tls, "_get_default_clock", lambda: reactor)
    yield reactor
    reactor.close()


@pytest.fixture
def failures():
    """What was logged as a failure during the test."""
    logged = []

    def note(event):
        if "log_failure" in event:
            logged.append(event["log_failure"].value)

    globalLogPublisher.addObserver(note)
    yield logged
    globalLogPublisher.removeObserver(note)
