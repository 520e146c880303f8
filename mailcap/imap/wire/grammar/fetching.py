"""FETCH (RFC 9051 section 6.4.5, and the items of RFC 3516, 7162, 8474, 8514, 8970)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from mailcap.imap.wire.commands import Attribute, Binary, Command, Fetch, Item, Section
from mailcap.imap.wire.grammar.sequences import sequence_set
from mailcap.imap.wire.lexer import Bad, Lexer

_FAST = (Attribute.FLAGS, Attribute.INTERNALDATE, Attribute.SIZE)
_ALL = (*_FAST, Attribute.ENVELOPE)
_MACROS: Mapping[str, tuple[Item, ...]] = {
    "FAST": _FAST,
    "ALL": _ALL,
    "FULL": (*_ALL, Attribute.BODY),
}
_RFC822: Mapping[str, Section] = {
    "RFC822": Section(b"RFC822"),
    "RFC822.HEADER": Section(b"RFC822.HEADER", text="HEADER", peek=True),
    "RFC822.TEXT": Section(b"RFC822.TEXT", text="TEXT"),
}
_TEXTS = ("HEADER.FIELDS.NOT", "HEADER.FIELDS", "HEADER", "TEXT", "MIME")
_MAX_DEPTH = 200  # numbers of a part: twice as deep as a structure may be
_MAX_PARTIAL = 2**63 - 1


def _fetch(uid: bool, tag: str, lexer: Lexer) -> Fetch:
    lexer.sp()
    sequence = sequence_set(lexer)
    lexer.sp()
    items = _items(lexer)
    changed_since, vanished = None, False
    if lexer.try_sp():
        changed_since, vanished = _modifiers(lexer)
    if vanished and not (uid and changed_since is not None):
        raise Bad("VANISHED needs UID FETCH and CHANGEDSINCE (RFC 7162 section 3.2.6)")
    return Fetch(tag, sequence, items, changed_since, vanished, uid)


def _items(lexer: Lexer) -> tuple[Item, ...]:
    if lexer.next_is(b"("):
        return tuple(dict.fromkeys(lexer.listed(lambda: item(lexer))))
    macro = lexer.try_keyword(*_MACROS)
    return _MACROS[macro] if macro else (item(lexer),)


def _modifiers(lexer: Lexer) -> tuple[int | None, bool]:
    found: dict[str, int | None] = {}

    def modifier() -> None:
        word = lexer.try_keyword("CHANGEDSINCE", "VANISHED")
        if word is None or word in found:
            raise Bad("unknown or repeated modifier of FETCH")
        found[word] = None
        if word == "CHANGEDSINCE":
            lexer.sp()
            found[word] = lexer.mod_sequence(least=0)

    lexer.listed(modifier)
    return found.get("CHANGEDSINCE"), "VANISHED" in found


def item(lexer: Lexer) -> Item:
    """Expect fetch-att."""
    mark = lexer.mark()
    word = lexer.name()
    if word in ("BODY", "BODY.PEEK") and lexer.next_is(b"["):
        return _section(lexer, peek=word == "BODY.PEEK")
    if word in ("BINARY", "BINARY.PEEK", "BINARY.SIZE"):
        return _binary(lexer, word)
    if word in _RFC822:
        return _RFC822[word]
    if word == "PREVIEW" and lexer.next_is(b" ("):
        lexer.sp()
        lexer.octets(b"(")
        if not lexer.try_keyword("LAZY"):
            raise Bad("unknown modifier of PREVIEW")
        lexer.octets(b")")
    try:
        return Attribute(word)
    except ValueError:
        written = lexer.since(mark).decode("ascii", "replace")
        raise Bad(f"there is no {written[:50]} to fetch") from None


def _section(lexer: Lexer, *, peek: bool) -> Section:
    mark = lexer.mark()
    lexer.octets(b"[")
    path, pending = _path(lexer)
    text: str | None = ""
    fields: tuple[str, ...] = ()
    if pending and not lexer.next_is(b"]"):
        text = lexer.try_prefix(*_TEXTS)
        if text is None or (text == "MIME" and not path):
            raise Bad("unknown section")
        if text.startswith("HEADER.FIELDS"):
            lexer.sp()
            fields = tuple([name.lower() for name in lexer.listed(lexer.text)])
    lexer.octets(b"]")
    label = b"BODY" + lexer.since(mark)
    partial_, start = _partial(lexer)
    return Section(label + start, path, text or "", fields, peek, partial_)


def _binary(lexer: Lexer, word: str) -> Binary:
    mark = lexer.mark()
    lexer.octets(b"[")
    path, pending = _path(lexer)
    if path and pending:
        raise Bad("a part number ends with a number")
    lexer.octets(b"]")
    size_only = word == "BINARY.SIZE"
    label = (b"BINARY.SIZE" if size_only else b"BINARY") + lexer.since(mark)
    partial_, start = (None, b"") if size_only else _partial(lexer)
    return Binary(label + start, path, word == "BINARY.PEEK", partial_, size_only)


def _path(lexer: Lexer) -> tuple[tuple[int, ...], bool]:
    """section-part; and whether a text may follow: at the beginning or behind a dot."""
    found: list[int] = []
    while lexer.next_is_digit():
        found.append(lexer.nz_number())
        if len(found) > _MAX_DEPTH:
            raise Bad("a part number is too long")
        if not lexer.try_octets(b"."):
            return tuple(found), False
    if found and lexer.next_is(b"]"):
        raise Bad("a part number ends with a number")
    return tuple(found), True


def _partial(lexer: Lexer) -> tuple[tuple[int, int] | None, bytes]:
    """partial; and how the answer repeats it: without the count."""
    if not lexer.try_octets(b"<"):
        return None, b""
    start = lexer.number()
    lexer.octets(b".")
    count = lexer.nz_number()
    lexer.octets(b">")
    if max(start, count) > _MAX_PARTIAL:
        raise Bad("a partial is too large")
    return (start, count), b"<%d>" % start


PARSERS: Mapping[str, Callable[[str, Lexer], Command]] = {
    "FETCH": partial(_fetch, False),
    "UID FETCH": partial(_fetch, True),
}
