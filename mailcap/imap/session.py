"""One IMAP session: which command is legal when, and what is said to it.

The session takes the events of its reader and answers each.  It does no I/O: what takes
time is a `Stream` that whoever drives the session asks for one piece after the other.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from typing import Final

from mailcap.authentication.sasl import (
    MECHANISMS,
    Cancelled,
    Credentials,
    Exchange,
    MalformedResponse,
)
from mailcap.connection.dialogue import After, Farewell, Stream, Wake
from mailcap.domain.accounts import Access
from mailcap.domain.envelope import Connection
from mailcap.domain.errors import AuthenticationFailed, Failure, NotFound
from mailcap.imap import replies
from mailcap.imap.backend import Backend
from mailcap.imap.desk import Desk, State
from mailcap.imap.handlers import (
    access,
    appending,
    fetching,
    listing,
    mailboxes,
    notifying,
    searching,
    selecting,
    storing,
)
from mailcap.imap.handlers.states import LOGGED_IN, Completion, Handler
from mailcap.imap.replies import BadRequest, Refused, Reply
from mailcap.imap.settings import IMAPSettings
from mailcap.imap.wire import commands
from mailcap.imap.wire.commands import Authenticate, Command, Idle, Noop
from mailcap.imap.wire.events import (
    Done,
    Dropped,
    LiteralAnnounced,
    Malformed,
    Response,
    TooBig,
)
from mailcap.imap.wire.reader import Event, Reader

Outcome = Reply | Stream | None

_HANDLERS: Final = {
    **access.HANDLERS,
    **mailboxes.HANDLERS,
    **listing.HANDLERS,
    **selecting.HANDLERS,
    **fetching.HANDLERS,
    **storing.HANDLERS,
    **appending.HANDLERS,
    **searching.HANDLERS,
    **notifying.HANDLERS,
}
_IDLE: Final = replace(access.HANDLERS[Noop], name="IDLE")
_KNOWN: Final = _HANDLERS.keys() | {Authenticate, Idle}
# While these go on, and are about sequence numbers, no message may lose its number
# (RFC 9051 section 7.5.1).
_KEEPS_NUMBERS: Final = (
    commands.Fetch, commands.Store, commands.Search, commands.Sort, commands.Thread,
)  # fmt: skip


class Session:
    """The server's side of a session; see `mailcap.connection.dialogue.Session`.

    *wake* has a `WAKE` given to the session soon.
    """

    def __init__(
        self,
        settings: IMAPSettings,
        connection: Connection,
        *,
        backend: Backend,
        wake: Callable[[], None],
    ) -> None:
        self.reader = Reader(message_limit=0)
        self._desk = Desk(
            settings,
            connection,
            backend=backend,
            reader=self.reader,
            known=_KNOWN,
            on_change=self._notice,
            on_news=wake,
        )
        self._settings = settings
        self._wake = wake
        self._idling: str | None = None  # the tag of IDLE
        self._login: tuple[str, Exchange] | None = None
        self._errors = 0
        self._is_gone = False  # the mailbox that is selected

    # What the connection asks

    def greeting(self) -> Reply:
        """Return what is said first, with the capabilities."""
        code = b" ".join((b"CAPABILITY", *self._desk.capabilities()))
        return Reply(replies.ok("*", f"{self._settings.host_name} mailcap ready", code))

    def farewell(self, why: Farewell) -> Reply:
        """Return what is said last, if it is not the client who ends the session."""
        return replies.FAREWELLS[why]

    def secured(self, tls: str) -> None:
        """Learn that TLS is in use from now on, and of which kind."""
        self._desk.secured(tls)

    def ended(self) -> None:
        """Let go of everything: the connection is over."""
        self._desk.ended()

    @property
    def kind(self) -> str:
        """What the session is for."""
        return self._settings.role

    @property
    def access(self) -> Access | None:
        """What the client may do since it has logged in."""
        return self._desk.access

    @property
    def after(self) -> After | None:
        """What must happen behind the answer."""
        return self._desk.after

    @after.setter
    def after(self, after: After | None) -> None:
        self._desk.after = after

    @property
    def idle_seconds(self) -> float:
        """How long the client may be silent."""
        return self._desk.idle_seconds

    def handle(self, event: Event | Wake) -> Outcome:
        """Obey *event*."""
        if self._desk.is_late():
            self.after = After.SHUT
            return replies.TOO_LATE
        if isinstance(event, Command):
            return self._obey(event)
        if isinstance(event, Wake):
            return self._woken()
        if self._idling is not None:
            return self._stop_idling(self._idling, event)
        return self._continue(event)

    def _continue(self, event: Event) -> Outcome:
        if isinstance(event, Response):
            return self._go_on(event.line, begins=False)
        if isinstance(event, LiteralAnnounced):
            return replies.CONTINUE
        if isinstance(event, Malformed):
            return self._misunderstood(event)
        return self._too_much(event)

    # One command

    def _obey(self, command: Command) -> Outcome:
        if isinstance(command, Authenticate):
            return self._authenticate(command)
        if isinstance(command, Idle):
            return self._idle(command)
        handler = _HANDLERS.get(type(command))
        if handler is None:
            return self._judge(replies.bad(command.tag, "There is no such command"))
        if self._desk.state not in handler.states:
            return self._judge(replies.bad(command.tag, f"{handler.name} makes no sense now"))
        return Stream(self._answer(command, handler))

    async def _answer(self, command: Command, handler: Handler) -> AsyncGenerator[bytes, None]:
        completion = Completion(f"{handler.name} completed")
        try:
            answer = handler.answer(self._desk, command, completion)
            if isinstance(answer, AsyncGenerator):
                async for piece in answer:
                    yield piece
            else:
                await answer
            last = self._completed(command.tag, completion)
        except Refused as error:
            last = replies.no(command.tag, str(error), error.code)
        except BadRequest as error:
            last = self._judge(replies.bad(command.tag, str(error))).wire
        except AuthenticationFailed as error:
            last = self._judge(replies.refusal(command.tag, error)).wire
        except Failure as error:
            last = replies.refusal(command.tag, error)
        keeps_numbers = isinstance(command, _KEEPS_NUMBERS) and not command.uid
        async for piece in self._news(expunges=not keeps_numbers):
            yield piece
        if not self._is_gone:
            yield last

    def _completed(self, tag: str, completion: Completion) -> bytes:
        self._errors = 0
        return replies.ok(tag, completion.text, completion.code)

    async def _news(
        self, *, expunges: bool = True, flags: bool = True
    ) -> AsyncGenerator[bytes, None]:
        """Yield what the client does not know yet and has a right to know without asking."""
        if self.after is not None:
            return
        if self._desk.selected is not None:
            async for piece in self._news_of_selected(expunges=expunges, flags=flags):
                yield piece
        if not self._is_gone:
            async for piece in notifying.news(self._desk):
                yield piece

    async def _news_of_selected(
        self, *, expunges: bool, flags: bool
    ) -> AsyncGenerator[bytes, None]:
        selected = self._desk.mailbox
        try:
            await selected.sync()
        except NotFound:
            self._is_gone = True
            self.after = After.SHUT
            yield replies.GONE.wire
            return
        except Failure:
            return  # the command is done all the same; the news can wait
        last = selected.view.last_uid
        for piece in selected.tell(expunges=expunges, flags=flags):
            yield piece
        async for piece in notifying.fetched(self._desk, behind=last):
            yield piece

    def _notice(self) -> None:
        if self._idling is not None or self._desk.notify.selected is not None:
            self._wake()

    def _woken(self) -> Outcome:
        """Tell at once, in IDLE all that is new, else what NOTIFY has asked for."""
        if self._idling is not None:
            return Stream(self._news())
        notify = self._desk.notify
        if notify.selected is None:
            return Stream(notifying.news(self._desk)) if notify.is_set else None
        return Stream(
            self._news(
                expunges=notify.selected.which == "SELECTED",
                flags="FLAGCHANGE" in notify.selected.events,
            )
        )

    # IDLE

    def _idle(self, command: Idle) -> Outcome:
        if self._desk.state not in LOGGED_IN:
            return self._judge(replies.bad(command.tag, "IDLE makes no sense now"))
        self._idling = command.tag
        self.reader.expect_done()
        return Stream(self._begin_idling())

    async def _begin_idling(self) -> AsyncGenerator[bytes, None]:
        yield replies.IDLING.wire
        async for piece in self._news():
            yield piece

    def _stop_idling(self, tag: str, event: object) -> Outcome:
        self._idling = None
        if isinstance(event, Done):
            return Stream(self._answer(Noop(tag), _IDLE))
        if isinstance(event, Malformed):
            return self._judge(replies.bad(tag, event.text))
        self.after = After.SHUT
        return replies.TOO_BIG

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
        if self._desk.state is not State.NOT_AUTHENTICATED:
            return self._judge(replies.bad(command.tag, "AUTHENTICATE makes no sense now"))
        if command.mechanism not in MECHANISMS:
            return Reply(replies.no(command.tag, "Unknown mechanism", "CANNOT"))
        if not self._desk.may_log_in():
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
