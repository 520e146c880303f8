"""Untagged answers about the selected mailbox (RFC 9051 sections 7.3 to 7.5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice

from mailcap.imap import flags
from mailcap.imap.updates import Exists, Expunge, Flagged, Keywords, Recent, Update, Vanished
from mailcap.imap.view import MailboxView
from mailcap.imap.wire.encoding import line

_AT_ONCE = 1_000  # of short lines in one piece


def told(update: Update, *, read_only: bool) -> Iterator[bytes]:
    """Yield what tells a client of *update*."""
    if isinstance(update, Flagged):
        yield flagged(update)
    elif isinstance(update, Exists):
        yield b"* %d EXISTS\r\n" % update.count
    elif isinstance(update, Recent):
        yield b"* %d RECENT\r\n" % update.count
    elif isinstance(update, Vanished):
        yield line(b"*", b"VANISHED", ranges(update.uids))
    elif isinstance(update, Expunge):
        yield from _expunged(update)
    else:
        yield from keywords(update, read_only=read_only)


def keywords(update: Keywords, *, read_only: bool) -> Iterator[bytes]:
    """Yield FLAGS and PERMANENTFLAGS."""
    yield line(b"*", b"FLAGS", flags.known(update.words))
    permanent = flags.settable(update.words, read_only=read_only)
    yield line(b"*", b"OK", b"[PERMANENTFLAGS %b]" % permanent, b"Flags permitted")


def highest_modseq(view: MailboxView) -> bytes:
    """Return HIGHESTMODSEQ: what the client may come back with."""
    return line(b"*", b"OK", b"[HIGHESTMODSEQ %d]" % view.synced_modseq, b"Highest")


def flagged(update: Flagged) -> bytes:
    """Return FETCH with what has changed of a message's flags.

    With the UID, as every FETCH response may (RFC 9051 section 7.5.2) and those of QRESYNC
    must have it (RFC 7162 section 3.2.4).
    """
    words = [b"UID %d" % update.uid]
    if update.state is not None:
        words.append(b"FLAGS %b" % flags.written(update.state, recent=update.recent))
    if update.modseq is not None:
        words.append(b"MODSEQ (%d)" % update.modseq)
    return b"* %d FETCH (%b)\r\n" % (update.number, b" ".join(words))


def ranges(uids: Iterable[tuple[int, int]]) -> bytes:
    """Return rising ranges as a sequence set."""
    return b",".join(
        [b"%d" % first if first == last else b"%d:%d" % (first, last) for first, last in uids]
    )


def _expunged(update: Expunge) -> Iterator[bytes]:
    numbers = chain.from_iterable(update.numbers)
    while lines := [b"* %d EXPUNGE\r\n" % number for number in islice(numbers, _AT_ONCE)]:
        yield b"".join(lines)
