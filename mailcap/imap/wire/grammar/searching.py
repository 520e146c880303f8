"""SEARCH, SORT and THREAD (RFC 9051 section 6.4.4, RFC 4731, 5032, 5182, 5256, 7162, 8514)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from mailcap.imap.wire.commands import Search, Sort, Thread
from mailcap.imap.wire.dates import parse_date
from mailcap.imap.wire.grammar.sequences import sequence_set
from mailcap.imap.wire.keys import (
    AllMessages,
    Among,
    And,
    Dated,
    HasFlag,
    HeaderHas,
    Key,
    ModSeq,
    Not,
    ObjectId,
    Or,
    SaveDateSupported,
    Sized,
    TextHas,
    When,
    Within,
)
from mailcap.imap.wire.lexer import MAX_ITEMS, Bad, Lexer

MAX_NESTED = 100  # parentheses, OR and NOT inside each other
CHARSETS = ("US-ASCII", "UTF-8")
THREADS = ("ORDEREDSUBJECT", "REFERENCES")

_OPTIONS = ("MIN", "MAX", "ALL", "COUNT", "SAVE")
_CRITERIA = (
    "ARRIVAL", "CC", "DATE", "FROM", "SIZE", "SUBJECT", "TO", "DISPLAYFROM", "DISPLAYTO",
)  # fmt: skip
_FLAGS = ("ANSWERED", "DELETED", "DRAFT", "FLAGGED", "RECENT", "SEEN")
_DATES = {
    f"{prefix}{word}": (when, how)
    for prefix, when in (("", When.INTERNAL), ("SENT", When.SENT), ("SAVED", When.SAVED))
    for word, how in (("BEFORE", "<"), ("ON", "="), ("SINCE", ">="))
}
_FIELDS = ("BCC", "CC", "FROM", "SUBJECT", "TO")


class BadCharset(Bad):
    """The charset of a search is none of `CHARSETS`: BADCHARSET of RFC 9051 section 7.1."""


def _search(uid: bool, tag: str, lexer: Lexer) -> Search:
    options = _options(lexer)
    lexer.sp()
    if lexer.try_keyword("CHARSET"):
        lexer.sp()
        _charset(lexer)
        lexer.sp()
    return Search(tag, _program(lexer), options, uid)


def _sort(uid: bool, tag: str, lexer: Lexer) -> Sort:
    options = _options(lexer)
    lexer.sp()
    criteria = lexer.listed(lambda: _criterion(lexer))
    lexer.sp()
    _charset(lexer)
    lexer.sp()
    return Sort(tag, criteria, _program(lexer), options, uid)


def _thread(uid: bool, tag: str, lexer: Lexer) -> Thread:
    lexer.sp()
    algorithm = lexer.try_keyword(*THREADS)
    if algorithm is None:
        raise Bad("unknown algorithm of THREAD")
    lexer.sp()
    _charset(lexer)
    lexer.sp()
    return Thread(tag, algorithm, _program(lexer), uid)


def _options(lexer: Lexer) -> frozenset[str] | None:
    """search-return-opts, with the space in front; none of them means ALL."""
    if not lexer.try_prefix(" RETURN "):
        return None

    def option() -> str:
        word = lexer.try_keyword(*_OPTIONS)
        if word is None:
            raise Bad("unknown option of RETURN")
        return word

    return frozenset(lexer.listed(option, least=0)) or frozenset({"ALL"})


def _charset(lexer: Lexer) -> None:
    name = lexer.text().upper()
    if name not in CHARSETS:
        raise BadCharset("the charset is neither US-ASCII nor UTF-8")


def _criterion(lexer: Lexer) -> tuple[str, bool]:
    reverse = bool(lexer.try_keyword("REVERSE"))
    if reverse:
        lexer.sp()
    word = lexer.try_keyword(*_CRITERIA)
    if word is None:
        raise Bad("unknown criterion of SORT")
    return word, reverse


def _program(lexer: Lexer) -> Key:
    """One key or more, with spaces between them."""
    keys = [_key(lexer, 0)]
    while lexer.try_sp():
        keys.append(_key(lexer, 0))
        if len(keys) > MAX_ITEMS:
            raise Bad("a search has too many keys")
    return keys[0] if len(keys) == 1 else And(tuple(keys))


def _key(lexer: Lexer, depth: int) -> Key:
    if depth > MAX_NESTED:
        raise Bad("a search is nested too deeply")
    if lexer.next_is(b"("):
        keys = lexer.listed(lambda: _key(lexer, depth + 1))
        return keys[0] if len(keys) == 1 else And(keys)
    if lexer.next_is_digit() or lexer.next_is(b"*") or lexer.next_is(b"$"):
        return Among(sequence_set(lexer))
    word = lexer.keyword()
    if word == "NOT":
        lexer.sp()
        return Not(_key(lexer, depth + 1))
    if word == "OR":
        lexer.sp()
        one = _key(lexer, depth + 1)
        lexer.sp()
        return Or(one, _key(lexer, depth + 1))
    return _simple(word, lexer)


def _simple(word: str, lexer: Lexer) -> Key:
    if word in _ALONE:
        return _ALONE[word]
    parse = _WITH_ARGUMENT.get(word)
    if parse is None:
        raise Bad(f"there is no key {word[:50]}")
    lexer.sp()
    return parse(lexer)


def _dated(when: When, how: str, lexer: Lexer) -> Key:
    try:
        return Dated(when, how, parse_date(lexer.text()))
    except ValueError as error:
        raise Bad(str(error)) from None


def _header(lexer: Lexer) -> Key:
    name = lexer.text().lower()
    lexer.sp()
    return HeaderHas(name, lexer.text())


def _modseq(lexer: Lexer) -> Key:
    if lexer.next_is(b'"'):  # an entry name and type: there is one modseq for all of them
        lexer.string()
        lexer.sp()
        if not lexer.try_keyword("SHARED", "PRIV", "ALL"):
            raise Bad("shared, priv or all is missing")
        lexer.sp()
    return ModSeq(lexer.mod_sequence(least=0))


_ALONE: Mapping[str, Key] = {
    "ALL": AllMessages(),
    "NEW": And((HasFlag("RECENT"), Not(HasFlag("SEEN")))),
    "OLD": Not(HasFlag("RECENT")),
    "SAVEDATESUPPORTED": SaveDateSupported(),
    **{flag: HasFlag(flag) for flag in _FLAGS},
    **{f"UN{flag}": Not(HasFlag(flag)) for flag in _FLAGS if flag != "RECENT"},
}
_WITH_ARGUMENT: Mapping[str, Callable[[Lexer], Key]] = {
    **{word: partial(_dated, *meant) for word, meant in _DATES.items()},
    **{
        word: partial(lambda name, lexer: HeaderHas(name, lexer.text()), word.lower())
        for word in _FIELDS
    },
    "BODY": lambda lexer: TextHas(lexer.text(), header=False),
    "TEXT": lambda lexer: TextHas(lexer.text(), header=True),
    "HEADER": _header,
    "KEYWORD": lambda lexer: HasFlag(lexer.flag(), keyword=True),
    "UNKEYWORD": lambda lexer: Not(HasFlag(lexer.flag(), keyword=True)),
    "LARGER": lambda lexer: Sized(lexer.number(), larger=True),
    "SMALLER": lambda lexer: Sized(lexer.number(), larger=False),
    "YOUNGER": lambda lexer: Within(lexer.nz_number(), younger=True),
    "OLDER": lambda lexer: Within(lexer.nz_number(), younger=False),
    "MODSEQ": _modseq,
    "EMAILID": lambda lexer: ObjectId(lexer.text(), thread=False),
    "THREADID": lambda lexer: ObjectId(lexer.text(), thread=True),
    "UID": lambda lexer: Among(sequence_set(lexer), uid=True),
}

PARSERS: Mapping[str, Callable[[str, Lexer], Any]] = {
    "SEARCH": partial(_search, False),
    "UID SEARCH": partial(_search, True),
    "SORT": partial(_sort, False),
    "UID SORT": partial(_sort, True),
    "THREAD": partial(_thread, False),
    "UID THREAD": partial(_thread, True),
}
