"""From octets to commands: the grammar of RFC 9051 section 9, one module a family."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from mailcap.imap.wire.commands import Command
from mailcap.imap.wire.grammar import (
    access,
    fetching,
    mailboxes,
    messages,
    notifying,
    searching,
)
from mailcap.imap.wire.grammar.searching import BadCharset
from mailcap.imap.wire.lexer import Bad, Lexer

_PARSERS: Final[Mapping[str, Callable[[str, Lexer], Command]]] = {
    **access.PARSERS,
    **mailboxes.PARSERS,
    **messages.PARSERS,
    **fetching.PARSERS,
    **searching.PARSERS,
    **notifying.PARSERS,
}
VERBS: Final = frozenset(_PARSERS)


class BadCommand(Bad):
    """As `Bad`; *tag* is the command's, or ``*`` if it has none.

    *charset* tells that it is the charset of a search that is wrong.
    """

    def __init__(self, text: str, tag: str, *, charset: bool = False) -> None:
        super().__init__(text)
        self.tag = tag
        self.charset = charset


def parse_command(octets: bytes, *, utf8: bool = False) -> Command:
    """Return the command *octets*, which has no line end.  Raises `BadCommand`."""
    lexer = Lexer(octets, utf8=utf8)
    tag = "*"
    try:
        word = lexer.tag()
        if lexer.at_end or lexer.next_is(b" "):
            tag = word
        lexer.sp()
        command = _parser(lexer)(tag, lexer)
        lexer.end()
    except Bad as error:
        raise BadCommand(str(error), tag, charset=isinstance(error, BadCharset)) from None
    return command


def _parser(lexer: Lexer) -> Callable[[str, Lexer], Command]:
    verb = lexer.keyword()
    if verb == "UID":
        lexer.sp()
        verb = f"UID {lexer.keyword()}"
    parse = _PARSERS.get(verb)
    if parse is None:
        raise Bad("there is no such command")
    return parse
