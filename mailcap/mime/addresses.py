"""Address lists (RFC 5322 section 3.4), as people and programs really write them.

Read without complaint: display names bare or quoted or in a comment, groups,
source routes, white space around ``@``, ``;`` between addresses, a bracket, quote
or comment that never ends, two pairs of brackets, encoded words with commas.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mailcap.mime import encoded_words

MAX_ADDRESSES = 2_000
MAX_VALUE = 262_144  # characters

# What nearly all fields hold: one address, alone or in brackets behind a name.
_SIMPLE = re.compile(
    r"""(?:(?:"([^"\\]*+)"\ *+|([^][\\"(),:;<>@=]*+))(<))?"""
    r"""([^][\\\s"(),:;<>@=]++)@([^][\\\s"(),:;<>@=]++)(?(3)>)"""
)
_TOKEN = re.compile(
    r"""(?P<word>=\?[^?\s]++\?[bBqQ]\?[^?]*+\?=)     # encoded: its commas are no separators
    |   (?P<space>\s++)
    |   (?P<atom>(?:\[[^][\\\s]*+\])|[^][\s"(),:;<>@=\\]++|\\.)
    |   (?P<special>.)""",
    re.VERBOSE | re.DOTALL,
)
_QUOTED = re.compile(r'"((?:[^"\\]++|\\.)*)"', re.DOTALL)
_COMMENT_MARK = re.compile(r"\\.|[()]", re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_DOT_ATOM = re.compile(r"""[^][\s"(),:;<>@\\]+""")


@dataclass(frozen=True, slots=True)
class Address:
    """One entry of an IMAP address list (RFC 9051 section 7.5.2).

    *name* is the display name with encoded words as they were sent, *adl* the
    source route.  A group begins with an entry whose *host* is None and whose
    *mailbox* is the group's name, and ends with one where both are None.  An
    address that lacks a part has ``""`` there.
    """

    name: str | None
    adl: str | None
    mailbox: str | None
    host: str | None

    @property
    def address(self) -> str:
        """The address, ``local-part@domain``, or what there is of it."""
        return f"{self.mailbox}@{self.host}" if self.host else self.mailbox or ""

    @property
    def display_name(self) -> str:
        """The name with encoded words decoded, ``""`` without one."""
        return encoded_words.decode(self.name).strip() if self.name else ""


def parse(text: str) -> list[Address]:
    """Return the entries of an unfolded field value, at most `MAX_ADDRESSES`.

    What lies behind `MAX_VALUE` characters is not looked at.
    """
    if simple := _SIMPLE.fullmatch(text, 0, MAX_VALUE):
        quoted, name, _, mailbox, host = simple.groups("")
        return [Address(" ".join((quoted or name).split()) or None, None, mailbox, host)]
    return _Reader(text[:MAX_VALUE]).read()


def mailboxes(texts: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield ``(address, display name)`` of all field values, without group marks."""
    for text in texts:
        for entry in parse(text):
            if entry.host is not None:
                yield entry.address, entry.display_name


class _Phrase:
    """Tokens in a row: each as it was sent, and as it is shown."""

    __slots__ = ("_pieces",)

    def __init__(self) -> None:
        self._pieces: list[tuple[str, str]] = []

    def __len__(self) -> int:
        return len(self._pieces)

    def add(self, sent: str, shown: str | None = None) -> None:
        self._pieces.append((sent, sent if shown is None else shown))

    def shown(self) -> str:
        return " ".join("".join([shown for _, shown in self._pieces]).split())

    def take_route(self) -> str | None:
        """Take out a source route, ``@a,@b:``, at the beginning."""
        if self._sent(0) != "@":
            return None
        sent = [sent for sent, _ in self._pieces]
        if ":" not in sent:
            return None
        colon = sent.index(":")
        del self._pieces[: colon + 1]
        return "".join(sent[:colon])

    def take_address(self) -> tuple[str, str] | None:
        """Take out what stands around the last ``@``: local part and domain."""
        pieces = self._pieces
        at = next((i for i in reversed(range(len(pieces))) if pieces[i][0] == "@"), -1)
        if at < 0:
            return None
        first = at - 1 if self._sent(at - 1) == " " else at
        while self._sent(first - 1).strip():
            first -= 1
        last = at + 1 if self._sent(at + 1) == " " else at
        while self._sent(last + 1).strip():
            last += 1
        local = "".join([_local_part(*piece) for piece in pieces[first:at]]).strip()
        domain = "".join([sent for sent, _ in pieces[at + 1 : last + 1]]).strip()
        del pieces[first : last + 1]
        return local, domain

    def take_word(self) -> str:
        """Take out a word without quotes that is alone: an address without a host."""
        words = [(sent, shown) for sent, shown in self._pieces if sent != " "]
        if len(words) != 1 or words[0][0].startswith(('"', "=?")):
            return ""
        self._pieces.clear()
        return words[0][0]

    def _sent(self, index: int) -> str:
        return self._pieces[index][0] if 0 <= index < len(self._pieces) else ""


def _local_part(sent: str, shown: str) -> str:
    """Drop quotes that a local part does not need."""
    return shown if _DOT_ATOM.fullmatch(shown) else sent


class _Reader:
    """Reads one list; each token is looked at once."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._entries: list[Address] = []
        self._in_group = False
        self._in_route = False
        self._bracket_is_open = False
        self._phrase = _Phrase()  # what stands outside brackets
        self._bracketed: _Phrase | None = None
        self._comment = ""

    def read(self) -> list[Address]:
        for kind, text in self._tokens():
            if len(self._entries) >= MAX_ADDRESSES:
                break
            if kind == "special":
                self._special(text)
            elif kind == "comment":
                self._comment = _ESCAPE.sub(r"\1", text[1:-1])
            else:
                self._add(kind, text)
        self._end_entry()
        self._end_group()
        return self._entries

    def _tokens(self) -> Iterator[tuple[str, str]]:
        text = self._text
        position = 0
        # A quote or comment without an end is looked for once: many of them would
        # make the search quadratic.
        unended = ""
        while token := _TOKEN.match(text, position):
            start, position = token.span()
            kind = token.lastgroup or ""
            if kind == "special" and (mark := token[0]) in '"(' and mark not in unended:
                end = self._end_of(start)
                if end < 0:
                    unended += mark
                else:
                    kind, position = "quoted" if mark == '"' else "comment", end
            yield kind, text[start:position]

    def _end_of(self, start: int) -> int:
        """Return the offset behind the quoted string or comment at *start*, or -1."""
        if self._text[start] == '"':
            quoted = _QUOTED.match(self._text, start)
            return quoted.end() if quoted else -1
        depth = 0
        for mark in _COMMENT_MARK.finditer(self._text, start):
            depth += {"(": 1, ")": -1}.get(mark[0], 0)
            if depth == 0:
                return mark.end()
        return -1

    def _special(self, mark: str) -> None:
        if mark == "<":
            self._open_bracket()
        elif mark == ">":
            self._bracket_is_open = False
        elif mark == ";":
            self._end_entry()
            self._end_group()
        elif mark == "," and not self._in_route:
            self._end_entry()
        elif mark == ":" and not self._bracket_is_open and not self._in_group:
            self._begin_group()
        elif mark not in '"()':
            self._in_route = mark != ":" and (self._in_route or self._begins_route(mark))
            self._add("atom", mark)

    def _begins_route(self, mark: str) -> bool:
        return mark == "@" and self._bracket_is_open and not self._bracketed

    def _add(self, kind: str, text: str) -> None:
        shown = _ESCAPE.sub(r"\1", text[1:-1]) if kind == "quoted" else None
        if self._bracket_is_open and self._bracketed is not None:
            if kind != "space":
                self._bracketed.add(text, shown)
        else:
            self._phrase.add(" " if kind == "space" else text, shown)

    def _open_bracket(self) -> None:
        if self._bracketed is not None:  # the former pair was part of a name
            self._phrase.add(f"<{self._bracketed.shown()}>")
        self._bracketed = _Phrase()
        self._bracket_is_open = True

    def _begin_entry(self) -> None:
        self._phrase = _Phrase()
        self._bracketed = None
        self._bracket_is_open = False
        self._in_route = False
        self._comment = ""

    def _end_entry(self) -> None:
        adl = None
        if (bracketed := self._bracketed) is not None:
            adl = bracketed.take_route()
            mailbox, host = bracketed.take_address() or (bracketed.shown(), "")
        else:
            mailbox, host = self._phrase.take_address() or (self._phrase.take_word(), "")
        name = self._phrase.shown() or self._comment
        if name or mailbox or host:
            self._entries.append(Address(name or None, adl, mailbox, host))
        self._begin_entry()

    def _begin_group(self) -> None:
        self._entries.append(Address(None, None, self._phrase.shown(), None))
        self._in_group = True
        self._begin_entry()

    def _end_group(self) -> None:
        if self._in_group:
            self._entries.append(Address(None, None, None, None))
            self._in_group = False
