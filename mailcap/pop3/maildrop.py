"""The maildrop that a session has open, and has to itself."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import suppress
from typing import Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from mailcap.domain.accounts import Identity
from mailcap.domain.errors import Failure, InUse
from mailcap.domain.mailboxes import INBOX, FlagChange, How, MailboxKey, Maildrop, Mark, Row, Want
from mailcap.pop3.ahead import ReadAhead
from mailcap.pop3.backend import Backend
from mailcap.pop3.numbers import Numbers
from mailcap.pop3.wire.multiline import FirstLines, Stuffing

_WHOLE = Want.TRACE | Want.CONTENT
_HEAD = Want.TRACE | Want.HEADER
_MOST_SEEN = 1_000  # messages whose flag is set in one go
_SEEN = FlagChange(How.ADD, Mark.SEEN)

_log = Logger()


async def open_maildrop(backend: Backend, who: Identity) -> OpenMaildrop:
    r"""Return the maildrop of *who*: an address's inbox, or all that is an account's.

    Raises `InUse`, `NotPermitted` and `StoreUnavailable`.
    """
    key = await backend.mailboxes.open(who, INBOX)
    may_expire = await backend.mailboxes.may_expire(key)
    if not await backend.locks.take(who.account, key):
        raise InUse("Another session of this account has the maildrop open")
    try:
        maildrop = await backend.store.maildrop(who.account, key)
    except BaseException:
        await backend.locks.give_back(who.account, key)
        raise
    return OpenMaildrop(backend, who.account, key, maildrop, may_expire=may_expire)


class OpenMaildrop:
    r"""A maildrop as it was at the login; its lock lasts until `close`.

    `\Seen` is set on what was retrieved, some hundreds of messages at a time and at the
    end: a commit for each would take longer than all else.
    """

    def __init__(
        self,
        backend: Backend,
        account: int,
        key: MailboxKey,
        maildrop: Maildrop,
        *,
        may_expire: bool,
    ) -> None:
        self.numbers = Numbers(maildrop)
        self.may_expire = may_expire
        self._backend = backend
        self._account = account
        self._key = key
        self._mailbox = maildrop.mailbox
        self._seen: list[int] = []
        self._is_open = True
        self._ahead = ReadAhead(
            backend.store, account, maildrop.mailbox or 0, maildrop.uids, room=backend.ahead
        )
        self._unwatch: Callable[[], None] = lambda: None
        if maildrop.mailbox is not None:
            self._unwatch = backend.hub.watch(maildrop.mailbox, self._ahead.distrust, kind="pop3")

    def at_hand(self, place: int) -> bytes | None:
        """Return the message at *place* as RETR sends it, if it was read before."""
        row = self._ahead.take(place, _WHOLE)
        if row is None or row.rest is None:
            return None
        self._note_seen(place)
        return _whole(row)

    async def retrieve(self, place: int) -> AsyncGenerator[bytes, None]:
        """Yield the message at *place* as RETR sends it.

        Raises `NotFound` before the first piece, and `Cut` behind it.
        """
        row = await self._ahead.read(place, _WHOLE)
        self._note_seen(place)
        if row.rest is not None:
            yield _whole(row)
            return
        stuffing = Stuffing()
        yield stuffing.piece(row.trace + row.header)
        async for piece in self._rest(row):
            yield stuffing.piece(piece)
        yield stuffing.end()

    async def top(self, place: int, lines: int) -> AsyncGenerator[bytes, None]:
        """Yield the header block of the message at *place*, and *lines* lines behind it.

        Raises as `retrieve` does.
        """
        want = _WHOLE if lines else _HEAD
        row = self._ahead.take(place, want) or await self._ahead.read(place, want)
        stuffing, first = Stuffing(), FirstLines(lines)
        yield stuffing.piece(row.trace + row.header)
        if row.rest is not None:
            yield stuffing.piece(first.piece(row.rest))
        elif lines:
            async for piece in self._rest(row):
                yield stuffing.piece(first.piece(piece))
                if not first.left:
                    break
        yield stuffing.end()

    async def commit(self) -> None:
        r"""Delete what is marked, for ever and all at once; then `\Seen`, and the lock ends.

        Raises `Failure` if nothing could be deleted.
        """
        deleted = self.numbers.deleted()
        try:
            if deleted and self._mailbox is not None:
                await self._backend.store.remove(self._account, self._mailbox, deleted)
                self._seen = sorted(set(self._seen).difference(deleted))
        finally:
            await self._end()

    def close(self) -> None:
        """Delete nothing, and let go of everything."""
        _in_background(self._end())

    async def _end(self) -> None:
        if not self._is_open:
            return
        self._is_open = False
        self._unwatch()
        self._ahead.forget()
        with suppress(Failure):  # whoever has read a message will hardly miss the flag
            await self._write_seen()
        await self._backend.locks.give_back(self._account, self._key)

    def _note_seen(self, place: int) -> None:
        self._seen.append(self.numbers.uids[place])
        if len(self._seen) >= _MOST_SEEN:
            _in_background(self._write_seen())

    async def _write_seen(self) -> None:
        seen, self._seen = sorted(set(self._seen)), []
        if seen and self._mailbox is not None:
            await self._backend.store.change_flags(self._account, self._mailbox, seen, _SEEN)

    async def _rest(self, row: Row) -> AsyncGenerator[bytes, None]:
        """Yield what is behind the header block of a message that is large."""
        left = row.size - len(row.trace) - len(row.header)
        async for piece in self._backend.store.pieces(row.body, 0):
            yield piece
            left -= len(piece)
        if left:
            raise Cut


class Cut(Exception):
    """A message was deleted while it was on its way: its end will never come."""


def _whole(row: Row) -> bytes:
    stuffing = Stuffing()
    octets = stuffing.piece(b"".join((row.trace, row.header, row.rest or b"")))
    return octets + stuffing.end()


def _in_background(work: Coroutine[Any, Any, None]) -> None:
    Deferred.fromCoroutine(work).addErrback(_ignore)


def _ignore(reason: Any) -> None:
    if not reason.check(Failure):
        _log.failure("the end of a session failed", failure=reason)
