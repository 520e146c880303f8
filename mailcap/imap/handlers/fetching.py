"""FETCH (RFC 9051 section 6.4.5, RFC 3516, 7162, 8474, 8514, 8970)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from mailcap.domain.mailboxes import FlagChange, How, Mark
from mailcap.imap.desk import Desk, State
from mailcap.imap.fetching import Answers
from mailcap.imap.handlers.states import Completion, Handler, Pieces
from mailcap.imap.replies import BadRequest, require_all
from mailcap.imap.selected import Selected
from mailcap.imap.untagged import keywords, ranges
from mailcap.imap.wire import commands
from mailcap.imap.wire.commands import Attribute, Fetch, Item
from mailcap.imap.wire.encoding import line

_MARKED_AT_ONCE = 100  # messages are set to be seen, before they are read


async def _fetch(desk: Desk, command: Fetch, _: Completion) -> Pieces:
    selected = desk.mailbox
    if command.changed_since is not None or Attribute.MODSEQ in command.items:
        for piece in desk.enable_condstore():
            yield piece
    await selected.sync()
    for piece in _new_keywords(selected):
        yield piece
    found = selected.chosen(command.sequence, uid=command.uid)
    spans = found.spans
    if command.vanished:
        async for piece in _vanished(desk, command):
            yield piece
    if command.changed_since is not None:
        spans = _changed(selected, spans, command.changed_since)
    answers = Answers(desk.backend, desk.who.account, selected, _items(desk, command))
    for some in _portions(spans) if answers.are_seen else [spans]:
        if answers.are_seen:
            await _see(desk, some)
        async for piece in answers.of(some):
            yield piece
    require_all(command.uid, lost=found.lost)


def _new_keywords(selected: Selected) -> Iterator[bytes]:
    """Yield the keywords if there are new ones, before anything that has one of them."""
    if words := selected.view.take_keywords():
        yield from keywords(words, read_only=selected.read_only)


def _items(desk: Desk, command: Fetch) -> Sequence[Item]:
    """Return what is to be told: with CHANGEDSINCE also MODSEQ."""
    items = dict.fromkeys(command.items)
    if command.changed_since is not None:
        items[Attribute.MODSEQ] = None
    return items_told(desk, items, uid=command.uid)


def items_told(desk: Desk, items: Iterable[Item], *, uid: bool) -> Sequence[Item]:
    """Return what is told if *items* are asked for: with *uid* also that.

    With flags goes MODSEQ, once the client knows it (RFC 7162 sections 3.1.4.1 and 3.2.4).
    """
    told = dict.fromkeys(items)
    if desk.condstore and Attribute.FLAGS in told:
        told[Attribute.MODSEQ] = None
    return list({Attribute.UID: None, **told} if uid else told)


def _changed(selected: Selected, spans: Iterable[range], since: int) -> list[range]:
    candidates = selected.view.candidates()
    return candidates.spans(candidates.changed_since(since + 1) & candidates.among(spans))


async def _vanished(desk: Desk, command: Fetch) -> Pieces:
    """Yield VANISHED (EARLIER) (RFC 7162 section 3.2.6)."""
    if not desk.qresync:
        raise BadRequest("ENABLE QRESYNC first")
    assert command.changed_since is not None
    selected = desk.mailbox
    changes = await desk.backend.store.changes(
        desk.who.account,
        selected.id,
        since_modseq=command.changed_since,
        since_uid=selected.view.uid_next,
    )
    known = selected.view.saved if command.sequence.saved else command.sequence.ranges
    if vanished := selected.view.vanished_earlier(changes, known):
        yield line(b"*", b"VANISHED", b"(EARLIER)", ranges(vanished))


async def _see(desk: Desk, spans: Iterable[range]) -> None:
    r"""Set ``\Seen`` on messages that are about to be told of."""
    selected = desk.mailbox
    table = selected.view.table
    unseen = [
        uid
        for _, uid, place, _ in selected.view.messages(spans)
        if not table[place].marks & Mark.SEEN
    ]
    if unseen:
        await desk.backend.store.change_flags(
            desk.who.account, selected.id, unseen, FlagChange(How.ADD, Mark.SEEN)
        )
        selected.expect_change()
        await selected.sync()


def _portions(spans: Iterable[range]) -> Iterable[list[range]]:
    for span in spans:
        for start in range(span.start, span.stop, _MARKED_AT_ONCE):
            yield [range(start, min(start + _MARKED_AT_ONCE, span.stop))]


HANDLERS: Mapping[type[commands.Command], Handler] = {
    commands.Fetch: Handler("FETCH", State.SELECTED, _fetch),
}
