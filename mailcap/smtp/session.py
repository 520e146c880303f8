"""One SMTP session: which command is legal when, and what it does.

The session tells its reader what comes next, takes the events, and gives a reply
to each.  It does no I/O: where an answer takes time it returns `Work`, and whoever
drives the session begins that and brings its outcome back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar, Final

from mailcap.connection.dialogue import After, Farewell, Work
from mailcap.connection.in_flight import InFlight
from mailcap.connection.peers import is_loopback
from mailcap.domain.accounts import Access, Identity
from mailcap.domain.addresses import parse_address
from mailcap.domain.envelope import Connection, Envelope, Recipient, Submitter
from mailcap.domain.errors import Failure, InvalidAddress
from mailcap.domain.ports import Authenticator, Deliverer
from mailcap.smtp import replies
from mailcap.smtp.extensions import offer
from mailcap.smtp.legality import REFUSALS, State
from mailcap.smtp.login import MECHANISMS, Credentials, Login
from mailcap.smtp.replies import Reply
from mailcap.smtp.settings import SMTPSettings
from mailcap.smtp.wire.commands import (
    Auth,
    Bdat,
    Data,
    Ehlo,
    Expn,
    Fault,
    Helo,
    Help,
    LineTooLong,
    Mail,
    Malformed,
    Noop,
    Quit,
    Rcpt,
    Rset,
    StartTLS,
    Vrfy,
)
from mailcap.smtp.wire.events import AuthResponse, Chunk, Event, Flood, Message
from mailcap.smtp.wire.grammar import VERBS
from mailcap.smtp.wire.parameters import Body
from mailcap.smtp.wire.reader import Reader

Outcome = Reply | Work | None

_HELP: Final = replies.help_text(" ".join(sorted(VERBS)))


class Session:
    """The server's side of a session.

    `reader` is to be fed, and its events given to `handle`, one at a time: while
    `Work` is under way nothing else may be handled.  `after` tells what must happen
    to the connection behind the reply.
    """

    def __init__(
        self,
        settings: SMTPSettings,
        connection: Connection,
        *,
        deliverer: Deliverer,
        authenticator: Authenticator,
        in_flight: InFlight,
    ) -> None:
        self.reader = Reader(line_limit=settings.line_length, message_limit=settings.message_size)
        self.after: After | None = None
        self.idle_seconds = settings.idle_seconds
        self._settings = settings
        self._connection = connection
        self._deliverer = deliverer
        self._authenticator = authenticator
        self._in_flight = in_flight
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
        return replies.greeting(self._settings.host_name)

    def farewell(self, why: Farewell) -> Reply:
        """Return what is said last, if it is not the client who ends the session."""
        return replies.FAREWELLS[why]

    @property
    def access(self) -> Access | None:
        """What the client may do since it has logged in."""
        return None if self._identity is None else Access(self._identity)

    def ended(self) -> None:
        """Let go of everything: there is nothing."""

    def secured(self, tls: str) -> None:
        """Learn that TLS is in use from now on, and of which kind."""
        self._connection = Connection(
            peer=self._connection.peer, local=self._connection.local, tls=tls
        )

    def handle(self, event: Event) -> Outcome:
        """Obey *event*; return the reply, `Work`, or None if more must come first."""
        self._commands += 1
        if self._commands > self._settings.commands:
            self.after = After.SHUT
            return replies.TOO_MANY_COMMANDS
        kind = event.__class__
        refusal = self._refusals.get(kind)
        if refusal is None:
            outcome = self._HANDLERS[kind](self, event)
        else:
            outcome = self._drain(event, refusal) if isinstance(event, Bdat) else refusal
        if isinstance(outcome, Reply) and outcome.code >= 400:  # noqa: PLR2004
            return self._judge(outcome)
        return outcome

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
        self._mail_command = Mail("")
        self._recipients: list[Recipient] = []
        self._enter(State.FRESH)

    def _end_transaction(self) -> None:
        self._recipients = []
        self.reader.forget_message()
        if self._state > State.READY:
            self._enter(State.READY)

    def _judge(self, reply: Reply) -> Reply:
        """Count a refusal; too many of them are the last."""
        if reply.code >= 500:  # noqa: PLR2004  # 4yz is nobody's mistake
            self._errors += 1
            if self._errors > self._settings.errors:
                self.after = After.SHUT
                return replies.TOO_MANY_ERRORS
        elif reply.shuts:
            self.after = After.SHUT
        return reply

    def _malformed(self, event: Malformed) -> Reply:
        if event.fault is Fault.CHUNK_SIZE:
            self.after = After.SHUT  # what follows is part of a message, but how much of it?
        return replies.reply_to_fault(event)

    def _line_too_long(self, _: Event) -> Reply:
        if self._login is None:
            return replies.LINE_TOO_LONG
        self._login = None
        return replies.AUTH_LINE_TOO_LONG

    # The beginning and the end

    def _helo_or_ehlo(self, event: Helo | Ehlo) -> Reply:
        self._end_transaction()
        self._helo = event.name
        self._extended = isinstance(event, Ehlo)
        locked = self._settings.role != "smtp" and self._identity is None
        self._enter(State.LOCKED if locked else State.READY)
        if not self._extended:
            return replies.hello(self._settings.host_name)
        extensions = offer(self._settings, starttls=self._may_start_tls(), auth=self._may_log_in())
        return replies.hello(self._settings.host_name, *extensions)

    def _may_start_tls(self) -> bool:
        return self._settings.tls is not None and self._connection.tls is None

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

    def _may_log_in(self) -> bool:
        policy = self._settings.plaintext_auth
        return (
            self._connection.tls is not None
            or policy == "always"
            or (policy == "loopback" and is_loopback(self._connection.peer))
        )

    def _auth(self, event: Auth) -> Outcome:
        if self._identity is not None:
            return replies.LOGGED_IN_ALREADY
        if event.mechanism not in MECHANISMS:
            return replies.UNKNOWN_MECHANISM
        if not self._may_log_in():
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
        begin = partial(
            self._authenticator.authenticate,
            answer.name,
            answer.password,
            peer=self._connection.peer,
        )
        return Work(begin, self._logged_in, self._not_logged_in)

    def _logged_in(self, identity: Identity) -> Reply:
        self._identity = identity
        self._enter(State.READY)
        return replies.LOGGED_IN

    def _not_logged_in(self, error: Exception) -> Reply:
        if isinstance(error, Failure):
            return self._judge(replies.reply_to_failure(error))
        return replies.CANNOT_LOG_IN

    # A mail transaction

    def _mail(self, event: Mail) -> Reply:
        parameters = event.parameters
        if (parameters.size or 0) > self._settings.message_size:
            return replies.TOO_LARGE
        if not (event.reverse_path.isascii() or parameters.smtputf8):
            return replies.NEEDS_SMTPUTF8
        self._mail_command = event
        self._enter(State.MAIL)
        return replies.SENDER_OK

    def _rcpt(self, event: Rcpt) -> Reply:
        address = event.forward_path
        if address is None:
            try:
                address = parse_address(f"postmaster@{self._settings.host_name}")
            except InvalidAddress as error:  # a machine's name may be no domain
                return replies.reply_to_failure(error)
        if not (address.written.isascii() or self._mail_command.parameters.smtputf8):
            return replies.NEEDS_SMTPUTF8
        if len(self._recipients) >= self._settings.recipients:
            return replies.TOO_MANY_RECIPIENTS
        self._recipients.append(Recipient(address, event.parameters.notify, event.parameters.orcpt))
        self._enter(State.RCPT)
        return replies.RECIPIENT_OK

    def _data(self, _: Data) -> Reply:
        if self._mail_command.parameters.body is Body.BINARY_MIME:
            return replies.BDAT_NEEDED
        if self._in_flight.full:
            return replies.NO_ROOM
        self.reader.expect_data()
        return replies.START_DATA

    def _bdat(self, event: Bdat) -> Outcome:
        if self._state is State.RCPT and self._in_flight.full:
            return self._drain(event, replies.NO_ROOM)
        self._enter(State.CHUNKS)
        self.reader.expect_chunk(event.size, last=event.last)
        return None

    def _drain(self, event: Bdat, verdict: Reply) -> Outcome:
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
        begin = partial(self._deliverer.deliver, self._envelope(), event.body)
        self._delivering = event.size
        self._in_flight.add(event.size)
        self._end_transaction()
        return Work(begin, self._delivered, self._not_delivered)

    def _too_much(self, size: int) -> Reply:
        self._end_transaction()
        return replies.TOO_LARGE if size > self._settings.message_size else replies.NO_ROOM

    def _flood(self, _: Flood) -> Reply:
        self.after = After.SHUT
        return replies.TOO_LARGE

    def _delivered(self, base: str) -> Reply:
        self._in_flight.remove(self._delivering)
        self._commands = self._errors = 0
        return replies.queued(base)

    def _not_delivered(self, error: Exception) -> Reply:
        self._in_flight.remove(self._delivering)
        if isinstance(error, Failure):
            return self._judge(replies.reply_to_failure(error))
        return replies.FAILED

    def _envelope(self) -> Envelope:
        mail = self._mail_command
        identity = self._identity
        return Envelope(
            connection=self._connection,
            helo=self._helo,
            protocol=self._protocol(),
            mail_from=mail.reverse_path,
            recipients=tuple(self._recipients),
            submitter=None
            if identity is None
            else Submitter(
                account=identity.account,
                account_name=identity.account_name,
                capture_private=identity.capture_private,
            ),
            ret=mail.parameters.ret,
            envid=mail.parameters.envid,
        )

    def _protocol(self) -> str:
        """Return the keyword for "with" in a trace (RFC 3848, RFC 6531 section 3.7.3)."""
        if not self._extended:
            return "SMTP"
        name = "UTF8SMTP" if self._mail_command.parameters.smtputf8 else "ESMTP"
        secure = "S" if self._connection.tls is not None else ""
        return name + secure + ("A" if self._identity is not None else "")

    _HANDLERS: ClassVar[Mapping[type, Callable[[Session, Any], Outcome]]] = {
        Helo: _helo_or_ehlo,
        Ehlo: _helo_or_ehlo,
        Mail: _mail,
        Rcpt: _rcpt,
        Data: _data,
        Bdat: _bdat,
        Rset: _rset,
        Noop: lambda *_: replies.OK,
        Quit: _quit,
        Vrfy: lambda *_: replies.CANNOT_VERIFY,
        Expn: lambda *_: replies.NO_EXPN,
        Help: lambda *_: _HELP,
        StartTLS: _starttls,
        Auth: _auth,
        AuthResponse: _auth_response,
        Malformed: _malformed,
        LineTooLong: _line_too_long,
        Chunk: _chunk,
        Message: _message,
        Flood: _flood,
    }
