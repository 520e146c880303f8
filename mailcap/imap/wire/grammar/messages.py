"""Commands that store, change and move messages (RFC 9051 sections 6.3.12 and 6.4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from mailcap.imap.wire.commands import (
    Append,
    Command,
    Copy,
    Expunge,
    How,
    NewMessage,
    Replace,
    Store,
)
from mailcap.imap.wire.dates import parse_date_time
from mailcap.imap.wire.grammar.sequences import sequence_set
from mailcap.imap.wire.lexer import Bad, Lexer

_HOW = {b"+": How.ADD, b"-": How.REMOVE}


def _append(tag: str, lexer: Lexer) -> Append:
    lexer.sp()
    mailbox = lexer.mailbox()
    messages = []
    while lexer.try_sp():
        messages.append(_message(lexer))
    if not messages:
        raise Bad("APPEND needs a message")
    return Append(tag, mailbox, tuple(messages))


def _replace(uid: bool, tag: str, lexer: Lexer) -> Replace:
    lexer.sp()
    sequence = sequence_set(lexer)
    lexer.sp()
    mailbox = lexer.mailbox()
    lexer.sp()
    return Replace(tag, sequence, mailbox, _message(lexer), uid)


def _message(lexer: Lexer) -> NewMessage:
    flags = lexer.try_listed(lexer.flag, least=0)
    if flags is not None:
        lexer.sp()
    when = None
    if lexer.next_is(b'"'):
        try:
            when = parse_date_time(lexer.string().decode("ascii", "replace"))
        except ValueError as error:
            raise Bad(str(error)) from None
        lexer.sp()
    wrapped = bool(lexer.try_keyword("UTF8"))  # RFC 6855 section 4
    if wrapped:
        lexer.sp()
        lexer.octets(b"(")
    literal = lexer.try_literal()
    if literal is None:
        raise Bad("a message is a literal")
    if wrapped:
        lexer.octets(b")")
    return NewMessage(literal[0], flags or (), when)


def _expunge(tag: str, _: Lexer) -> Expunge:
    return Expunge(tag)


def _uid_expunge(tag: str, lexer: Lexer) -> Expunge:
    lexer.sp()
    return Expunge(tag, sequence_set(lexer))


def _copy(uid: bool, move: bool, tag: str, lexer: Lexer) -> Copy:
    lexer.sp()
    sequence = sequence_set(lexer)
    lexer.sp()
    return Copy(tag, sequence, lexer.mailbox(), uid, move)


def _store(uid: bool, tag: str, lexer: Lexer) -> Store:
    lexer.sp()
    sequence = sequence_set(lexer)
    lexer.sp()
    unchanged_since = None
    if lexer.try_octets(b"("):
        if not lexer.try_keyword("UNCHANGEDSINCE"):
            raise Bad("unknown modifier of STORE")
        lexer.sp()
        unchanged_since = lexer.mod_sequence(least=0)
        lexer.octets(b")")
        lexer.sp()
    how = next((how for sign, how in _HOW.items() if lexer.try_octets(sign)), How.REPLACE)
    word = lexer.try_keyword("FLAGS", "FLAGS.SILENT")
    if word is None:
        raise Bad("FLAGS is missing")
    lexer.sp()
    flags = lexer.try_listed(lexer.flag, least=0)
    if flags is None:
        found = [lexer.flag()]
        while lexer.try_sp():
            found.append(lexer.flag())
        flags = tuple(found)
    silent = word == "FLAGS.SILENT"
    return Store(tag, sequence, how, flags, silent, unchanged_since, uid)


PARSERS: Mapping[str, Callable[[str, Lexer], Command]] = {
    "APPEND": _append,
    "REPLACE": partial(_replace, False),
    "UID REPLACE": partial(_replace, True),
    "EXPUNGE": _expunge,
    "UID EXPUNGE": _uid_expunge,
    "COPY": partial(_copy, False, False),
    "UID COPY": partial(_copy, True, False),
    "MOVE": partial(_copy, False, True),
    "UID MOVE": partial(_copy, True, True),
    "STORE": partial(_store, False),
    "UID STORE": partial(_store, True),
}
