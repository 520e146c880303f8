"""Commands about mailboxes (RFC 9051 section 6.3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from mailcap.imap.wire.commands import (
    Command,
    Create,
    Delete,
    GetQuota,
    GetQuotaRoot,
    List,
    Rename,
    Resync,
    Select,
    Status,
    Subscribe,
)
from mailcap.imap.wire.grammar.sequences import known_uids
from mailcap.imap.wire.lexer import Bad, Lexer

_MOST_PATTERNS = 50
_SELECTIONS = ("SUBSCRIBED", "REMOTE", "RECURSIVEMATCH", "SPECIAL-USE")
_RETURNS = ("SUBSCRIBED", "CHILDREN", "SPECIAL-USE", "STATUS")
STATUS_ITEMS = (
    "MESSAGES", "UIDNEXT", "UIDVALIDITY", "UNSEEN", "DELETED", "DELETED-STORAGE", "SIZE", "RECENT",
    "HIGHESTMODSEQ", "MAILBOXID", "APPENDLIMIT",
)  # fmt: skip


def _named(kind: Callable[[str, str], Command], tag: str, lexer: Lexer) -> Command:
    lexer.sp()
    return kind(tag, lexer.mailbox())


def _select(read_only: bool, tag: str, lexer: Lexer) -> Select:
    lexer.sp()
    mailbox = lexer.mailbox()
    condstore, qresync = False, None
    if lexer.try_sp():
        for parameter in lexer.listed(lambda: _parameter(lexer)):
            condstore = True
            qresync = parameter or qresync
    return Select(tag, mailbox, read_only, condstore, qresync)


def _parameter(lexer: Lexer) -> Resync | None:
    """Return QRESYNC's values, None for CONDSTORE."""
    word = lexer.try_keyword("CONDSTORE", "QRESYNC")
    if word is None:
        raise Bad("unknown parameter of SELECT")
    if word == "CONDSTORE":
        return None
    lexer.sp()
    lexer.octets(b"(")
    uid_validity = lexer.nz_number()
    lexer.sp()
    modseq = lexer.mod_sequence()
    uids = None
    if lexer.try_sp():
        if not lexer.next_is(b"("):
            uids = known_uids(lexer)
        if lexer.next_is(b"(") or (uids is not None and lexer.try_sp()):
            # Which numbers the UIDs had: we need not know, as we answer exactly.
            lexer.octets(b"(")
            known_uids(lexer)
            lexer.sp()
            known_uids(lexer)
            lexer.octets(b")")
    lexer.octets(b")")
    return Resync(uid_validity, modseq, uids)


def _create(tag: str, lexer: Lexer) -> Create:
    lexer.sp()
    mailbox = lexer.mailbox()
    if not lexer.try_sp():
        return Create(tag, mailbox)
    lexer.octets(b"(")
    if not lexer.try_keyword("USE"):
        raise Bad("unknown parameter of CREATE")
    lexer.sp()
    uses = lexer.listed(lexer.flag, least=0)
    lexer.octets(b")")
    return Create(tag, mailbox, uses)


def _rename(tag: str, lexer: Lexer) -> Rename:
    lexer.sp()
    mailbox = lexer.mailbox()
    lexer.sp()
    return Rename(tag, mailbox, lexer.mailbox())


def _list(tag: str, lexer: Lexer) -> List:
    lexer.sp()
    selection = lexer.try_listed(lambda: _option(lexer, _SELECTIONS), least=0)
    if selection is not None:
        lexer.sp()
    reference = lexer.mailbox()
    lexer.sp()
    several = lexer.try_listed(lexer.list_mailbox)
    if several is not None and len(several) > _MOST_PATTERNS:
        raise Bad("there are too many patterns")
    patterns = several or (lexer.list_mailbox(),)
    returned: frozenset[str] | None = None
    status: tuple[str, ...] = ()
    if lexer.try_sp():
        if not lexer.try_keyword("RETURN"):
            raise Bad("RETURN is missing")
        lexer.sp()
        returned, status = _returned(lexer)
    chosen = frozenset(selection or ())
    if "RECURSIVEMATCH" in chosen and not chosen - {"RECURSIVEMATCH", "REMOTE"}:
        raise Bad("RECURSIVEMATCH needs something that may match (RFC 5258 section 3.1)")
    return List(
        tag,
        reference,
        patterns,
        selection=chosen,
        returned=returned or frozenset(),
        status=status,
        extended=not (selection is None and several is None and returned is None),
    )


def _returned(lexer: Lexer) -> tuple[frozenset[str], tuple[str, ...]]:
    status: list[str] = []

    def option() -> str:
        word = _option(lexer, _RETURNS)
        if word == "STATUS":
            lexer.sp()
            status.extend(_status_items(lexer))
        return word

    words = lexer.listed(option, least=0)
    return frozenset(words) - {"STATUS"}, tuple(status)


def _option(lexer: Lexer, known: tuple[str, ...]) -> str:
    word = lexer.try_keyword(*known)
    if word is None:
        raise Bad("unknown option of LIST")
    return word


def _lsub(tag: str, lexer: Lexer) -> List:
    lexer.sp()
    reference = lexer.mailbox()
    lexer.sp()
    pattern = lexer.list_mailbox()
    return List(tag, reference, (pattern,), selection=frozenset({"SUBSCRIBED"}), is_lsub=True)


def _status(tag: str, lexer: Lexer) -> Status:
    lexer.sp()
    mailbox = lexer.mailbox()
    lexer.sp()
    return Status(tag, mailbox, _status_items(lexer))


def _status_items(lexer: Lexer) -> tuple[str, ...]:
    def item() -> str:
        word = lexer.try_keyword(*STATUS_ITEMS)
        if word is None:
            raise Bad("unknown item of STATUS")
        return word

    return tuple(dict.fromkeys(lexer.listed(item)))


def _get_quota(tag: str, lexer: Lexer) -> GetQuota:
    lexer.sp()
    return GetQuota(tag, lexer.text())


PARSERS: Mapping[str, Callable[[str, Lexer], Command]] = {
    "SELECT": partial(_select, False),
    "EXAMINE": partial(_select, True),
    "CREATE": _create,
    "DELETE": partial(_named, Delete),
    "RENAME": _rename,
    "SUBSCRIBE": partial(_named, Subscribe),
    "UNSUBSCRIBE": partial(_named, partial(Subscribe, wanted=False)),
    "LIST": _list,
    "LSUB": _lsub,
    "STATUS": _status,
    "GETQUOTA": _get_quota,
    "GETQUOTAROOT": partial(_named, GetQuotaRoot),
}
