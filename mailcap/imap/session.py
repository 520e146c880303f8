"""One IMAP session: which command is legal when, and what is said to it.

The session takes the events of its reader and answers each.  It does no I/O: what takes
time is a `Stream` that whoever drives the session asks for one piece after the other.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncGenerator
from typing import Final

from mailcap.authentication.sasl import (
    MECHANISMS,
    Cancelled,
    Credentials,
    Exchange,
    MalformedResponse,
)
from mailcap.connection.dialogue import After, Farewell, Stream
from mailcap.connection.peers import is_loopback
from mailcap.domain.accounts import Identity
from mailcap.domain.envelope import Connection
from mailcap.domain.errors import AuthenticationFailed, Failure
from mailcap.domain.ports import Authenticator
from mailcap.imap import replies
from mailcap.imap.handlers import access
from mailcap.imap.handlers.states import Completion, Handler, State
from mailcap.imap.replies import BadRequest, Refused, Reply
from mailcap.imap.settings import IMAPSettings
from mailcap.imap.wire import commands
from mailcap.imap.wire.commands import Authenticate, Command
from mailcap.imap.wire.events import (
    Dropped,
    LiteralAnnounced,
    Malformed,
    Response,
    TooBig,
)
from mailcap.imap.wire.reader import COMMAND_LIMIT, UNTRUSTED_LIMIT, Event, Reader

Outcome = Reply | Stream | None

_HANDLERS: Final = {**access.HANDLERS}
# What is announced, in this order, once all its commands are there.
_CAPABILITIES: Final = (
    ("LITERAL+", ()),
    ("SASL-IR", ()),
    ("ID", (commands.Id,)),
    ("ENABLE", (commands.Enable,)),
    ("UNAUTHENTICATE", (commands.Unauthenticate,)),
)


class Session:
    """The server's side of a session; see `mailcap.connection.dialogue.Session`."""

    def __init__(
        self, settings: IMAPSettings, connection: Connection, *, authenticator: Authenticator
    ) -> None:
        self.reader = Reader(message_limit=0)
        self.after: After | None = None
        self.identity: Identity | None = None
        self.enabled: set[str] = set()
        self._settings = settings
        self._connection = connection
        self._authenticator = authenticator
        self._errors = 0
        self.log_out()

    # What the connection asks

    def greeting(self) -> Reply:
        """Return what is said first, with the capabilities."""
        code = b" ".join((b"CAPABILITY", *self.capabilities()))
        return Reply(replies.ok("*", f"{self._settings.host_name} mailcap ready", code))

    def farewell(self, why: Farewell) -> Reply:
        """Return what is said last, if it is not the client who ends the session."""
        return replies.FAREWELLS[why]

    def secured(self, tls: str) -> None:
        """Learn that TLS is in use from now on, and of which kind."""
        self._connection = Connection(
            peer=self._connection.peer, local=self._connection.local, tls=tls
        )

    def handle(self, event: Event) -> Outcome:
        """Obey *event*."""
        if isinstance(event, Command):
            return self._obey(event)
        if isinstance(event, Response):
            return self._go_on(event.line, begins=False)
        if isinstance(event, LiteralAnnounced):
            return replies.CONTINUE
        if isinstance(event, Malformed):
            return self._misunderstood(event)
        return self._too_much(event)

    # What handlers ask

    def capabilities(self) -> list[bytes]:
        """Return what can be done in this state, by name."""
        found = [
            name.encode()
            for name, needed in _CAPABILITIES
            if all(kind in _HANDLERS for kind in needed)
        ]
        if self.state is State.NOT_AUTHENTICATED:
            if self.may_start_tls():
                found.append(b"STARTTLS")
            if self.may_log_in():
                found += [b"AUTH=" + mechanism.encode() for mechanism in MECHANISMS]
            else:
                found.append(b"LOGINDISABLED")
        return found

    def may_start_tls(self) -> bool:
        """Whether STARTTLS is offered."""
        return self._settings.tls is not None and self._connection.tls is None

    def may_log_in(self) -> bool:
        """Whether a password may come over this connection."""
        policy = self._settings.plaintext_auth
        return (
            self._connection.tls is not None
            or policy == "always"
            or (policy == "loopback" and is_loopback(self._connection.peer))
        )

    def forget_input(self) -> None:
        """Forget whatever the client has sent behind this command."""
        self.reader.discard()

    async def log_in(self, name: str, password: str) -> None:
        """Find out who it is.  Raises what `Authenticator.authenticate` does."""
        self.identity = await self._authenticator.authenticate(
            name, password, peer=self._connection.peer
        )
        self.state = State.AUTHENTICATED
        self.idle_seconds = self._settings.idle_seconds
        self.reader.command_limit = COMMAND_LIMIT
        self.reader.message_limit = self._settings.message_size

    def log_out(self) -> None:
        """Know nothing of the client, as at the start (RFC 8437)."""
        self.identity = None
        self.state = State.NOT_AUTHENTICATED
        self.idle_seconds = self._settings.login_seconds
        self.enabled.clear()
        self.reader.command_limit = UNTRUSTED_LIMIT
        self.reader.message_limit = 0  # nobody may store anything yet
        self.reader.utf8 = False
        self._login: tuple[str, Exchange] | None = None

    def enable(self, name: str) -> bool:
        """Enable an extension; return whether it was not enabled before."""
        is_new = name not in self.enabled
        self.enabled.add(name)
        if name in ("UTF8=ACCEPT", "IMAP4REV2"):
            self.reader.utf8 = True
        return is_new

    # One command

    def _obey(self, command: Command) -> Outcome:
        if isinstance(command, Authenticate):
            return self._authenticate(command)
        handler = _HANDLERS.get(type(command))
        if handler is None:
            return self._judge(replies.bad(command.tag, "There is no such command"))
        if self.state not in handler.states:
            return self._judge(replies.bad(command.tag, f"{handler.name} makes no sense now"))
        return Stream(self._answer(command, handler))

    async def _answer(self, command: Command, handler: Handler) -> AsyncGenerator[bytes, None]:
        completion = Completion(f"{handler.name} completed")
        try:
            answer = handler.answer(self, command, completion)
            if isinstance(answer, AsyncGenerator):
                async for piece in answer:
                    yield piece
            else:
                await answer
        except Refused as error:
            yield replies.no(command.tag, str(error), error.code)
        except BadRequest as error:
            yield self._judge(replies.bad(command.tag, str(error))).wire
        except Failure as error:
            yield self._judge(replies.refusal(command.tag, error)).wire
        else:
            self._errors = 0
            yield replies.ok(command.tag, completion.text, completion.code)

    def _too_much(self, event: Event) -> Reply:
        if isinstance(event, Dropped):
            return Reply(replies.no(event.tag, "Too much mail is on its way", "LIMIT"))
        if isinstance(event, TooBig) and not event.coming:
            return Reply(replies.no(event.tag, "That is too large", "TOOBIG"))
        self.after = After.SHUT
        return replies.TOO_BIG

    def _misunderstood(self, event: Malformed) -> Reply:
        if event.charset:
            text = "Searches are in US-ASCII or UTF-8"
            return Reply(replies.no(event.tag, text, "BADCHARSET (US-ASCII UTF-8)"))
        return self._judge(replies.bad(event.tag, event.text))

    def _judge(self, wire: bytes) -> Reply:
        """Count a mistake; too many of them are the last."""
        self._errors += 1
        if self._errors > self._settings.errors:
            self.after = After.SHUT
            return replies.TOO_MANY_ERRORS
        return Reply(wire)

    # AUTHENTICATE

    def _authenticate(self, command: Authenticate) -> Outcome:
        if self.state is not State.NOT_AUTHENTICATED:
            return self._judge(replies.bad(command.tag, "AUTHENTICATE makes no sense now"))
        if command.mechanism not in MECHANISMS:
            return Reply(replies.no(command.tag, "Unknown mechanism", "CANNOT"))
        if not self.may_log_in():
            text = "Encrypt first: send STARTTLS"
            return Reply(replies.no(command.tag, text, "PRIVACYREQUIRED"))
        self._login = (command.tag, Exchange(command.mechanism))
        return self._go_on(command.initial_response, begins=True)

    def _go_on(self, line: bytes | None, *, begins: bool) -> Outcome:
        assert self._login is not None
        tag, exchange = self._login
        self._login = None
        try:
            if begins:
                outcome = exchange.begin(line)
            else:
                assert line is not None
                outcome = exchange.respond(line)
        except Cancelled:
            return Reply(replies.bad(tag, "AUTHENTICATE cancelled"))
        except MalformedResponse as error:
            return self._judge(replies.bad(tag, f"Malformed response: {error}"))
        except AuthenticationFailed as error:
            return self._judge(replies.refusal(tag, error))
        if isinstance(outcome, Credentials):
            login = commands.Login(tag, outcome.name, outcome.password)
            return Stream(self._answer(login, access.AUTHENTICATE))
        self._login = (tag, exchange)
        self.reader.expect_response()
        return Reply(b"+ %b\r\n" % b64encode(outcome))
