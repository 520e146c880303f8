"""One SMTP session: which command is legal when, and what it does.

The session tells its reader what comes next, takes the events, and gives a reply
to each.  It does no I/O: where an answer takes time it returns `Work`, and whoever
drives the session begins that and brings its outcome back.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar, Final, TypeVar

from mailcap.connection.dialogue import After, Farewell, Work
from mailcap.domain.accounts import Access, Identity
from mailcap.domain.addresses import parse_address
from mailcap.domain.envelope import Connection, Recipient
from mailcap.domain.errors import Failure, Throttled
from mailcap.smtp import replies
from mailcap.smtp.backend import Backend
from mailcap.smtp.extensions import offer
from mailcap.smtp.legality import REFUSALS, State
from mailcap.smtp.login import MECHANISMS, Credentials, Login
from mailcap.smtp.replies import Reply
from mailcap.smtp.settings import SMTPSettings
from mailcap.smtp.transaction import Transaction
from mailcap.smtp.wire import commands
from mailcap.smtp.wire.events import AuthResponse, Chunk, Event, Flood, Message
from mailcap.smtp.wire.grammar import VERBS
from mailcap.smtp.wire.parameters import Body
from mailcap.smtp.wire.reader import Reader

T = TypeVar("T")
Outcome = Reply | Work | None

_HELP: Final = replies.help_text(" ".join(sorted(VERBS)))


class Session:
    """The server's side of a session.

    `reader` is to be fed, and its events given to `handle`, one at a time: while
    `Work` is under way nothing else may be handled.  `after` tells what must happen
    to the connection behind the reply.
    """

    def __init__(self, settings: SMTPSettings, connection: Connection, *, backend: Backend) -> None:
        self.reader = Reader(line_limit=settings.line_length, message_limit=settings.message_size)
        self.after: After | None = None
        self.idle_seconds = settings.idle_seconds
        self.kind = settings.role
        self._settings = settings
        self._connection = connection
        self._backend = backend
        self._replies = backend.figures.replies
        self._commands = 0
        self._errors = 0
        self._delivering = 0  # octets
        self._begin_session()

    @property
    def state(self) -> State:
        """How far the session has come."""
        return self._state

    def greeting(self) -> Reply:
        """Return what is said first."""
        return self._said(replies.greeting(self._settings.host_name))

    def farewell(self, why: Farewell) -> Reply:
        """Return what is said last, if it is not the client who ends the session."""
        return self._said(replies.FAREWELLS[why])

    @property
    def access(self) -> Access | None:
        """What the client may do since it has logged in."""
        return None if self._identity is None else Access(self._identity)

    def ended(self) -> None:
        """Let go of everything: there is nothing."""

    def secured(self, tls: str) -> None:
        """Learn that TLS is in use from now on, and of which kind."""
        self._connection = replace(self._connection, tls=tls)

    def handle(self, event: Event) -> Outcome:
        """Obey *event*; return the reply, `Work`, or None if more must come first."""
        self._commands += 1
        if self._commands > self._settings.commands:
            self.after = After.SHUT
            return self._said(replies.TOO_MANY_COMMANDS)
        kind = event.__class__
        refusal = self._refusals.get(kind)
        if refusal is None:
            try:
                outcome = self._HANDLERS[kind](self, event)
            except Failure as failure:
                outcome = replies.reply_to_failure(failure)
        else:
            outcome = self._drain(event, refusal) if isinstance(event, commands.Bdat) else refusal
        return self._judge(outcome) if isinstance(outcome, Reply) else outcome

    def _enter(self, state: State) -> None:
        self._state = state
        self._refusals = REFUSALS[state]

    def _begin_session(self) -> None:
        """Know nothing of the client, as at the start and behind STARTTLS."""
        self._helo = ""
        self._extended = False
        self._identity: Identity | None = None
        self._login: Login | None = None
        self._verdict: Reply | None = None
        self._transaction: Transaction | None = None
        self._enter(State.FRESH)

    def _end_transaction(self) -> None:
        self._transaction = None
        self.reader.forget_message()
        if self._state > State.READY:
            self._enter(State.READY)

    def _judge(self, reply: Reply) -> Reply:
        """Count a reply; too many refusals are the last."""
        if reply.code >= 500:  # noqa: PLR2004  # 4yz is nobody's mistake
            self._errors += 1
            if self._errors > self._settings.errors:
                self.after = After.SHUT
                reply = replies.TOO_MANY_ERRORS
        elif reply.shuts:
            self.after = After.SHUT
        return self._said(reply)

    def _said(self, reply: Reply) -> Reply:
        self._replies[reply.code] += 1
        return reply

    def _failed(self, error: Exception, otherwise: Reply = replies.CANNOT_TELL) -> Reply:
        """Return what is said when something has failed; *otherwise*, if it should not have."""
        if isinstance(error, Failure):
            otherwise = replies.reply_to_failure(error)
        return self._judge(otherwise)

    def _malformed(self, event: commands.Malformed) -> Reply:
        if event.fault is commands.Fault.CHUNK_SIZE:
            self.after = After.SHUT  # what follows is part of a message, but how much of it?
        return replies.reply_to_fault(event)

    def _line_too_long(self, _: Event) -> Reply:
        if self._login is None:
            return replies.LINE_TOO_LONG
        self._login = None
        return replies.AUTH_LINE_TOO_LONG

    # The beginning and the end

    def _helo_or_ehlo(self, event: commands.Helo | commands.Ehlo) -> Reply:
        self._end_transaction()
        self._helo = event.name
        self._extended = isinstance(event, commands.Ehlo)
        locked = self._settings.role != "smtp" and self._identity is None
        self._enter(State.LOCKED if locked else State.READY)
        if not self._extended:
            return replies.hello(self._settings.host_name)
        extensions = offer(
            self._settings,
            starttls=self._settings.offers_tls(self._connection),
            auth=self._settings.allows_login(self._connection),
        )
        return replies.hello(self._settings.host_name, *extensions)

    def _starttls(self, _: Event) -> Reply:
        if self._connection.tls is not None:
            return replies.TLS_ALREADY
        if self._settings.tls is None:
            return replies.NO_TLS
        # Whatever came with the command was not encrypted, and may come from somebody
        # who sits in between (RFC 3207 section 6, CVE-2011-0411).
        self.reader.discard()
        self._begin_session()
        self.after = After.START_TLS
        return replies.START_TLS

    def _quit(self, _: Event) -> Reply:
        self.after = After.CLOSE
        return replies.BYE

    def _rset(self, _: Event) -> Reply:
        self._end_transaction()
        return replies.OK

    # Logging in

    def _auth(self, event: commands.Auth) -> Outcome:
        if self._identity is not None:
            return replies.LOGGED_IN_ALREADY
        if event.mechanism not in MECHANISMS:
            return replies.UNKNOWN_MECHANISM
        if not self._settings.allows_login(self._connection):
            return replies.ENCRYPT_FIRST
        self._login = Login(event.mechanism)
        return self._go_on(self._login.begin(event.initial_response))

    def _auth_response(self, event: AuthResponse) -> Outcome:
        assert self._login is not None
        return self._go_on(self._login.respond(event.line))

    def _go_on(self, answer: Reply | Credentials) -> Outcome:
        if isinstance(answer, Reply) and answer.code < 400:  # noqa: PLR2004  # a challenge
            self.reader.expect_response()
            return answer
        self._login = None
        if isinstance(answer, Reply):
            return answer
        authenticate = self._backend.authenticator.authenticate
        begin = partial(authenticate, answer.name, answer.password, peer=self._connection.peer)
        return Work(begin, self._logged_in, partial(self._failed, otherwise=replies.CANNOT_LOG_IN))

    def _logged_in(self, identity: Identity) -> Reply:
        self._identity = identity
        self._enter(State.READY)
        return self._said(replies.LOGGED_IN)

    # A mail transaction

    def _mail(self, event: commands.Mail) -> Outcome:
        turn = self._backend.turn(self._connection.peer)
        begin = partial(self._begin, event)
        return begin() if turn is None else self._later(turn, begin)

    def _later(self, waiting: Awaitable[None], say: Callable[[], Reply]) -> Work:
        """Give the reply of *say* when the *waiting* is over."""

        def said(_: None) -> Reply:
            try:
                return self._judge(say())
            except Failure as failure:
                return self._failed(failure)

        return Work(lambda: waiting, said, self._not_now)

    def _not_now(self, error: Exception) -> Reply:
        """Refuse what was asked for, but not a message that has recipients already.

        RFC 5321 section 4.5.3.1.10: those that are left come in another transaction.
        """
        if isinstance(error, Throttled) and self._transaction and self._transaction.recipients:
            return self._judge(Reply(452, "4.5.3", str(error)))
        return self._failed(error)

    def _begin(self, event: commands.Mail) -> Reply:
        parameters = event.parameters
        if (parameters.size or 0) > self._settings.message_size:
            return replies.TOO_LARGE
        if not (event.reverse_path.isascii() or parameters.smtputf8):
            return replies.NEEDS_SMTPUTF8
        passage = self._backend.throttle.begin(
            peer=self._connection.peer,
            helo=self._helo,
            mail_from=event.reverse_path,
            account=None if self._identity is None else self._identity.account,
        )
        self._transaction = Transaction(event, passage)
        self._enter(State.MAIL)
        return replies.SENDER_OK

    def _rcpt(self, event: commands.Rcpt) -> Outcome:
        transaction, address = self._transaction, event.forward_path
        assert transaction is not None
        if address is None:  # a machine's name may be no domain, and then this is refused
            address = parse_address(f"postmaster@{self._settings.host_name}")
        if not (address.written.isascii() or transaction.mail.parameters.smtputf8):
            return replies.NEEDS_SMTPUTF8
        if len(transaction.recipients) >= self._settings.recipients:
            return replies.TOO_MANY_RECIPIENTS
        recipient = Recipient(address, event.parameters.notify, event.parameters.orcpt)
        accept = partial(self._accept, transaction, recipient)
        waiting = transaction.passage.recipient(address)
        if self._backend.in_flight.short and self._identity is None:
            return self._if_owned(address.inbox, waiting, accept)
        return accept() if waiting is None else self._later(waiting, accept)

    def _accept(self, transaction: Transaction, recipient: Recipient) -> Reply:
        transaction.recipients.append(recipient)
        self._enter(State.RCPT)
        return replies.RECIPIENT_OK

    def _if_owned(
        self, inbox: str, waiting: Awaitable[None] | None, accept: Callable[[], Reply]
    ) -> Work:
        """*accept* if somebody owns *inbox*: the last of the room is theirs."""

        def found(owner: int | None) -> Reply:
            return self._judge(replies.NO_ROOM if owner is None else accept())

        ask = partial(self._backend.owner_of, inbox)
        begin = ask if waiting is None else partial(_behind, waiting, ask)
        return Work(begin, found, self._not_now)

    def _data(self, _: commands.Data) -> Reply:
        assert self._transaction is not None
        if self._transaction.mail.parameters.body is Body.BINARY_MIME:
            return replies.BDAT_NEEDED
        if self._backend.in_flight.full:
            return replies.NO_ROOM
        self.reader.expect_data()
        return replies.START_DATA

    def _bdat(self, event: commands.Bdat) -> Outcome:
        if self._state is State.RCPT and self._backend.in_flight.full:
            return self._drain(event, replies.NO_ROOM)
        self._enter(State.CHUNKS)
        self.reader.expect_chunk(event.size, last=event.last)
        return None

    def _drain(self, event: commands.Bdat, verdict: Reply) -> Outcome:
        """Say *verdict* once the chunk that nobody wants has gone by."""
        self._verdict = verdict
        self.reader.expect_chunk(event.size, last=event.last)
        self.reader.drop_message()
        return None

    def _drained(self) -> Reply:
        assert self._verdict is not None
        verdict, self._verdict = self._verdict, None
        self.reader.forget_message()
        return verdict

    def _chunk(self, event: Chunk) -> Reply:
        if self._verdict is not None:
            return self._drained()
        if not event.kept:
            return self._too_much(event.size)
        return replies.chunk_accepted(event.size)

    def _message(self, event: Message) -> Outcome:
        if self._verdict is not None:
            return self._drained()
        if event.body is None:
            return self._too_much(event.size)
        transaction = self._transaction
        assert transaction is not None
        envelope = transaction.envelope(
            self._connection, self._identity, helo=self._helo, extended=self._extended
        )
        self._end_transaction()
        waiting = transaction.passage.message(event.body)
        deliver = partial(self._backend.deliverer.deliver, envelope, event.body)
        begin = deliver if waiting is None else partial(_behind, waiting, deliver)
        self._delivering = event.size
        self._backend.in_flight.add(event.size)
        return Work(begin, self._delivered, self._not_delivered)

    def _too_much(self, size: int) -> Reply:
        self._end_transaction()
        return replies.TOO_LARGE if size > self._settings.message_size else replies.NO_ROOM

    def _flood(self, _: Flood) -> Reply:
        self.after = After.SHUT
        return replies.TOO_LARGE

    def _delivered(self, base: str) -> Reply:
        self._backend.in_flight.remove(self._delivering)
        self._commands = self._errors = 0
        return self._said(replies.queued(base))

    def _not_delivered(self, error: Exception) -> Reply:
        self._backend.in_flight.remove(self._delivering)
        return self._failed(error, replies.FAILED)

    _HANDLERS: ClassVar[Mapping[type, Callable[[Session, Any], Outcome]]] = {
        commands.Helo: _helo_or_ehlo,
        commands.Ehlo: _helo_or_ehlo,
        commands.Mail: _mail,
        commands.Rcpt: _rcpt,
        commands.Data: _data,
        commands.Bdat: _bdat,
        commands.Rset: _rset,
        commands.Noop: lambda *_: replies.OK,
        commands.Quit: _quit,
        commands.Vrfy: lambda *_: replies.CANNOT_VERIFY,
        commands.Expn: lambda *_: replies.NO_EXPN,
        commands.Help: lambda *_: _HELP,
        commands.StartTLS: _starttls,
        commands.Auth: _auth,
        AuthResponse: _auth_response,
        commands.Malformed: _malformed,
        commands.LineTooLong: _line_too_long,
        Chunk: _chunk,
        Message: _message,
        Flood: _flood,
    }


async def _behind(waiting: Awaitable[None], begin: Callable[[], Awaitable[T]]) -> T:
    await waiting
    return await begin()
