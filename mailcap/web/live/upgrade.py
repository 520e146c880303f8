"""From an HTTP request to a WebSocket: the handshake, who it is, what it asks for."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from twisted.internet.defer import Deferred
from wsproto.connection import ConnectionType
from wsproto.events import AcceptConnection
from wsproto.handshake import H11Handshake
from wsproto.utilities import RemoteProtocolError

from mailcap.domain.accounts import Identity
from mailcap.domain.errors import (
    AuthenticationFailed,
    AuthenticationRequired,
    InvalidValue,
    NotPermitted,
)
from mailcap.domain.ports import ArrivalStore
from mailcap.services.arrivals import Arrivals
from mailcap.web.live.frames import Frames
from mailcap.web.live.listening import Listening, Names, read_names
from mailcap.web.live.session import Session
from mailcap.web.problems import problem, problem_reply
from mailcap.web.replies import Reply
from mailcap.web.request import Request
from mailcap.web.responses import write_reply
from mailcap.web.routing import Identify, Meant, Route

PATH = "/incoming-messages"

_UPGRADE_REQUIRED = 426

# All of a handshake's header that says anything here (RFC 6455 section 4.2.1).
_HANDSHAKE = (
    b"Host",
    b"Upgrade",
    b"Connection",
    b"Sec-WebSocket-Key",
    b"Sec-WebSocket-Version",
)
_PRINTABLE = re.compile(rb"[ -~]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """Takes over requests for a WebSocket.

    *identify* finds whose key came with a request, *meant* the inbox that an account means
    by an address; *origins* are those of web pages that may connect beside the server's own.
    """

    identify: Identify
    meant: Meant
    store: ArrivalStore
    arrivals: Arrivals
    frames: Frames
    clock: Any
    origins: Collection[str] = ()

    @property
    def routes(self) -> tuple[Route, ...]:
        """What is answered where no WebSocket is asked for."""
        return (Route("GET", PATH, self.no_websocket, open=True, hidden=True),)

    async def no_websocket(self) -> Reply:
        """Tell that this is for WebSockets."""
        return problem_reply(
            _UPGRADE_REQUIRED,
            "This is a WebSocket.",
            headers=(("Upgrade", "websocket"), ("Connection", "Upgrade")),
        )

    def wants(self, request: Request) -> bool:
        """Whether *request* asks for this WebSocket."""
        return (
            request.method == b"GET"
            and request.postpath == [PATH[1:].encode()]
            and ((request.getHeader(b"Upgrade") or b"").strip().lower() == b"websocket")
        )

    def take(self, request: Request) -> None:
        """Answer the handshake of *request*, and have a session take over the connection."""
        if not is_welcome(request, self.origins):
            write_reply(request, problem_reply(403, "This web page may not connect here."))
            return
        handshake = H11Handshake(ConnectionType.SERVER)
        fields = [
            (name, value)
            for name in _HANDSHAKE
            for value in request.requestHeaders.getRawHeaders(name, [])
        ]
        if not all(_PRINTABLE.fullmatch(value) for _, value in fields):
            write_reply(request, _refused())
            return
        try:
            handshake.initiate_upgrade_connection(fields, PATH)
            answer = handshake.send(AcceptConnection())
        except RemoteProtocolError:
            write_reply(request, _refused())
            return
        self._begin(request, answer)

    def _begin(self, request: Request, answer: bytes) -> None:
        channel = request.channel
        session = Session(channel, self.clock)
        session.send(answer)
        channel.hand_over(session)
        Deferred.fromCoroutine(self._serve(request, session))

    async def _serve(self, request: Request, session: Session) -> None:
        """Let *session* hear of what it may, or tell it why it may not."""
        try:
            who = await self.identify(request)
            names = await self._names(request, who)
            listening = Listening(session, who, self.frames)
            session.ended.addCallback(lambda _: listening.end())
            await listening.begin(names, self.store, self.arrivals)
        except (AuthenticationRequired, AuthenticationFailed):
            session.refuse(401, "Not authorized: the key is missing or wrong.")
        except (NotPermitted, InvalidValue) as error:
            session.refuse(403, str(error))
        except Exception as error:  # noqa: BLE001 - a client never sees a traceback
            reply = problem(error, during=PATH)
            session.refuse(reply.status, json.loads(reply.body)["message"])

    async def _names(self, request: Request, who: Identity) -> Names:
        """Return what the asker means: the alias of an own inbox stands for the inbox."""
        names = read_names(_text(request, b"addresses"))
        meant = {
            name: await self.meant(who.account, inbox) for name, inbox in names.addresses.items()
        }
        return Names(meant, names.domains)


def _text(request: Request, name: bytes) -> str:
    given: list[bytes] = request.args.get(name) or [b""]
    return given[0].decode(errors="replace")


def _refused() -> Reply:
    """Return the answer to a handshake that is none (RFC 6455 section 4.4)."""
    version = (("Sec-WebSocket-Version", "13"),)
    return problem_reply(400, "This is no handshake of a WebSocket.", headers=version)


def is_welcome(request: Request, origins: Collection[str]) -> bool:
    """Whether the web page that connects, if it is one, is the server's own or in *origins*.

    A browser lets any page connect anywhere, and says which one it is (RFC 6455 section
    10.2).
    """
    origin = request.getHeader(b"Origin")
    if origin is None:
        return True
    text = origin.decode("latin-1").strip().lower()
    if text in origins:
        return True
    scheme = "https" if request.isSecure() else "http"
    host = (request.getHeader(b"Host") or b"").decode("latin-1").strip().lower()
    return _place(text) == _place(f"{scheme}://{host}") is not None


def _place(url: str) -> tuple[str, str | None, int | None] | None:
    """Return scheme, host and port; None if *url* has none."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return None
    return (parts.scheme, parts.hostname, port) if parts.hostname and port else None
