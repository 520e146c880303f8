"""NOTIFY (RFC 5465 section 8)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mailcap.imap.wire.commands import Command, EventGroup, Item, Notify
from mailcap.imap.wire.grammar.fetching import item
from mailcap.imap.wire.lexer import Bad, Lexer

SELECTED = ("SELECTED", "SELECTED-DELAYED")
_NAMED = ("SUBTREE", "MAILBOXES")
_FILTERS = (*SELECTED, "INBOXES", "PERSONAL", "SUBSCRIBED", *_NAMED)
_OF_MESSAGES = frozenset({"MESSAGENEW", "MESSAGEEXPUNGE", "FLAGCHANGE", "ANNOTATIONCHANGE"})
_BOTH = frozenset({"MESSAGENEW", "MESSAGEEXPUNGE"})
_MOST_GROUPS = 50


def _notify(tag: str, lexer: Lexer) -> Notify:
    lexer.sp()
    word = lexer.try_keyword("NONE", "SET")
    if word is None:
        raise Bad("NONE or SET is missing")
    if word == "NONE":
        return Notify(tag)
    lexer.sp()
    status = lexer.try_keyword("STATUS") is not None
    if status:
        lexer.sp()
    groups = [_group(lexer)]
    while lexer.try_sp():
        groups.append(_group(lexer))
        if len(groups) > _MOST_GROUPS:
            raise Bad("there are too many groups of events")
    if sum(group.which in SELECTED for group in groups) > 1:
        raise Bad("what is selected may be named once")
    return Notify(tag, tuple(groups), status)


def _group(lexer: Lexer) -> EventGroup:
    lexer.octets(b"(")
    which = lexer.try_keyword(*_FILTERS)
    if which is None:
        raise Bad("there is no such filter of mailboxes")
    lexer.sp()
    names: tuple[str, ...] = ()
    if which in _NAMED:
        names = lexer.try_listed(lexer.mailbox) or (lexer.mailbox(),)
        lexer.sp()
    events, items = _events(lexer)
    lexer.octets(b")")
    _judge(which, events, items)
    return EventGroup(which, tuple(dict.fromkeys(names)), events, items)


def _events(lexer: Lexer) -> tuple[frozenset[str], tuple[Item, ...]]:
    """Return the events, in upper case, and what is to be fetched of new messages."""
    items: list[Item] = []

    def event() -> str:
        word = lexer.keyword()
        if word == "MESSAGENEW" and lexer.next_is(b" ("):
            lexer.sp()
            items.extend(lexer.listed(lambda: item(lexer)))
        return word

    if lexer.try_keyword("NONE"):
        return frozenset(), ()
    return frozenset(lexer.listed(event)), tuple(dict.fromkeys(items))


def _judge(which: str, events: frozenset[str], items: tuple[Item, ...]) -> None:
    """Raise `Bad` for what makes no sense together (RFC 5465 section 5)."""
    if events & _OF_MESSAGES and not events >= _BOTH:
        raise Bad("MessageNew and MessageExpunge come together")
    if which in SELECTED and not events <= _OF_MESSAGES:
        raise Bad("of what is selected there are only events of messages")
    if items and which not in SELECTED:
        raise Bad("nothing is fetched of what is not selected")


PARSERS: Mapping[str, Callable[[str, Lexer], Command]] = {
    "NOTIFY": _notify,
}
