"""Those who read meanwhile: one over IMAP, one over POP3, one over REST."""

import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from http.client import HTTPConnection
from imaplib import IMAP4
from itertools import cycle
from poplib import POP3
from threading import Thread

from tests.support.daemon import Service

_PATIENCE = 60  # seconds
_EVERY = 0.05  # seconds between two questions

Ask = Callable[[], None]


def imap(service: Service, inbox: str) -> Ask:
    """Return a question to a session that has selected *inbox*."""
    client = IMAP4(*service.address, timeout=_PATIENCE)
    client.login(inbox, service.password or "")
    client.select("INBOX")

    commands = cycle((client.noop, partial(client.fetch, "1", "(FLAGS ENVELOPE)")))

    def ask() -> None:
        assert next(commands)()[0] == "OK"

    return ask


def pop3(service: Service, inbox: str) -> Ask:
    """Return a question to a session of *inbox*."""
    client = POP3(*service.address, timeout=_PATIENCE)
    client.user(inbox)
    client.pass_(service.password or "")

    commands = cycle((client.stat, partial(client.top, 1, 0)))

    def ask() -> None:
        assert next(commands)()

    return ask


def rest(place: tuple[str, int], inbox: str, key: str) -> Ask:
    """Return a question for the list of *inbox*."""
    client = HTTPConnection(*place, timeout=_PATIENCE)

    def ask() -> None:
        client.request(
            "GET", f"/api/addresses/{inbox}/messages?limit=20", headers={"Mailsac-Key": key}
        )
        answer = client.getresponse()
        body = answer.read()
        assert answer.status == 200, body

    return ask


def read(askers: dict[str, tuple[str, tuple]], seconds: float) -> dict[str, list[float] | str]:
    """Ask for so many *seconds*, all at a time; return how long each answer took.

    *askers* says who asks: the name of a function here, and its arguments.  Who failed
    has said why instead.
    """
    found: dict[str, list[float] | str] = {}
    threads = [
        Thread(target=_ask, args=[name, found, seconds, kind, arguments])
        for name, (kind, arguments) in askers.items()
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def _ask(name: str, found: dict, seconds: float, kind: str, arguments: tuple) -> None:
    times: list[float] = []
    end = time.monotonic() + seconds
    try:
        ask = {"imap": imap, "pop3": pop3, "rest": rest}[kind](*arguments)
        while time.monotonic() < end:
            began = time.monotonic()
            ask()
            times.append(time.monotonic() - began)
            with suppress(ValueError):
                time.sleep(_EVERY - times[-1])
        found[name] = times
    except Exception as error:  # noqa: BLE001  # it is reported
        found[name] = repr(error)
