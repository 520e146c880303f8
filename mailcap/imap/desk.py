"""How far a session has come: who has logged in, what is enabled, what is selected.

This is what the handlers of commands work on.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from enum import Flag, auto

from mailcap.authentication.sasl import MECHANISMS
from mailcap.connection.dialogue import After
from mailcap.domain.accounts import Access, Identity
from mailcap.domain.envelope import Connection
from mailcap.domain.mailboxes import is_unified
from mailcap.imap.backend import Backend
from mailcap.imap.capabilities import announced
from mailcap.imap.notify import Notifications
from mailcap.imap.replies import Refused
from mailcap.imap.selected import Selected, Wishes, open_mailbox
from mailcap.imap.settings import IMAPSettings
from mailcap.imap.untagged import highest_modseq
from mailcap.imap.wire.commands import Command
from mailcap.imap.wire.encoding import astring
from mailcap.imap.wire.names import to_wire
from mailcap.imap.wire.reader import COMMAND_LIMIT, UNTRUSTED_LIMIT, Reader


class State(Flag):
    """How far a session has come (RFC 9051 section 3)."""

    NOT_AUTHENTICATED = auto()
    AUTHENTICATED = auto()
    SELECTED = auto()


class Desk:
    """The state of a session, and what can be done with it.

    *reader* is told how to read on; *known* are the commands that are obeyed.
    *on_change* is called when the mailbox that is selected may have changed, *on_news* when
    what NOTIFY has asked for may have.
    """

    def __init__(
        self,
        settings: IMAPSettings,
        connection: Connection,
        *,
        backend: Backend,
        reader: Reader,
        known: Collection[type[Command]],
        on_change: Callable[[], None],
        on_news: Callable[[], None],
    ) -> None:
        self.after: After | None = None
        self.backend = backend
        self.notify = Notifications(backend, on_news)
        self.selected: Selected | None = None
        self.is_compressed = False
        self._is_over = False
        self._identity: Identity | None = None
        self._enabled: set[str] = set()
        self._settings = settings
        self._connection = connection
        self._reader = reader
        self._known = known
        self._on_change = on_change
        self.log_out()

    def secured(self, tls: str) -> None:
        """Learn that TLS is in use from now on, and of which kind."""
        self._connection = replace(self._connection, tls=tls)

    def capabilities(self) -> list[bytes]:
        """Return what can be done in this state, by name."""
        logged_in = self.state is not State.NOT_AUTHENTICATED
        found = announced(self._known, logged_in=logged_in)
        if logged_in:
            found.append(b"APPENDLIMIT=%d" % self.append_limit)
            if not self.is_compressed:
                found.append(b"COMPRESS=DEFLATE")
        else:
            if self.may_start_tls():
                found.append(b"STARTTLS")
            if self.may_log_in():
                found += [b"AUTH=" + mechanism.encode() for mechanism in MECHANISMS]
            else:
                found.append(b"LOGINDISABLED")
        return found

    def may_start_tls(self) -> bool:
        """Whether STARTTLS is offered."""
        return self._settings.offers_tls(self._connection)

    def may_log_in(self) -> bool:
        """Whether a password may come over this connection."""
        return self._settings.allows_login(self._connection)

    def is_late(self) -> bool:
        """Whether the client should have logged in by now."""
        return self._identity is None and self.backend.now() > self._log_in_by

    def compress(self) -> None:
        """Compress the connection from here on.  Raises `Refused`."""
        if self.is_compressed:
            raise Refused("The connection is compressed already", "COMPRESSIONACTIVE")
        if not self.backend.compressed.take():
            raise Refused("Too many connections are compressed", "LIMIT")
        self.is_compressed = True
        self._reader.discard()
        self.after = After.DEFLATE

    def ended(self) -> None:
        """Let go of everything: the connection is over."""
        self._is_over = True
        self.notify.end()
        if self.selected is not None:
            self.selected.close()
        if self.is_compressed:
            self.is_compressed = False
            self.backend.compressed.give_back()

    def forget_input(self) -> None:
        """Forget whatever the client has sent behind this command."""
        self._reader.discard()

    async def log_in(self, name: str, password: str) -> None:
        """Find out who it is.  Raises what `Authenticator.authenticate` does."""
        self._identity = await self.backend.authenticator.authenticate(
            name, password, peer=self._connection.peer
        )
        self.idle_seconds = self._settings.idle_seconds
        self._reader.command_limit = COMMAND_LIMIT
        self._reader.message_limit = self._settings.message_size

    def log_out(self) -> None:
        """Know nothing of the client, as at the start (RFC 8437)."""
        self.deselect()
        self.notify.clear()
        self._identity = None
        self.idle_seconds = self._settings.login_seconds
        self._log_in_by = self.backend.now() + self._settings.login_seconds
        self._enabled.clear()
        self._reader.command_limit = UNTRUSTED_LIMIT
        self._reader.message_limit = 0  # nobody may store anything yet
        self._reader.utf8 = False

    def enable(self, name: str) -> bool:
        """Enable an extension; return whether it was not enabled before."""
        is_new = name not in self._enabled
        self._enabled.add(name)
        if name in ("UTF8=ACCEPT", "IMAP4REV2"):
            self._reader.utf8 = True
        if self.selected is not None:
            self.selected.view.condstore = self.condstore
            self.selected.view.qresync = self.qresync
            if self.rev2:
                self.selected.forget_recent()
        return is_new

    async def select(self, name: str, *, read_only: bool) -> Selected:
        """Open a mailbox.  Raises what `Mailboxes.open` does, and `NotFound`."""
        key = await self.backend.mailboxes.open(self.who, name)
        naming = await self.backend.mailboxes.naming(self.who)
        selected = await open_mailbox(
            self.backend,
            self.who.account,
            key,
            naming.show(key),
            wishes=Wishes(
                read_only=read_only,
                recent=not self.rev2,
                condstore=self.condstore,
                qresync=self.qresync,
            ),
            on_change=self._on_change,
        )
        if self._is_over:  # the client has gone meanwhile
            selected.close()
        self.selected = selected
        return selected

    def deselect(self) -> None:
        """Let go of the mailbox that is selected, if any."""
        if self.selected is not None:
            self.selected.close()
            self.selected = None

    @property
    def state(self) -> State:
        """How far the session has come."""
        if self._identity is None:
            return State.NOT_AUTHENTICATED
        return State.AUTHENTICATED if self.selected is None else State.SELECTED

    @property
    def who(self) -> Identity:
        """Who has logged in."""
        assert self._identity is not None
        return self._identity

    @property
    def access(self) -> Access | None:
        """What the client may do since it has logged in."""
        if self._identity is None:
            return None
        if self.selected is None or is_unified(self.selected.key):
            return Access(self._identity)
        return Access(self._identity, self.selected.key.owner)

    @property
    def mailbox(self) -> Selected:
        """The mailbox that is selected, in that state."""
        assert self.selected is not None
        return self.selected

    @property
    def rev2(self) -> bool:
        """Whether the client has enabled IMAP4rev2."""
        return "IMAP4REV2" in self._enabled

    @property
    def condstore(self) -> bool:
        """Whether the client wants modification sequences, or more (QRESYNC)."""
        return not self._enabled.isdisjoint(("CONDSTORE", "QRESYNC"))

    @property
    def qresync(self) -> bool:
        """Whether the client has enabled QRESYNC."""
        return "QRESYNC" in self._enabled

    @property
    def append_limit(self) -> int:
        """How many octets a message may have."""
        return self._settings.message_size

    def mailbox_name(self, name: str) -> bytes:
        """Return the name of a mailbox as this client understands it."""
        if self._reader.utf8:
            return astring(name, utf8=True)
        return astring(to_wire(name, utf8=False))

    def writable(self) -> Selected:
        """Return the selected mailbox.  Raises `Refused` if it was opened with EXAMINE."""
        if self.mailbox.read_only:
            raise Refused("The mailbox was opened to be read only", "READ-ONLY")
        return self.mailbox

    def enable_condstore(self) -> list[bytes]:
        """Tell of modification sequences from now on; return what tells the client so.

        It says that it wants them by using them (RFC 7162 section 3.1).
        """
        if not self.enable("CONDSTORE") or self.selected is None:
            return []
        return [highest_modseq(self.selected.view)]
