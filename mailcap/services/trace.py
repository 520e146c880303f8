"""The lines that mailcap puts in front of a message (RFC 5321 section 4.4)."""

from __future__ import annotations

import re
from email.utils import formatdate
from functools import lru_cache

from mailcap.domain.envelope import Envelope

_HOST = re.compile(r"[A-Za-z0-9._:\[\]-]+")

_formatted = lru_cache(maxsize=8)(formatdate)  # many messages share a second


def make_trace(envelope: Envelope, *, host_name: str, base: str, now: int, inbox: str) -> bytes:
    """Return the Return-Path and Received lines for the copy kept in *inbox*.

    They name no other recipient and no login.  *now* is in Unix seconds.  A HELO
    name that would not pass for a host name is left out.
    """
    helo = envelope.helo if _HOST.fullmatch(envelope.helo) else "unknown"
    return (
        f"Return-Path: <{envelope.mail_from}>\r\n"
        f"Received: from {helo} ([{envelope.connection.peer}])\r\n"
        f"\tby {host_name} with {envelope.protocol} id {base}\r\n"
        f"\tfor <{inbox}>; {_formatted(now)}\r\n"
    ).encode()
