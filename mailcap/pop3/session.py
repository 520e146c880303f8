"""One POP3 session: which command is legal when, and what it does.

The session takes the events of its reader and answers each.  It does no I/O: what takes
time is `Work`, or a `Stream` that whoever drives the session asks for one piece after the
other.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar, Final

from mailcap.authentication.sasl import (
    MECHANISMS,
    Cancelled,
    Credentials,
    Exchange,
    MalformedResponse,
)
from mailcap.connection.dialogue import After, Farewell, Stream, Work
from mailcap.domain.accounts import Access, Identity
from mailcap.domain.envelope import Connection
from mailcap.domain.errors import AuthenticationFailed, Failure, NotFound
from mailcap.pop3 import replies
from mailcap.pop3.backend import Backend
from mailcap.pop3.capabilities import LANGUAGES, offer
from mailcap.pop3.legality import LEGAL, State
from mailcap.pop3.maildrop import Cut, OpenMaildrop, open_maildrop
from mailcap.pop3.numbers import NoSuchMessage, Numbers
from mailcap.pop3.replies import Reply
from mailcap.pop3.settings import POP3Settings
from mailcap.pop3.wire import commands
from mailcap.pop3.wire.commands import Command
from mailcap.pop3.wire.multiline import END
from mailcap.pop3.wire.reader import Reader

Outcome = Reply | Work | Stream

_ANY_LANGUAGE: Final = "*"


class Session:
    """The server's side of a session; see `mailcap.connection.dialogue.Session`."""

    def __init__(self, settings: POP3Settings, connection: Connection, *, backend: Backend) -> None:
        self.reader = Reader()
        self.after: After | None = None
        self.kind = settings.role
        self._settings = settings
        self._connection = connection
        self._backend = backend
        self._log_in_by = backend.now() + settings.login_seconds
        self._errors = 0
        self._is_over = False
        self._name: str | None = None
        self._login: Exchange | None = None
        self._open: OpenMaildrop | None = None
        self._identity: Identity | None = None

    # What the connection asks

    @property
    def idle_seconds(self) -> float:
        """How long the client may be silent."""
        if self._open is None:
            return self._settings.login_seconds
        return self._settings.idle_seconds

    @property
    def access(self) -> Access | None:
        """What the client may do since it has logged in."""
        return None if self._identity is None else Access(self._identity)

    @property
    def state(self) -> State:
        """How far the session has come."""
        return State.AUTHORIZATION if self._open is None else State.TRANSACTION

    def greeting(self) -> Reply:
        """Return what is said first."""
        return replies.ok(f"{self._settings.host_name} mailcap ready")

    def farewell(self, why: Farewell) -> Reply:
        """Return what is said last, if it is not the client who ends the session."""
        return replies.FAREWELLS[why]

    def secured(self, tls: str) -> None:
        """Learn that TLS is in use from now on, and of which kind."""
        self._connection = replace(self._connection, tls=tls)

    def ended(self) -> None:
        """Let go of everything, and delete nothing: the connection is over."""
        self._is_over = True
        if self._open is not None:
            self._open.close()

    def handle(self, event: Command) -> Outcome:
        """Obey *event*."""
        if self._open is None and self._backend.now() > self._log_in_by:
            self.after = After.SHUT
            return replies.TOO_LATE
        kind = event.__class__
        if not self.state & LEGAL[kind]:
            return self._judge(replies.error(f"{kind.__name__.upper()} makes no sense now"))
        try:
            return self._HANDLERS[kind](self, event)
        except NoSuchMessage:
            return self._judge(replies.NO_SUCH_MESSAGE)

    # Mistakes

    def _judge(self, reply: Reply) -> Reply:
        """Count a mistake; too many of them in a row are the last."""
        self._errors += 1
        if self._errors > self._settings.errors:
            self.after = After.SHUT
            return replies.TOO_MANY_ERRORS
        return reply

    def _malformed(self, event: commands.Malformed) -> Reply:
        return self._judge(replies.error(event.detail))

    def _line_too_long(self, _: Command) -> Reply:
        self._login = None
        return self._judge(replies.LINE_TOO_LONG)

    # The beginning

    def _capa(self, _: Command) -> Reply:
        opened = self._open
        lines = offer(
            self._settings,
            stls=opened is None and self._settings.offers_tls(self._connection),
            passwords=self._may_log_in(),
            may_expire=None if opened is None else opened.may_expire,
        )
        return replies.listed("Capabilities follow", lines)

    def _stls(self, _: Command) -> Reply:
        if not self._settings.offers_tls(self._connection):
            return self._judge(replies.NO_TLS)
        # Whatever came with the command was not encrypted, and may come from somebody who
        # sits in between (RFC 2595 section 4, CVE-2011-0411).
        self.reader.discard()
        self._name = None
        self.after = After.START_TLS
        return replies.START_TLS

    def _lang(self, event: commands.Lang) -> Reply:
        if not event.tag:
            lines = [f"{tag} {name}" for tag, name in LANGUAGES.items()]
            return replies.listed("Languages follow", lines)
        tag = "en" if event.tag == _ANY_LANGUAGE else event.tag.lower()
        if tag not in LANGUAGES:
            return self._judge(replies.UNKNOWN_LANGUAGE)
        return replies.ok(f"{tag} {LANGUAGES[tag]}")

    # Logging in

    def _may_log_in(self) -> bool:
        return self._settings.allows_login(self._connection)

    def _user(self, event: commands.User) -> Reply:
        if not self._may_log_in():
            return self._judge(replies.ENCRYPT_FIRST)
        self._name = event.name  # whether there is such a name, nobody is told
        return replies.USER_OK

    def _pass(self, event: commands.Pass) -> Outcome:
        if self._name is None:
            return self._judge(replies.USER_FIRST)
        name, self._name = self._name, None
        return self._enter(Credentials(name, event.password))

    def _auth(self, event: commands.Auth) -> Outcome:
        if not event.mechanism:
            return replies.listed("Mechanisms follow", MECHANISMS if self._may_log_in() else ())
        if event.mechanism not in MECHANISMS:
            return self._judge(replies.UNKNOWN_MECHANISM)
        if not self._may_log_in():
            return self._judge(replies.ENCRYPT_FIRST)
        exchange = Exchange(event.mechanism)
        return self._go_on(exchange, partial(exchange.begin, event.initial_response))

    def _auth_response(self, event: commands.AuthResponse) -> Outcome:
        exchange, self._login = self._login, None
        assert exchange is not None
        return self._go_on(exchange, partial(exchange.respond, event.line))

    def _go_on(self, exchange: Exchange, step: Callable[[], bytes | Credentials]) -> Outcome:
        try:
            outcome = step()
        except Cancelled:
            return replies.CANCELLED
        except MalformedResponse as error:
            return self._judge(replies.error(f"Malformed response: {error}"))
        except AuthenticationFailed as error:
            return self._judge(replies.refusal(error))
        if isinstance(outcome, Credentials):
            return self._enter(outcome)
        self._login = exchange
        self.reader.expect_response()
        return Reply(b"+ %b\r\n" % b64encode(outcome))

    def _enter(self, credentials: Credentials) -> Work:
        return Work(partial(self._log_in, credentials), self._entered, self._not_entered)

    async def _log_in(self, credentials: Credentials) -> OpenMaildrop:
        who = await self._backend.authenticator.authenticate(
            credentials.name, credentials.password, peer=self._connection.peer
        )
        opened = await open_maildrop(self._backend, who)
        self._identity = who
        return opened

    def _entered(self, opened: OpenMaildrop) -> Reply:
        if self._is_over:  # the client has gone meanwhile
            opened.close()
        self._open, self._errors = opened, 0
        numbers = opened.numbers
        return replies.ok(f"{numbers.count} messages ({numbers.octets} octets)")

    def _not_entered(self, error: Exception) -> Reply:
        if isinstance(error, AuthenticationFailed):
            return self._judge(replies.refusal(error))
        return self._failed(error)

    def _failed(self, error: Exception) -> Reply:
        return replies.refusal(error) if isinstance(error, Failure) else replies.FAILED

    # The maildrop

    @property
    def _maildrop(self) -> OpenMaildrop:
        assert self._open is not None
        return self._open

    @property
    def _numbers(self) -> Numbers:
        return self._maildrop.numbers

    def _done(self, _: Command) -> Reply:
        self._errors = 0
        return replies.DONE

    def _stat(self, _: Command) -> Reply:
        return replies.ok(f"{self._numbers.count} {self._numbers.octets}")

    def _list(self, event: commands.List) -> Outcome:
        if event.number is None:
            return _told(self._numbers, self._numbers.sizes())
        return replies.ok(f"{event.number} {self._numbers.size(event.number)}")

    def _uidl(self, event: commands.Uidl) -> Outcome:
        if event.number is None:
            return _told(self._numbers, self._numbers.unique_ids())
        return replies.ok(f"{event.number} {self._numbers.unique_id(event.number)}")

    def _retr(self, event: commands.Retr) -> Outcome:
        place = self._numbers.place(event.number)
        self._errors = 0
        start = b"+OK %d octets\r\n" % self._numbers.size(event.number)
        octets = self._maildrop.at_hand(place)
        if octets is not None:
            return Reply(start + octets)
        return Stream(self._sent(start, self._maildrop.retrieve(place)))

    def _top(self, event: commands.Top) -> Outcome:
        place = self._numbers.place(event.number)
        self._errors = 0
        return Stream(self._sent(replies.TOP_OK.wire, self._maildrop.top(place, event.lines)))

    async def _sent(
        self, start: bytes, pieces: AsyncGenerator[bytes, None]
    ) -> AsyncGenerator[bytes, None]:
        """Yield *start* and then *pieces*, or why there are none."""
        begun = False
        try:
            async for piece in pieces:
                yield piece if begun else start + piece
                begun = True
        except NotFound:
            yield replies.GONE.wire
        except Cut:
            self.after = After.SHUT  # the client sees that the end is missing
        except Failure as error:
            if begun:
                self.after = After.SHUT
            else:
                yield replies.refusal(error).wire

    def _dele(self, event: commands.Dele) -> Reply:
        self._numbers.delete(event.number)
        self._errors = 0
        return replies.DONE

    def _rset(self, _: Command) -> Reply:
        self._numbers.reset()
        return replies.DONE

    def _quit(self, _: Command) -> Outcome:
        if self._open is None:
            self.after = After.CLOSE
            return replies.BYE
        return Work(self._maildrop.commit, self._parted, self._not_parted)

    def _parted(self, _: None) -> Reply:
        self.after = After.CLOSE
        return replies.BYE

    def _not_parted(self, _: Exception) -> Reply:
        self.after = After.CLOSE
        return replies.NOT_DELETED

    _HANDLERS: ClassVar[Mapping[type[Command], Callable[[Session, Any], Outcome]]] = {
        commands.Retr: _retr,
        commands.Dele: _dele,
        commands.Top: _top,
        commands.Stat: _stat,
        commands.List: _list,
        commands.Uidl: _uidl,
        commands.Noop: _done,
        commands.Rset: _rset,
        commands.Quit: _quit,
        commands.Capa: _capa,
        commands.Lang: _lang,
        commands.Utf8: lambda *_: replies.UTF8_OK,
        commands.User: _user,
        commands.Pass: _pass,
        commands.Auth: _auth,
        commands.AuthResponse: _auth_response,
        commands.Stls: _stls,
        commands.Malformed: _malformed,
        commands.LineTooLong: _line_too_long,
    }


def _told(numbers: Numbers, lines: Iterator[bytes]) -> Stream:
    """Return the list of messages, which is made as the client reads it."""

    async def pieces() -> AsyncGenerator[bytes, None]:
        yield replies.ok(f"{numbers.count} messages ({numbers.octets} octets)").wire
        for piece in lines:
            yield piece
        yield END

    return Stream(pieces())
