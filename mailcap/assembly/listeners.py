"""The listeners: what each role is, opening all of them, closing them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred, gatherResults, maybeDeferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IListeningPort, IProtocolFactory
from twisted.logger import Logger
from twisted.python.failure import Failure

from mailcap.domain.errors import ConfigurationError
from mailcap.settings import Listen

_log = Logger()

# How many connections the system holds until we take them: a thousand tests begin at
# once, and Twisted's own 50 would make the others wait for a second or three.
_BACKLOG = 1024
# Twisted takes ever more of them in a row while they come faster than it takes them.  In a
# storm everybody else would have to wait for hundreds.
_ACCEPTED_AT_ONCE = 50
_HAS_BACKLOG = ("tcp:", "tcp6:", "unix:")
_INTERFACE = re.compile(r":interface=((?:\\.|[^:\\])+)")
_WILDCARDS = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104


@dataclass(frozen=True, slots=True)
class Role:
    """What a listener is for.

    *name* is the setting in section ``listen``; *prefix* that of its variables in
    ``access.env``, None for the API, which is described by a URL.
    """

    name: str
    prefix: str | None = None


ROLES = (
    Role("smtp", "SMTP"),
    Role("submission", "SUBMISSION"),
    Role("submissions", "SECURE_SMTP"),
    Role("imap", "IMAP"),
    Role("imaps", "SECURE_IMAP"),
    Role("pop3", "POP3"),
    Role("pop3s", "SECURE_POP3"),
    Role("http"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where clients connect."""

    host: str
    port: int

    @property
    def authority(self) -> str:
        """Host and port as in a URL."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Listeners:
    """The open ports, by role."""

    def __init__(self) -> None:
        self._ports: dict[str, list[IListeningPort]] = {}

    def open(
        self, settings: Listen, factories: Mapping[str, IProtocolFactory], reactor: Any
    ) -> None:
        """Open every listener of *settings*.

        Raises `ConfigurationError` for the first that does not open; `close` closes
        the others.
        """
        for role in ROLES:
            ports = self._ports.setdefault(role.name, [])
            for place, description in enumerate(getattr(settings, role.name)):
                setting = f"listen.{role.name}[{place}]"
                ports.append(_listen(setting, description, factories[role.name], reactor))
                _log.info(
                    "{setting}: listening on {address}",
                    setting=setting,
                    address=_shown(ports[-1].getHost()),
                )

    def place(self, role: str) -> Place | None:
        """Return where the first listener of *role* is, None if that is no port."""
        for port in self._ports.get(role, ())[:1]:
            address = port.getHost()
            if isinstance(address, IPv4Address | IPv6Address):
                return Place(_WILDCARDS.get(address.host, address.host), address.port)
        return None

    def calm(self) -> bool:
        """Take no more connections in a row than others can wait for.

        To be called all the time; there is no hurry.
        """
        for ports in self._ports.values():
            for port in ports:
                if getattr(port, "numberAccepts", 0) > _ACCEPTED_AT_ONCE:
                    port.numberAccepts = _ACCEPTED_AT_ONCE  # type: ignore[attr-defined]
        return False

    def close(self) -> Deferred[Any]:
        """Stop listening; fires when all are closed.  Connections stay open."""
        ports = [port for ports in self._ports.values() for port in ports]
        self._ports.clear()
        return gatherResults([maybeDeferred(port.stopListening) for port in ports])


def interfaces(descriptions: Iterable[str]) -> set[str]:
    """Return the hosts that endpoint *descriptions* name, wildcards left out."""
    found = {host for each in descriptions for host in _INTERFACE.findall(each)}
    return {re.sub(r"\\(.)", r"\1", host) for host in found} - _WILDCARDS.keys()


def _listen(
    setting: str, description: str, factory: IProtocolFactory, reactor: Any
) -> IListeningPort:
    """Return an open port."""
    outcome: list[Any] = []
    try:
        endpoint = serverFromString(reactor, _with_backlog(description))
        endpoint.listen(factory).addBoth(outcome.append)
    except Exception as error:  # noqa: BLE001  plugins may raise anything
        outcome.append(Failure(error))
    if not outcome:
        reason: object = "it does not open at once"
    elif isinstance(outcome[0], Failure):
        reason = _reason(outcome[0].value)
    else:
        port: IListeningPort = outcome[0]
        return port
    raise ConfigurationError(f"{setting}: cannot listen on {description}: {reason}")


def _with_backlog(description: str) -> str:
    if description.startswith(_HAS_BACKLOG) and ":backlog=" not in description:
        return f"{description}:backlog={_BACKLOG}"
    return description


def _reason(error: BaseException | None) -> object:
    """Return what the system says about an endpoint that does not open."""
    if isinstance(error, LookupError):
        return "systemd handed over no such socket"
    cause = error.socketError if isinstance(error, CannotListenError) else error
    if isinstance(cause, PermissionError):
        return "Permission denied (ports below 1024 need CAP_NET_BIND_SERVICE, or systemd's socket)"
    return getattr(cause, "strerror", None) or cause


def _shown(address: object) -> str:
    if isinstance(address, IPv4Address | IPv6Address):
        return Place(address.host, address.port).authority
    name = getattr(address, "name", None)  # a UNIX socket's
    return name.decode(errors="replace") if isinstance(name, bytes) else str(address)
