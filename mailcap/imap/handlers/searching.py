"""SEARCH, SORT and THREAD (RFC 9051 section 6.4.4, RFC 3501, 4731, 5182, 5256, 7162)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from mailcap.domain.errors import Failure
from mailcap.domain.mailboxes import Want
from mailcap.imap.candidates import Candidates, Mask
from mailcap.imap.desk import Desk, State
from mailcap.imap.handlers.states import Completion, Handler, Pieces
from mailcap.imap.message import threading
from mailcap.imap.message.threading import Letter
from mailcap.imap.replies import Refused
from mailcap.imap.searching import Search, asks_modseq
from mailcap.imap.sorting import sort, sortable
from mailcap.imap.wire import commands
from mailcap.imap.wire.encoding import line, number_set, string
from mailcap.imap.wire.keys import Key
from mailcap.mime import headers

_SAVE_ONLY = frozenset({"SAVE"})
_ANSWERS: Mapping[str, Callable[[Sequence[Letter]], bytes]] = {
    "ORDEREDSUBJECT": threading.ordered_subject,
    "REFERENCES": threading.references,
}


async def _search(desk: Desk, command: commands.Search, _: Completion) -> Pieces:
    by_modseq = asks_modseq(command.key)
    if by_modseq:
        for piece in desk.enable_condstore():
            yield piece
    options = command.options
    search, mask = await _found(desk, command.key, options)
    candidates = search.candidates
    numbers = candidates.uids(mask) if command.uid else candidates.numbers(mask)
    modseq = _highest(candidates, mask, options) if by_modseq else 0
    if options is None and not desk.rev2:
        yield b"* SEARCH%b%b\r\n" % (_spaced(numbers), b" (MODSEQ %d)" % modseq if modseq else b"")
    elif options != _SAVE_ONLY:
        yield _esearch(command, numbers, number_set(numbers), modseq)


async def _found(
    desk: Desk, key: Key, options: frozenset[str] | None = None
) -> tuple[Search, Mask]:
    """Return the messages that *key* asks for; with SAVE they are what ``$`` means."""
    selected = desk.mailbox
    await selected.sync()
    search = Search(desk.backend, desk.who.account, selected)
    if options is None or "SAVE" not in options:
        return search, await search.find(key)
    try:
        mask = await search.find(key)
    except (Failure, Refused):
        selected.view.save(())  # RFC 5182 section 2.1
        raise
    selected.view.save(_ends(search.candidates, mask, options))
    return search, mask


def _ends(candidates: Candidates, mask: Mask, options: frozenset[str]) -> list[range]:
    """Return what a search has to do with: with MIN and MAX alone, only the ends.

    See RFC 5182 section 2.4 and RFC 4731 section 3.2.
    """
    spans = candidates.spans(mask)
    if not spans or not options & {"MIN", "MAX"} or options & {"ALL", "COUNT"}:
        return spans
    first, last = spans[0].start, spans[-1].stop - 1
    ends = [place for word, place in (("MIN", first), ("MAX", last)) if word in options]
    return [range(place, place + 1) for place in dict.fromkeys(ends)]


def _spaced(numbers: Sequence[int]) -> bytes:
    """Return *numbers* with a space in front of each."""
    # A list writes itself much faster than its items are written one by one.
    return b" " + str(list(numbers))[1:-1].replace(",", "").encode() if numbers else b""


def _highest(candidates: Candidates, mask: Mask, options: frozenset[str] | None) -> int:
    """Return the highest modification sequence of what is told, 0 of nothing."""
    meant = mask if options is None else candidates.among(_ends(candidates, mask, options))
    return candidates.highest_modseq(meant)


def _esearch(
    command: commands.Search | commands.Sort,
    numbers: Sequence[int],
    written: bytes,
    modseq: int,
) -> bytes:
    """Return ESEARCH (RFC 4731); of a SORT *numbers* are in its order (RFC 5267)."""
    options = command.options or frozenset({"ALL"})
    words = [b"* ESEARCH (TAG %b)" % string(command.tag)]
    if command.uid:
        words.append(b"UID")
    if numbers and "MIN" in options:
        words.append(b"MIN %d" % numbers[0])
    if numbers and "MAX" in options:
        words.append(b"MAX %d" % numbers[-1])
    if numbers and "ALL" in options:
        words.append(b"ALL " + written)
    if "COUNT" in options:
        words.append(b"COUNT %d" % len(numbers))
    if modseq:
        words.append(b"MODSEQ %d" % modseq)
    return line(*words)


async def _sort(desk: Desk, command: commands.Sort, _: Completion) -> Pieces:
    by_modseq = asks_modseq(command.key)
    if by_modseq:
        for piece in desk.enable_condstore():
            yield piece
    search, mask = await _found(desk, command.key, command.options)
    modseq = _highest(search.candidates, mask, command.options) if by_modseq else 0
    rows = await search.collect(mask, Want.INTERNAL_DATE | Want.SIZE | Want.HEADER, sortable)
    uids = await desk.backend.elsewhere(sort, rows, command.criteria)
    numbers = uids if command.uid else [desk.mailbox.view.number_of(uid) for uid in uids]
    if command.options is None:
        yield b"* SORT%b%b\r\n" % (_spaced(numbers), b" (MODSEQ %d)" % modseq if modseq else b"")
    elif command.options != _SAVE_ONLY:
        yield _esearch(command, numbers, b",".join([b"%d" % number for number in numbers]), modseq)


async def _thread(desk: Desk, command: commands.Thread, _: Completion) -> Pieces:
    search, mask = await _found(desk, command.key)
    number_of = desk.mailbox.view.number_of
    letters = await search.collect(
        mask,
        Want.INTERNAL_DATE | Want.HEADER,
        lambda row: threading.letter(
            row.uid if command.uid else number_of(row.uid),
            headers.parse(row.header),
            internal_date=row.internal_date // 1000,
        ),
    )
    found = await desk.backend.elsewhere(_ANSWERS[command.algorithm], letters)
    yield b"* THREAD%b%b\r\n" % (b" " if found else b"", found)


HANDLERS: Mapping[type[commands.Command], Handler] = {
    commands.Search: Handler("SEARCH", State.SELECTED, _search),
    commands.Sort: Handler("SORT", State.SELECTED, _sort),
    commands.Thread: Handler("THREAD", State.SELECTED, _thread),
}
