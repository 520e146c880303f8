"""Reading one whole command: the lexical rules of RFC 9051 section 9, by their names.

A method called after a rule takes what the rule allows or raises `Bad`; one called
``try_…`` returns None instead, and has then taken nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

from mailcap.imap.wire.names import from_wire

T = TypeVar("T")

_MAX_PATTERN = 1_024
_MAX_WILDCARDS = 8
MAX_ITEMS = 10_000  # of one list, so that 64 KiB cannot become many objects

_MOST_MODSEQ = 2**63 - 1

_ATOM = re.compile(rb'[^\x00-\x20(){%*"\\\]\x7f-\xff]++')
_ASTRING = re.compile(rb'[^\x00-\x20(){%*"\\\x7f-\xff]++')
_LIST_MAILBOX = re.compile(rb'[^\x00-\x20(){"\\\x7f-\xff]++')
_TAG = re.compile(rb'[^\x00-\x20(){%*"\\+\x7f-\xff]++')
_QUOTED = re.compile(rb'"((?:[^"\\\r\n\x00]|\\["\\])*+)"')
_ESCAPED = re.compile(rb'\\(["\\])')
_LITERAL = re.compile(rb"(~?)\{([0-9]{1,20})\+?\}\r?\n")
_NAME = re.compile(rb"[A-Za-z0-9.]++")
_NUMBER = re.compile(rb"[0-9]{1,20}")
_FLAG = re.compile(rb'\\?[^\x00-\x20(){%*"\\\]\x7f-\xff]++|\\\*')


class Bad(Exception):
    """The command breaks the grammar; the text says where, for its sender."""


class Lexer:
    """A position in a command, *octets* without the line end behind it.

    With *utf8* mailbox names are UTF-8, else modified UTF-7 (RFC 9051 section 5.1).
    """

    __slots__ = ("_octets", "_position", "_utf8")

    def __init__(self, octets: bytes, *, utf8: bool = False) -> None:
        self._octets = octets
        self._position = 0
        self._utf8 = utf8

    # Single octets

    @property
    def at_end(self) -> bool:
        """Whether nothing is left."""
        return self._position >= len(self._octets)

    def end(self) -> None:
        """Expect that nothing is left."""
        if not self.at_end:
            raise Bad("there is something behind the end of the command")

    def try_octets(self, octets: bytes) -> bool:
        """Take *octets*, if they are next."""
        if not self._octets.startswith(octets, self._position):
            return False
        self._position += len(octets)
        return True

    def octets(self, octets: bytes) -> None:
        """Expect *octets*."""
        if not self.try_octets(octets):
            raise Bad(f"{octets.decode()!r} is missing")

    def sp(self) -> None:
        """Expect a space."""
        if not self.try_octets(b" "):
            raise Bad("a space is missing")

    def try_sp(self) -> bool:
        """Take a space, if it is next."""
        return self.try_octets(b" ")

    # Words

    def tag(self) -> str:
        """Expect tag: what the client calls the command."""
        return self._match(_TAG, "a tag")

    def atom(self) -> str:
        """Expect atom; return it as it is written."""
        return self._match(_ATOM, "an atom")

    def keyword(self) -> str:
        """Expect an atom, a word of the protocol; return it in upper case."""
        return self.atom().upper()

    def try_keyword(self, *words: str) -> str | None:
        """Take an atom if it is one of *words*, which are in upper case."""
        match = _ATOM.match(self._octets, self._position)
        if match is None or (word := match[0].decode().upper()) not in words:
            return None
        self._position = match.end()
        return word

    def name(self) -> str:
        """Letters, digits and dots, in upper case: what FETCH calls its items."""
        return self._match(_NAME, "a name").upper()

    def try_prefix(self, *words: str) -> str | None:
        """Take the first of *words*, in upper case, that is next, whatever follows."""
        for word in words:
            end = self._position + len(word)
            if self._octets[self._position : end].upper() == word.encode():
                self._position = end
                return word
        return None

    def number(self) -> int:
        """Expect number or number64."""
        return int(self._match(_NUMBER, "a number"))

    def nz_number(self) -> int:
        """Expect nz-number."""
        if number := self.number():
            return number
        raise Bad("a number above zero is missing")

    def mod_sequence(self, *, least: int = 1) -> int:
        """Expect mod-sequence-value, or mod-sequence-valzer if *least* is 0 (RFC 7162)."""
        number = self.number()
        if least <= number <= _MOST_MODSEQ:
            return number
        raise Bad("there is no such modification sequence")

    def word(self, allowed: bytes) -> str:
        """Expect one or more of the *allowed* octets."""
        octets, start = self._octets, self._position
        end = len(octets) - len(octets[start:].lstrip(allowed))
        if end == start:
            raise Bad(f"something of {allowed.decode()} is missing")
        self._position = end
        return octets[start:end].decode()

    def rest(self) -> bytes:
        """Take all that is left."""
        found = self._octets[self._position :]
        self._position = len(self._octets)
        return found

    def flag(self) -> str:
        r"""Expect flag, or ``\*``."""
        return self._match(_FLAG, "a flag")

    # Strings

    def string(self) -> bytes:
        """Expect string: quoted or literal."""
        found = self.try_string()
        if found is None:
            raise Bad("a string is missing")
        return found

    def try_string(self) -> bytes | None:
        """Take a string, if one is next."""
        if (match := _QUOTED.match(self._octets, self._position)) is not None:
            self._position = match.end()
            quoted: bytes = match[1]
            return _ESCAPED.sub(rb"\1", quoted) if b"\\" in quoted else quoted
        found = self.try_literal()
        return None if found is None else found[0]

    def try_literal(self) -> tuple[bytes, bool] | None:
        """Take a literal, if one is next; return it, and whether it is a literal8."""
        match = _LITERAL.match(self._octets, self._position)
        if match is None:
            return None
        end = match.end() + int(match[2])
        if end > len(self._octets):
            raise Bad("a literal is shorter than it says")
        found = self._octets[match.end() : end]
        self._position = end
        if not match[1] and b"\0" in found:
            raise Bad("a literal has no NUL; literal8 may")
        return found, bool(match[1])

    def astring(self) -> bytes:
        """Expect astring: an atom, in which ``]`` is allowed, or a string."""
        if (match := _ASTRING.match(self._octets, self._position)) is not None:
            self._position = match.end()
            return match[0]
        found = self.try_string()
        if found is None:
            raise Bad("a word or a string is missing")
        return found

    def text(self) -> str:
        """Astring as text."""
        return _decoded(self.astring())

    def mailbox(self) -> str:
        """Expect mailbox; return its name in Unicode, INBOX in upper case."""
        return self._name(self.astring())

    def list_mailbox(self) -> str:
        """Expect list-mailbox: a name with ``%`` and ``*``, of which few make sense."""
        name = self._list_mailbox()
        if len(name) > _MAX_PATTERN or name.count("*") + name.count("%") > _MAX_WILDCARDS:
            raise Bad("a pattern is too long")
        return name

    def _list_mailbox(self) -> str:
        if (match := _LIST_MAILBOX.match(self._octets, self._position)) is not None:
            self._position = match.end()
            return self._name(match[0])
        return self._name(self.string())

    def _name(self, octets: bytes) -> str:
        try:
            return from_wire(octets, utf8=self._utf8)
        except ValueError as error:
            raise Bad(str(error)) from None

    # Lists

    def listed(self, read: Callable[[], T], *, least: int = 1) -> tuple[T, ...]:
        """Expect items in parentheses, read by *read*, with spaces between them."""
        self.octets(b"(")
        if self.try_octets(b")"):
            if least:
                raise Bad("a list is empty")
            return ()
        found = [read()]
        while not self.try_octets(b")"):
            self.sp()
            found.append(read())
            if len(found) > MAX_ITEMS:
                raise Bad("a list is too long")
        return tuple(found)

    def try_listed(self, read: Callable[[], T], *, least: int = 1) -> tuple[T, ...] | None:
        """As `listed`, if a parenthesis is next."""
        return self.listed(read, least=least) if self.next_is(b"(") else None

    def next_is(self, octets: bytes) -> bool:
        """Whether *octets* are next."""
        return self._octets.startswith(octets, self._position)

    def next_is_digit(self) -> bool:
        """Whether a digit is next."""
        return self._octets[self._position : self._position + 1].isdigit()

    def mark(self) -> int:
        """Return the position, for `since`."""
        return self._position

    def since(self, mark: int) -> bytes:
        """Return what was taken since *mark*, as it was written."""
        return self._octets[mark : self._position]

    def _match(self, pattern: re.Pattern[bytes], what: str) -> str:
        match = pattern.match(self._octets, self._position)
        if match is None:
            raise Bad(f"{what} is missing")
        self._position = match.end()
        return match[0].decode("ascii")


def _decoded(octets: bytes) -> str:
    try:
        return octets.decode()
    except UnicodeDecodeError:
        raise Bad("text is in ASCII or UTF-8") from None
