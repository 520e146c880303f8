"""LIST and LSUB (RFC 9051 section 6.3.9, RFC 3501, 5258, 5819, 6154)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from mailcap.domain.mailboxes import DELIMITER, MailboxKey, MailboxStatus
from mailcap.imap.desk import Desk
from mailcap.imap.handlers.mailboxes import status_of
from mailcap.imap.handlers.states import LOGGED_IN, Completion, Handler, Pieces
from mailcap.imap.statuses import statuses_of
from mailcap.imap.wire import commands
from mailcap.imap.wire.encoding import line, listed
from mailcap.imap.wire.names import Pattern
from mailcap.services.mailbox_lists import Listed

_SELECTING = frozenset({"SUBSCRIBED", "SPECIAL-USE"})
_MANY = 200  # names: to compare more takes as long as others may be kept waiting
_ROOT = rb'(\Noselect) "/" ""'


async def _list(desk: Desk, command: commands.List, completion: Completion) -> Pieces:
    word = b"LSUB" if command.is_lsub else b"LIST"
    completion.text = f"{word.decode()} completed"
    if command.patterns == ("",) and not command.extended:
        yield line(b"*", word, _ROOT)  # which delimiter there is
        return
    if "HIGHESTMODSEQ" in command.status:
        for piece in desk.enable_condstore():
            yield piece
    found = await _found(desk, command)
    statuses: dict[MailboxKey, MailboxStatus] = {}
    if command.status:
        keys = [one.key for one in found if one.exists]
        statuses = {one.key: one for one in await statuses_of(desk.backend, desk.who, keys)}
    lines = []
    for one in found:
        lines.append(_line(desk, command, one, word))
        if one.exists and one.key in statuses:
            lines.append(status_of(desk, one.name, statuses[one.key], command.status))
    yield b"".join(lines)


async def _found(desk: Desk, command: commands.List) -> list[Listed]:
    """Return what matches a pattern and is selected, or has something below it that is."""
    found: dict[str, Listed] = {}
    for text in command.patterns:
        pattern = Pattern(command.reference, text)
        for one in await _matching(desk, pattern, command):
            found.setdefault(one.name, one)
    return list(found.values())


async def _matching(desk: Desk, pattern: Pattern, command: commands.List) -> list[Listed]:
    mailboxes, who = desk.backend.mailboxes, desk.who
    selecting = command.selection & _SELECTING
    recursive = command.is_lsub or "RECURSIVEMATCH" in command.selection
    if pattern.is_name and not recursive:
        one = await mailboxes.find(who, pattern.text)
        return [one] if one is not None and _is_selected(one, selecting) else []
    listing = await mailboxes.listing(who, pattern.literal_start)
    above = _above(one.name for one in listing if _is_selected(one, selecting))
    shown = [
        one for one in listing if _is_selected(one, selecting) or (recursive and one.name in above)
    ]
    if len(shown) > _MANY:
        matching: list[Listed] = await desk.backend.elsewhere(_matched, pattern, shown)
        return matching
    return _matched(pattern, shown)


def _matched(pattern: Pattern, shown: Iterable[Listed]) -> list[Listed]:
    return [one for one in shown if pattern.matches(one.name)]


def _is_selected(one: Listed, selecting: Iterable[str]) -> bool:
    if not selecting:
        return one.exists or one.has_children
    return ("SUBSCRIBED" not in selecting or one.subscribed) and (
        "SPECIAL-USE" not in selecting or bool(one.special_use)
    )


def _above(names: Iterable[str]) -> set[str]:
    found = set()
    for name in names:
        levels = name.split(DELIMITER)
        found |= {DELIMITER.join(levels[:end]) for end in range(1, len(levels))}
    return found


def _line(desk: Desk, command: commands.List, one: Listed, word: bytes) -> bytes:
    words = [b"*", word, listed(attributes(desk, command, one)), b'"/"']
    words.append(desk.mailbox_name(one.name))
    if "RECURSIVEMATCH" in command.selection and one.has_children:
        kinds = [kind.encode() for kind in sorted(command.selection & _SELECTING)]
        words.append(b'("CHILDINFO" %b)' % listed([b'"%b"' % kind for kind in kinds]))
    return line(*words)


def attributes(desk: Desk, command: commands.List, one: Listed) -> Sequence[bytes]:
    """Return what LIST says of a mailbox beside its name."""
    found = []
    if command.is_lsub:
        return () if one.subscribed else (rb"\Noselect",)
    if not one.exists:
        # \NonExistent means \Noselect too, but older clients know only that.
        found.append(rb"\NonExistent" if desk.rev2 or command.extended else rb"\Noselect")
    found.append(rb"\HasChildren" if one.has_children else rb"\HasNoChildren")
    if one.subscribed and {"SUBSCRIBED"} & (command.returned | command.selection):
        found.append(rb"\Subscribed")
    if one.special_use:
        found.append(b"\\" + one.special_use.encode())
    return found


HANDLERS: Mapping[type[commands.Command], Handler] = {
    commands.List: Handler("LIST", LOGGED_IN, _list),
}
