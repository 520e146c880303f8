"""The attachments of a message: listed, and downloaded."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

from mailcap.domain.accounts import Identity
from mailcap.domain.errors import NotFound
from mailcap.domain.messages import Content
from mailcap.mime import attachments
from mailcap.mime.attachments import Attachment
from mailcap.mime.structure import scan
from mailcap.services.mail import Mail
from mailcap.web.api.bodies import HARMLESS
from mailcap.web.api.computing import Computing
from mailcap.web.api.messages import MESSAGE, found_or_not
from mailcap.web.api.schemas import TEXT, WHOLE, array, record
from mailcap.web.replies import JSON, Reply, attachment, to_json
from mailcap.web.routing import Result, Route

T = TypeVar("T")

FILE = Result(content_type="*/*")  # what its sender says that it is

_META = record(
    "AttachmentMeta",
    checksum=TEXT,
    contentDisposition={"enum": ["attachment", "inline"]},
    contentId=TEXT,
    contentType=TEXT,
    fileName=TEXT,
    length=WHOLE,
    transferEncoding=TEXT,
)
# RFC 6838 section 4.2
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")
_CHARSET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,39}")


def found_attachment(content: Content, identifier: str) -> Reply | None:
    """Return what downloads the attachment called *identifier*, None if there is none."""
    found = attachments.find(content.body, scan(content.body), identifier)
    if found is None:
        return None
    meta, octets = found
    return Reply(200, octets, _content_type(meta), (attachment(meta.file_name), *HARMLESS))


class AttachmentRoutes:
    """The routes of attachments."""

    def __init__(self, mail: Mail, computing: Computing) -> None:
        self._mail = mail
        self._computing = computing

    @property
    def routes(self) -> tuple[Route, ...]:
        """The table of these routes."""
        here = f"{MESSAGE}/attachments"
        return (
            Route("GET", here, self.list_attachments, result=Result(array(_META))),
            Route("GET", f"{here}/{{identifier}}", self.download, result=FILE),
        )

    async def list_attachments(self, who: Identity, email: str, message_id: str) -> Reply:
        """Return what is known about each attachment of a message."""
        return Reply(200, await self._of(who, email, message_id, _listing), JSON)

    async def download(self, who: Identity, email: str, message_id: str, identifier: str) -> Reply:
        """Return an attachment by its checksum (MD5), its Content-ID or its file name."""
        reply = await self._of(who, email, message_id, found_attachment, identifier)
        if reply is None:
            raise NotFound("The message has no such attachment.")
        return reply

    async def _of(
        self, who: Identity, email: str, message_id: str, view: Callable[..., T], *args: Any
    ) -> T:
        with found_or_not(email, message_id):
            message, content = await self._mail.content(who, email, message_id)
        return await self._computing.of(who, message.size, view, content, *args)


def _listing(content: Content) -> bytes:
    return to_json([_shown(each) for each in attachments.listing(content.body, scan(content.body))])


def _shown(found: Attachment) -> dict[str, Any]:
    return {
        "checksum": found.checksum,
        "contentDisposition": found.content_disposition,
        "contentId": found.content_id,
        "contentType": found.content_type,
        "fileName": found.file_name,
        "length": found.length,
        "transferEncoding": found.transfer_encoding,
    }


def _content_type(found: Attachment) -> str:
    """Return the type that the sender gave, as far as it is one."""
    if not _MEDIA_TYPE.fullmatch(found.content_type):
        return "application/octet-stream"
    if not found.content_type.startswith("text/"):
        return found.content_type
    charset = found.part.parameters.get("charset") or ""
    return f"{found.content_type}; charset={charset if _CHARSET.fullmatch(charset) else 'utf-8'}"
