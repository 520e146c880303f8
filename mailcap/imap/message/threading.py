"""THREAD: messages in conversations (RFC 5256 section 3).

Nothing here is recursive: a conversation may be as deep as it has messages.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from mailcap.imap.message.sorting import collate, sent
from mailcap.imap.message.subjects import base_subject
from mailcap.mime.headers import Fields

_MAX_REFERENCES = 1_000
_MESSAGE_ID = re.compile(r"<([^<>]++)>")


@dataclass(frozen=True, slots=True)
class Letter:
    """What threading looks at: *sent* is in Unix seconds, *references* are the oldest first."""

    number: int
    sent: int
    subject: str
    is_reply: bool
    message_id: str | None = None
    references: tuple[str, ...] = ()


def letter(number: int, fields: Fields, *, internal_date: int) -> Letter:
    """Return what the header *fields* of message *number* say.

    *internal_date*, in Unix seconds, stands in for a Date that is missing.
    """
    subject, is_reply = base_subject(fields.decoded("subject") or "")
    when = sent(fields)
    own = _MESSAGE_ID.search(fields.get("message-id") or "")
    references = _MESSAGE_ID.findall(fields.get("references") or "")
    if not references:
        references = _MESSAGE_ID.findall(fields.get("in-reply-to") or "")[:1]
    return Letter(
        number=number,
        sent=internal_date if when is None else when,
        subject=collate(subject),
        is_reply=is_reply,
        message_id=own[1] if own else None,
        references=tuple(references[-_MAX_REFERENCES:]),
    )


def first_reference(fields: Fields) -> str | None:
    """Return the id of the message that a conversation began with, None if none is named."""
    for name in ("references", "in-reply-to", "message-id"):
        found = _MESSAGE_ID.search(fields.get(name) or "")
        if found is not None:
            return found[1]
    return None


def ordered_subject(letters: Iterable[Letter]) -> bytes:
    """Return the answer for ORDEREDSUBJECT: all with one subject below the first of them."""
    by_subject: dict[str, list[Letter]] = {}
    for one in sorted(letters, key=lambda each: (each.sent, each.number)):
        by_subject.setdefault(one.subject, []).append(one)
    pieces = []
    for first, *others in by_subject.values():
        numbers = [b"%d" % one.number for one in others]
        below = (
            b"".join([b"(%b)" % number for number in numbers]) if others[1:] else b"".join(numbers)
        )
        pieces.append(b"(%d%b%b)" % (first.number, b" " if below else b"", below))
    return b"".join(pieces)


@dataclass(slots=True, eq=False)
class _Node:
    """A message, or one that only others speak of: then *letter* is None."""

    letter: Letter | None = None
    parent: _Node | None = None
    children: list[_Node] = field(default_factory=list)
    towards_top: _Node | None = None  # a short cut, made shorter at each use

    @property
    def top(self) -> _Node:
        """The node without a parent that this one is below."""
        node = self
        while (above := node.towards_top) is not None:
            if above.towards_top is not None:
                node.towards_top = above.towards_top
            node = above
        return node

    def adopt(self, child: _Node) -> None:
        """Make *child* a child of this one, unless it has a parent or would be in a loop."""
        if child.parent is None and self.top is not child:
            child.parent = child.towards_top = self
            self.children.append(child)

    @property
    def first(self) -> Letter:
        """The message itself, or the first one below one that is missing."""
        return self.children[0].first if self.letter is None else self.letter


def references(letters: Sequence[Letter]) -> bytes:
    """Return the answer for REFERENCES."""
    roots = _prune(_link(letters))
    _sort(roots)
    roots = _gather(roots)
    _sort(roots)
    return b"".join([_written(root) for root in roots])


def _link(letters: Sequence[Letter]) -> list[_Node]:
    """Return the nodes without a parent: step 1 and 2.

    What a message says of itself goes before what others say of it.
    """
    nodes: dict[str, _Node] = {}
    own: list[_Node] = []
    for one in letters:
        node = nodes.setdefault(one.message_id, _Node()) if one.message_id else _Node()
        if node.letter is not None:  # a second message with this id is another one
            node = _Node()
        node.letter = one
        own.append(node)
    for node, one in zip(own, letters, strict=True):
        if one.references:
            nodes.setdefault(one.references[-1], _Node()).adopt(node)
    for one in letters:
        for older, newer in pairwise(one.references):
            nodes.setdefault(older, _Node()).adopt(nodes.setdefault(newer, _Node()))
    return [node for node in dict.fromkeys((*own, *nodes.values())) if node.parent is None]


def _prune(roots: list[_Node]) -> list[_Node]:
    """Take away messages that are missing: step 3.  One with many children may stay on top."""
    for node in reversed(_all(roots)):
        node.children = [one for child in node.children for one in _standing(child)]
    return [
        one for root in roots for one in ([root] if len(root.children) > 1 else _standing(root))
    ]


def _standing(node: _Node) -> list[_Node]:
    """Return *node*, or its children in place of a message that is missing."""
    return node.children if node.letter is None else [node]


def _all(roots: Iterable[_Node]) -> list[_Node]:
    """Return all nodes, each behind its parent."""
    found = list(roots)
    for node in found:  # which grows meanwhile
        found += node.children
    return found


def _sort(roots: list[_Node]) -> None:
    """Sort the members of each level by the date they were sent: steps 4 and 6."""
    for node in reversed(_all(roots)):
        node.children.sort(key=_moment)
    roots.sort(key=_moment)


def _moment(node: _Node) -> tuple[int, int]:
    return node.first.sent, node.first.number


def _gather(roots: list[_Node]) -> list[_Node]:
    """Put conversations with one subject together: step 5."""
    table: dict[str, _Node] = {}
    for root in roots:
        subject = root.first.subject
        if subject and _goes_before(root, table.get(subject)):
            table[subject] = root
    kept: dict[_Node, None] = {}
    for root in roots:
        other = table.get(root.first.subject, root)
        if other is root:
            kept[root] = None
        elif other.letter is None:
            other.children += root.children if root.letter is None else [root]
        elif _is_reply(root) and not _is_reply(other):
            other.children.append(root)
        else:
            both = _Node(children=[other, root])
            table[root.first.subject] = both
            kept.pop(other, None)
            kept[both] = None
    return list(kept)


def _goes_before(root: _Node, other: _Node | None) -> bool:
    """Whether *root* is the one to gather others with its subject, rather than *other*."""
    if other is None:
        return True
    if other.letter is None:
        return False
    return root.letter is None or (_is_reply(other) and not _is_reply(root))


def _is_reply(node: _Node) -> bool:
    return node.letter is not None and node.letter.is_reply


def _written(root: _Node) -> bytes:
    """Return a conversation in its parentheses."""
    pieces: list[bytes] = []
    waiting: list[bytes | _Node] = [b")", root, b"("]
    while waiting:
        item = waiting.pop()
        if isinstance(item, bytes):
            pieces.append(item)
            continue
        if item.letter is not None:
            pieces.append(b"%d" % item.letter.number)
        if item.letter is not None and item.children:
            pieces.append(b" ")
        if len(item.children) == 1:
            waiting.append(item.children[0])
        else:
            for child in reversed(item.children):
                waiting += [b")", child, b"("]
    return b"".join(pieces)
