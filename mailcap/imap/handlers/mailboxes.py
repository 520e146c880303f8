"""Making and naming mailboxes, STATUS, quota (RFC 9051 section 6.3, RFC 6154, 8474, 9208)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from mailcap.domain.mailboxes import DELIMITER, MailboxStatus
from mailcap.imap.desk import Desk
from mailcap.imap.handlers.states import LOGGED_IN, Completion, Handler, Pieces
from mailcap.imap.replies import Refused
from mailcap.imap.wire import commands
from mailcap.imap.wire.encoding import astring, line, listed
from mailcap.services.mailboxes import Quota

_OCTETS = 1024  # of STORAGE's unit (RFC 9208 section 5.1)

_STATUS: Final[Mapping[str, Callable[[MailboxStatus], bytes]]] = {
    "MESSAGES": lambda one: b"%d" % one.messages,
    "UIDNEXT": lambda one: b"%d" % one.uid_next,
    "UIDVALIDITY": lambda one: b"%d" % one.uid_validity,
    "UNSEEN": lambda one: b"%d" % one.unseen,
    "DELETED": lambda one: b"%d" % one.deleted,
    "DELETED-STORAGE": lambda one: b"%d" % one.deleted_size,
    "SIZE": lambda one: b"%d" % one.size,
    "RECENT": lambda one: b"%d" % one.recent,
    "HIGHESTMODSEQ": lambda one: b"%d" % one.highest_modseq,
    "MAILBOXID": lambda one: b"(%b)" % one.mailbox_id.encode(),
}


def status_of(desk: Desk, name: str, status: MailboxStatus, items: Sequence[str]) -> bytes:
    """Return STATUS with those *items* of a mailbox."""
    words = [
        b"%b %b" % (item.encode(), _STATUS[item](status))
        if item in _STATUS
        else b"APPENDLIMIT %d" % desk.append_limit
        for item in items
    ]
    return line(b"*", b"STATUS", desk.mailbox_name(name), listed(words))


async def _status(desk: Desk, command: commands.Status, _: Completion) -> Pieces:
    if "HIGHESTMODSEQ" in command.items:
        for piece in desk.enable_condstore():
            yield piece
    key = await desk.backend.mailboxes.open(desk.who, command.mailbox)
    (status,) = await desk.backend.store.status(desk.who.account, [key])
    yield status_of(desk, command.mailbox, status, command.items)


async def _create(desk: Desk, command: commands.Create, completion: Completion) -> None:
    if command.special_use:
        raise Refused("Mailboxes for special uses are there already", "USEATTR")
    mailboxes, name = desk.backend.mailboxes, command.mailbox
    await mailboxes.create(desk.who, name)
    key = await mailboxes.open(desk.who, name.removesuffix(DELIMITER))
    (status,) = await desk.backend.store.status(desk.who.account, [key])
    completion.code = b"MAILBOXID (%b)" % status.mailbox_id.encode()


async def _delete(desk: Desk, command: commands.Delete, _: Completion) -> None:
    await desk.backend.mailboxes.delete(desk.who, command.mailbox)


async def _rename(desk: Desk, command: commands.Rename, _: Completion) -> None:
    await desk.backend.mailboxes.rename(desk.who, command.mailbox, command.new_name)


async def _subscribe(desk: Desk, command: commands.Subscribe, completion: Completion) -> None:
    await desk.backend.mailboxes.subscribe(desk.who, command.mailbox, wanted=command.wanted)
    if not command.wanted:
        completion.text = "UNSUBSCRIBE completed"


async def _namespace(_: Desk, __: commands.Namespace, ___: Completion) -> Pieces:
    yield line(b"*", b"NAMESPACE", b'(("" "/"))', b"NIL", b"NIL")


async def _get_quota(desk: Desk, command: commands.GetQuota, _: Completion) -> Pieces:
    yield _quota(await desk.backend.mailboxes.quota(desk.who, command.root))


async def _get_quota_root(desk: Desk, command: commands.GetQuotaRoot, _: Completion) -> Pieces:
    quota = await desk.backend.mailboxes.quota_of(desk.who, command.mailbox)
    words = [b"*", b"QUOTAROOT", desk.mailbox_name(command.mailbox)]
    if quota is None:
        yield line(*words)
    else:
        yield line(*words, astring(quota.root)) + _quota(quota)


def _quota(quota: Quota) -> bytes:
    """Return QUOTA: only what has a limit is named."""
    resources = []
    if quota.storage_limit is not None:
        # Rounded so that what is full looks full.
        used, limit = -(-quota.octets // _OCTETS), -(-quota.storage_limit // _OCTETS)
        resources.append(b"STORAGE %d %d" % (used, limit))
    if quota.message_limit is not None:
        resources.append(b"MESSAGE %d %d" % (quota.messages, quota.message_limit))
    return line(b"*", b"QUOTA", astring(quota.root), listed(resources))


HANDLERS: Mapping[type[commands.Command], Handler] = {
    commands.Status: Handler("STATUS", LOGGED_IN, _status),
    commands.Create: Handler("CREATE", LOGGED_IN, _create),
    commands.Delete: Handler("DELETE", LOGGED_IN, _delete),
    commands.Rename: Handler("RENAME", LOGGED_IN, _rename),
    commands.Subscribe: Handler("SUBSCRIBE", LOGGED_IN, _subscribe),
    commands.Namespace: Handler("NAMESPACE", LOGGED_IN, _namespace),
    commands.GetQuota: Handler("GETQUOTA", LOGGED_IN, _get_quota),
    commands.GetQuotaRoot: Handler("GETQUOTAROOT", LOGGED_IN, _get_quota_root),
}
