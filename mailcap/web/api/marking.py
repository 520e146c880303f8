"""What people do to a message: stars, labels, folders, read or not."""

from __future__ import annotations

from mailcap.domain.accounts import Identity
from mailcap.domain.errors import InvalidValue
from mailcap.domain.messages import Folder, Message
from mailcap.services.mail import Mail
from mailcap.services.unified_inbox import UnifiedInbox
from mailcap.web.api.computing import Computing
from mailcap.web.api.messages import MESSAGE, found_or_not
from mailcap.web.api.parameters import MOST, read_boolean
from mailcap.web.api.schemas import EMAIL_MESSAGE, FOLDER, SWITCH, TEXT, array, record
from mailcap.web.api.shapes import email_message, labels_of, message_list
from mailcap.web.replies import JSON, Reply, json_reply
from mailcap.web.routing import Result, Route

_LABELS = Result(record("MessageLabels", _id=TEXT, labels=array(TEXT)))


class MarkingRoutes:
    """The routes that change a message, and the list of what is starred."""

    def __init__(self, mail: Mail, unified: UnifiedInbox, computing: Computing) -> None:
        self._mail = mail
        self._unified = unified
        self._computing = computing

    @property
    def routes(self) -> tuple[Route, ...]:
        """The table of these routes."""
        label = f"{MESSAGE}/labels/{{label}}"
        return (
            Route(
                "GET",
                "/api/addresses/starred/messages",
                self.starred,
                result=Result(array(EMAIL_MESSAGE)),
            ),
            Route("PUT", f"{MESSAGE}/star", self.toggle_star, result=Result(EMAIL_MESSAGE)),
            Route("PUT", label, self.add_label, result=_LABELS),
            Route("DELETE", label, self.remove_label, result=_LABELS),
            Route(
                "PUT",
                f"{MESSAGE}/folder/{{folder}}",
                self.refile,
                result=Result(record("MessageFolder", _id=TEXT, folder=FOLDER)),
            ),
            Route(
                "PUT",
                f"{MESSAGE}/read/{{read}}",
                self.mark_read,
                result=Result(record("MessageRead", _id=TEXT, read=SWITCH, folder=SWITCH)),
            ),
        )

    async def starred(self, who: Identity) -> Reply:
        """Return the newest 1,000 messages that the account has starred."""
        found = await self._unified.starred(who, limit=MOST)
        octets = sum([len(message.summary or b"") for message in found])
        return Reply(200, await self._computing.of(who, octets, message_list, found), JSON)

    async def toggle_star(self, who: Identity, email: str, message_id: str) -> Reply:
        """Star a message, which makes it private and keeps it, or take the star back."""
        with found_or_not(email, message_id):
            message = await self._mail.toggle_star(who, email, message_id)
        octets = len(message.summary or b"")
        return await self._computing.of(who, octets, _whole, message)

    async def add_label(self, who: Identity, email: str, message_id: str, label: str) -> Reply:
        """Add a label to a message; one that is there stays as it was first spelt."""
        with found_or_not(email, message_id):
            message = await self._mail.add_label(who, email, message_id, label)
        return _labels(message)

    async def remove_label(self, who: Identity, email: str, message_id: str, label: str) -> Reply:
        """Take a label from a message, if it is there."""
        with found_or_not(email, message_id):
            message = await self._mail.remove_label(who, email, message_id, label)
        return _labels(message)

    async def refile(self, who: Identity, email: str, message_id: str, folder: str) -> Reply:
        """Move a message to another folder of its inbox."""
        if folder not in set(Folder):
            raise InvalidValue(f"folder: this is none of {', '.join(Folder)}.")
        with found_or_not(email, message_id):
            message = await self._mail.refile(who, email, message_id, Folder(folder))
        return json_reply({"_id": message.id, "folder": message.folder})

    async def mark_read(self, who: Identity, email: str, message_id: str, read: str) -> Reply:
        """Mark a message as read or unread.

        The official client looks for the outcome in ``folder``, as its specification says.
        """
        try:
            wanted = read_boolean(read)
        except InvalidValue as error:
            raise InvalidValue(f"read: {error}") from None
        with found_or_not(email, message_id):
            message = await self._mail.mark_read(who, email, message_id, read=wanted)
        seen = bool(message.seen)
        return json_reply({"_id": message.id, "read": seen, "folder": seen})


def _whole(message: Message) -> Reply:
    return json_reply(email_message(message))


def _labels(message: Message) -> Reply:
    return json_reply({"_id": message.id, "labels": labels_of(message)})
