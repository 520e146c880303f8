"""The flow of octets through a connection: one command at a time, and no more than fits."""

# ruff: noqa: N802 - the names of methods that Twisted calls

from __future__ import annotations

import zlib
from collections.abc import AsyncGenerator, Callable
from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import (
    IDelayedCall,
    IHandshakeListener,
    IPushProducer,
    IReactorTime,
)
from twisted.internet.protocol import Protocol, connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure as TwistedFailure
from zope.interface import implementer

from mailcap.connection.compression import Deflate
from mailcap.connection.dialogue import WAKE, After, Answer, Farewell, Session, Stream, Wake, Work
from mailcap.connection.idle import IdleTimer
from mailcap.connection.in_flight import InFlight
from mailcap.connection.listening import TLSContext
from mailcap.connection.outcome import as_deferred
from mailcap.connection.output import Output
from mailcap.connection.peers import host_of
from mailcap.connection.registry import Registry
from mailcap.domain.accounts import Access
from mailcap.domain.envelope import Connection
from mailcap.domain.errors import Failure

# Octets that may wait while a command is under way.  Pausing costs two system calls,
# so what fits into one read is taken without.
_MOST_WAITING = 65_536
# How long a client may talk, or a message take, before it makes no good use of its place.
_UNSERVED_SECONDS = 60
# Commands of one connection in a row; then it is the turn of the others.
_TURN = 100
# Closing while octets lie unread resets the connection, and the last answer is lost with
# it.  So a client that may be sending is heard out for a while; one that is silent may
# take note.
_LINGER_SECONDS = 10
_SILENT_SECONDS = 1

_log = Logger()


@implementer(IPushProducer, IHandshakeListener)
class Pump(Protocol):
    """The server's end of a connection, on which a session answers commands in order.

    Commands that came together are answered together.  None is begun while the answer
    to another is outstanding, nor while the client does not read its answers.
    """

    transport: Any

    def __init__(
        self,
        new_session: Callable[[Connection, Callable[[], None]], Session],
        *,
        clock: IReactorTime,
        registry: Registry,
        in_flight: InFlight,
        tls: TLSContext | None = None,
    ) -> None:
        self._new_session = new_session
        self._clock = clock
        self._registry = registry
        self._tls = tls
        self._share = in_flight.share(self._shed)
        self._busy = False  # work is under way, or the turn of others
        self._woken = False
        self._paused = False  # we do not read
        self._closing = False
        self._leaving: Farewell | None = None
        self._beginning = False
        self._concluded = b""
        self._deflate: Deflate | None = None
        self._linger: IDelayedCall | None = None

    # The transport's side

    def connectionMade(self) -> None:
        """Greet, unless there is no room."""
        self.transport.registerProducer(self, True)
        self._peer, local = host_of(self.transport.getPeer()), host_of(self.transport.getHost())
        self._session = self._new_session(Connection(peer=self._peer, local=local), self.wake)
        self._reader = self._session.reader
        self._timer = IdleTimer(self._clock, self._session.idle_seconds, self._idle)
        self._output = Output(self.transport, clock=self._clock, timer=self._timer)
        self._served = self._clock.seconds()
        why = self._registry.admit(self, self._peer)
        if why is None:
            self._output.write(self._session.greeting().wire)
        else:
            self._part(why)

    def dataReceived(self, data: bytes) -> None:
        """Take octets, and answer what they complete."""
        if self._closing:
            return
        if self._deflate is None:
            self._take(data)
        else:
            self._deflate.receive(data)
            self._inflate()

    def _take(self, data: bytes) -> None:
        self._reader.receive_data(data)
        if not (self._busy or self._output.choked):
            self._run([])
        elif self._reader.waiting > _MOST_WAITING and not self._paused:
            self._paused = True
            self.transport.pauseProducing()

    def pauseProducing(self) -> None:
        """Answer no more commands: the client does not read."""
        self._output.choked = True

    def resumeProducing(self) -> None:
        """Go on: it reads again."""
        self._output.choked = False
        self._output.go_on()
        if not (self._busy or self._closing):
            self._run([])

    def stopProducing(self) -> None:
        """Learn that the connection is going; `connectionLost` follows."""

    def handshakeCompleted(self) -> None:
        """Learn what TLS has agreed on."""
        handle = self.transport.getHandle()
        self._session.secured(f"{handle.get_protocol_version_name()} {handle.get_cipher_name()}")

    def connectionLost(self, reason: TwistedFailure = connectionDone) -> None:  # noqa: ARG002
        """Forget everything; work that is under way ends by itself, unanswered."""
        self._closing = True
        self._output.stop()
        self._timer.stop()
        if self._linger is not None and self._linger.active():
            self._linger.cancel()
        self._forget()
        self._registry.remove(self)

    # The session's side

    def wake(self) -> None:
        """Give the session a `WAKE`, behind what is under way."""
        self._woken = True
        if not (self._busy or self._output.choked or self._closing):
            self._run([])

    # The registry's side

    @property
    def kind(self) -> str:
        """What the session is for."""
        return self._session.kind

    @property
    def access(self) -> Access | None:
        """What the client may do since it has logged in."""
        return self._session.access

    def leave(self) -> None:
        """Say goodbye as soon as nothing is under way."""
        self._leaving = Farewell.SHUTDOWN
        self._leave_if_free()

    def expel(self) -> None:
        """Say goodbye: the right to be here is gone.

        What is under way may end, but nobody waits for a client that does not read.
        """
        self._leaving = Farewell.REVOKED
        if self._output.choked:
            self.transport.abortConnection()
        else:
            self._leave_if_free()

    def abort(self) -> None:
        """Say goodbye and close, whatever is under way."""
        if not self._closing:
            self._output.write(self._session.farewell(Farewell.SHUTDOWN).wire)
            self._shut(_SILENT_SECONDS)

    # The door's side

    @property
    def silent_since(self) -> float | None:
        """Since when the client has made no use of the connection; None while it does.

        Who talks, but has had no work done for long, makes none: so it is no use to drip
        a message, or to send a NOOP now and then.  This may be a time to come.
        """
        if self._busy or self._closing:
            return None
        unserved = self._served + _UNSERVED_SECONDS
        return unserved if self._reader.in_message else min(unserved, self._timer.touched)

    def make_room(self) -> None:
        """Say goodbye: others need the place more."""
        if not self._closing:
            self._part(Farewell.TOO_MANY)

    # One turn

    def _run(self, answers: list[bytes]) -> None:
        """Answer what can be answered, behind *answers* that are there already."""
        session = self._session
        try:
            if session.after is None and not self._output.choked:
                self._handle_events(answers)
        except Exception:  # noqa: BLE001  # whatever it is, only this connection may suffer
            answers.append(self._give_up())
        if answers:
            self._output.write(answers[0] if len(answers) == 1 else b"".join(answers))
        elif self._reader.in_message:
            self._timer.touch()
        if session.after is not None:
            self._turn_to(session.after)
        self._leave_if_free()
        if self._reader.in_message or self._share.size:
            self._share.resize(self._reader.held)
        self._timer.seconds = session.idle_seconds

    def _handle_events(self, answers: list[bytes]) -> None:
        session, next_event = self._session, self._reader.next_event
        for _ in range(_TURN):
            event = self._wake_up() if self._woken else next_event()
            if event is None:
                if self._paused:
                    self._listen()
                return
            outcome = session.handle(event)
            if isinstance(outcome, Work):
                self._begin(outcome)
                if self._busy:
                    return
                answers.append(self._concluded)
            elif isinstance(outcome, Stream):
                self._pour(outcome.pieces, answers)
                if self._busy or self._output.choked:
                    return
            elif outcome is not None:
                answers.append(outcome.wire)
            if session.after is not None:
                return
        self._busy = True
        self._clock.callLater(0, self._next_turn)

    def _wake_up(self) -> Wake:
        self._woken = False
        return WAKE

    def _next_turn(self) -> None:
        self._busy = False
        if not self._closing:
            self._run([])

    def _begin(self, work: Work) -> None:
        self._busy = self._beginning = True
        as_deferred(work.begin).addCallbacks(
            self._succeeded, self._failed, callbackArgs=(work,), errbackArgs=(work,)
        )
        self._beginning = False

    def _succeeded(self, result: Any, work: Work) -> None:
        self._conclude(work.succeeded, result)

    def _failed(self, reason: TwistedFailure, work: Work) -> None:
        if isinstance(reason.value, CancelledError):
            self._session.after = After.SHUT
            self._answer(b"")
            return
        if not isinstance(reason.value, Failure):
            _log.failure("what {peer} asked for failed", reason, peer=self._peer)
        self._conclude(work.failed, reason.value)

    def _conclude(self, say: Callable[[Any], Answer], outcome: Any) -> None:
        self._served = self._clock.seconds()
        try:
            answer = say(outcome).wire
        except Exception:  # noqa: BLE001  # as in `_run`
            answer = self._give_up()
        self._answer(answer)

    def _answer(self, answer: bytes) -> None:
        self._busy = False
        if self._beginning:
            self._concluded = answer  # it took no time: `_handle_events` is still at it
        elif not self._closing:
            self._run([answer])

    # A stream

    def _pour(self, pieces: AsyncGenerator[bytes, None], answers: list[bytes]) -> None:
        """Write *pieces* behind *answers*, which are written too."""
        self._busy = self._beginning = True
        Deferred.fromCoroutine(self._pour_all(pieces, answers[:]))
        answers.clear()
        self._beginning = False

    async def _pour_all(self, pieces: AsyncGenerator[bytes, None], kept: list[bytes]) -> None:
        try:
            await self._output.pour(pieces, kept)
        except Exception:  # noqa: BLE001  # as in `_run`
            kept.append(self._give_up())
        self._busy = False
        if not self._closing:
            if kept:
                self._output.write(b"".join(kept))
            if not self._beginning:
                self._run([])

    def _give_up(self) -> bytes:
        _log.failure("the connection from {peer} is given up", peer=self._peer)
        self._session.after = After.SHUT
        return self._session.farewell(Farewell.BROKEN).wire

    def _listen(self) -> None:
        self._paused = False
        self.transport.resumeProducing()
        if self._deflate is not None:
            self._clock.callLater(0, self._inflate)

    def _inflate(self) -> None:
        """Take what has come deflated, as long as anybody listens."""
        assert self._deflate is not None
        try:
            while not (self._closing or self._paused) and (data := self._deflate.next_piece()):
                self._take(data)
        except zlib.error:
            self.transport.abortConnection()  # what this client means nobody can know any more

    # The end

    def _idle(self) -> None:
        if self._busy and not self._output.is_waiting:
            self._timer.start()  # it is not the client who makes itself be waited for
        else:
            self._part(Farewell.IDLE)

    def _leave_if_free(self) -> None:
        why = self._leaving
        if why is None or self._busy or self._closing:
            return
        # What has come of a message may still become one, unless its sender is not welcome.
        if why is Farewell.REVOKED or not self._reader.in_message:
            self._part(why)

    def _part(self, why: Farewell) -> None:
        self._output.write(self._session.farewell(why).wire)
        self._close(_SILENT_SECONDS)

    def _turn_to(self, after: After) -> None:
        self._session.after = None
        if after is After.START_TLS:
            self._output.start_tls(self._tls)
        elif after is After.DEFLATE:
            self._deflate = self._output.deflate = Deflate()
        elif after is After.CLOSE:
            self._close(_LINGER_SECONDS)
        else:
            self._shut(_LINGER_SECONDS)

    def _close(self, seconds: float) -> None:
        self._end(seconds)
        self.transport.loseConnection()

    def _shut(self, seconds: float) -> None:
        self._end(seconds)
        self._output.shut()

    def _end(self, seconds: float) -> None:
        self._closing = True
        self._output.stop()
        self._timer.stop()
        self._forget()
        self.transport.unregisterProducer()
        if self._paused:
            self._listen()
        # A client that does not read, or does not close, must not stay for ever.
        self._linger = self._clock.callLater(seconds, self.transport.abortConnection)

    def _forget(self) -> None:
        self._session.ended()
        self._reader.discard()
        self._share.resize(0)

    def _shed(self) -> None:
        self._reader.drop_message()
        self._share.resize(self._reader.held)
