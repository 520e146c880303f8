"""Attachments: every leaf of a message that is not its text or its HTML."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from hashlib import md5

from mailcap.mime import bodies, content, encoded_words
from mailcap.mime.structure import Part

_MAX_CONTENT_ID = 998  # characters: a line (RFC 5322 section 2.1.1)
_MAX_FILE_NAME = 200  # octets; file systems take 255, and people add to names
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})  # controls, and what turns text round
_NEVER_IN_NAMES = re.compile(r'[<>:"|?*]')
# Not `mimetypes`: that reads the files of the machine, and differs between machines.
_EXTENSIONS = {
    "application/json": ".json",
    "application/pdf": ".pdf",
    "application/pkcs7-signature": ".p7s",
    "application/pgp-signature": ".asc",
    "application/zip": ".zip",
    "image/gif": ".gif",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/svg+xml": ".svg",
    "image/webp": ".webp",
    "message/delivery-status": ".txt",
    "message/rfc822": ".eml",
    "message/global": ".eml",
    "text/calendar": ".ics",
    "text/csv": ".csv",
    "text/html": ".html",
    "text/plain": ".txt",
    "text/rfc822-headers": ".txt",
    "text/vcard": ".vcf",
    "text/xml": ".xml",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """What is known about an attachment; *part* tells where it is.

    *checksum* is the MD5 of its decoded octets in hexadecimal and *length* their
    number.  *content_id* stands without brackets; *content_id* and *file_name* are
    made up, always the same, where the sender gave none.  *file_name* is safe to
    save under: no path, no control characters.  *content_disposition* is
    ``attachment`` or ``inline``.
    """

    part: Part
    checksum: str
    content_disposition: str
    content_id: str
    content_type: str
    file_name: str
    length: int
    transfer_encoding: str


def listing(body: bytes, root: Part) -> list[Attachment]:
    """Return the attachments of *body*, in order."""
    return [_attachment(body, part) for part in _parts(root)]


def checksums(body: bytes, root: Part) -> list[str]:
    """Return the checksums of the attachments of *body*, in order."""
    return [_digest(content.octets(body, part)) for part in _parts(root)]


def find(body: bytes, root: Part, identifier: str) -> tuple[Attachment, bytes] | None:
    """Return the first attachment called *identifier*, and its decoded octets.

    An identifier is a checksum, else a Content-ID with or without its brackets,
    else a file name.
    """
    found = listing(body, root)
    checksum, content_id = identifier.lower(), identifier.strip("<>")
    attachment = (
        next((each for each in found if each.checksum == checksum), None)
        or next((each for each in found if each.content_id == content_id), None)
        or next((each for each in found if each.file_name == identifier), None)
    )
    return (attachment, content.octets(body, attachment.part)) if attachment else None


def _parts(root: Part) -> list[Part]:
    chosen = bodies.choose(root)
    return [part for part in root.leaves() if part is not chosen.text and part is not chosen.html]


def _attachment(body: bytes, part: Part) -> Attachment:
    octets = content.octets(body, part)
    checksum = _digest(octets)
    content_id = (part.id or "").strip("<> \t")[:_MAX_CONTENT_ID]
    return Attachment(
        part=part,
        checksum=checksum,
        content_disposition=_disposition(part),
        content_id=content_id or _digest(f"{part.number} {checksum}".encode()),
        content_type=part.content_type,
        file_name=_file_name(part),
        length=len(octets),
        transfer_encoding=part.encoding,
    )


def _digest(octets: bytes) -> str:
    return md5(octets, usedforsecurity=False).hexdigest()


def _disposition(part: Part) -> str:
    if part.disposition is None:
        return "inline" if part.id else "attachment"
    # RFC 2183 section 2.8: what is unknown counts as attachment.
    return "inline" if part.disposition == "inline" else "attachment"


def _file_name(part: Part) -> str:
    declared = part.disposition_parameters.get("filename") or part.parameters.get("name") or ""
    base = re.split(r"[/\\]", encoded_words.decode(declared))[-1]
    visible = "".join([c for c in base if unicodedata.category(c) not in _HIDDEN])
    name = _NEVER_IN_NAMES.sub("_", visible).strip(" .")
    generated = f"attachment-{part.number}{_EXTENSIONS.get(part.content_type, '.bin')}"
    return _shortened(name or generated)


def _shortened(name: str) -> str:
    """Cut a long name, but not its extension."""
    if len(name.encode()) <= _MAX_FILE_NAME:
        return name
    stem, dot, extension = name.rpartition(".")
    tail = (dot + extension).encode()
    if not stem or len(tail) > _MAX_FILE_NAME // 2:
        stem, tail = name, b""
    return (stem.encode()[: _MAX_FILE_NAME - len(tail)] + tail).decode(errors="ignore")
