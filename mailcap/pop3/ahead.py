"""Messages, read some at a time where a client takes one after the other."""

from __future__ import annotations

from collections.abc import Sequence

from mailcap.connection.in_flight import InFlight
from mailcap.domain.errors import NotFound
from mailcap.domain.mailbox_store import MailboxStore
from mailcap.domain.mailboxes import Row, Want

LARGE = 2**18  # octets of a message that is sent piece by piece
_MOST_AHEAD = 256  # messages; and no more than a MiB, as the store gives them


class ReadAhead:
    """Reads the messages of a mailbox that have *uids*, as *viewer* sees them.

    Each message that follows the one before it doubles how many are read at once.
    *room* is for all sessions: when it is full, whoever has read most forgets it.
    """

    def __init__(
        self,
        store: MailboxStore,
        viewer: int,
        mailbox: int,
        uids: Sequence[int],
        *,
        room: InFlight,
    ) -> None:
        self._store = store
        self._viewer = viewer
        self._mailbox = mailbox
        self._uids = uids
        self._share = room.share(self.forget)
        self._kept: dict[int, Row] = {}
        self._want = Want(0)
        self._news = 0
        self._next = -1
        self._many = 1

    def take(self, place: int, want: Want) -> Row | None:
        """Return the message at *place* if it was read before, with all that is wanted."""
        if want != self._want:
            return None
        row = self._kept.pop(self._uids[place], None)
        if row is not None:
            self._next = place + 1
            if not self._kept:
                self._share.resize(0)
        return row

    async def read(self, place: int, want: Want) -> Row:
        """Return the message at *place*.  Raises `NotFound` if it is gone.

        One that is `LARGE` comes without its rest.
        """
        follows = place == self._next and want == self._want
        self._many = min(2 * self._many, _MOST_AHEAD) if follows else 1
        self._next, self._want = place + 1, want
        self.forget()
        news, uids = self._news, self._uids[place : place + self._many]
        rows = await self._store.rows(self._viewer, self._mailbox, uids, want, largest=LARGE)
        if not rows or rows[0].uid != uids[0]:
            raise NotFound("The message was deleted elsewhere.")
        if news == self._news:
            self._kept = {row.uid: row for row in rows[1:]}
            self._share.resize(sum(map(_size, rows[1:])))
        return rows[0]

    def distrust(self) -> None:
        """Read again what was read ahead, and less: the mailbox has changed."""
        self._many = 1
        self.forget()

    def forget(self) -> None:
        """Forget what was read ahead."""
        self._news += 1
        self._kept = {}
        self._share.resize(0)


def _size(row: Row) -> int:
    return len(row.trace) + len(row.header) + len(row.rest or b"")
