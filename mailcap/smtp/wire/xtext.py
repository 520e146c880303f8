r"""How parameters write what would break a command line (RFC 3461, RFC 6533)."""

from __future__ import annotations

import re

_XTEXT = re.compile(r"(?:[!-*,-<>-~]|\+[0-9A-Fa-f]{2})*")
_HEXCHAR = re.compile(r"\+([0-9A-Fa-f]{2})")
_UTF8_XTEXT = re.compile(r"(?:[!-*,-<>-\[\]-~\u0080-\U0010ffff]|\\x\{[0-9A-Fa-f]{2,6}\})+")
_EMBEDDED = re.compile(r"\\x\{([0-9A-Fa-f]{2,6})\}")


def decode_xtext(text: str) -> str:
    """Return what the xtext *text* stands for (RFC 3461 section 4).

    Raises `ValueError` if it is none, or stands for anything but printable ASCII.
    """
    if not _XTEXT.fullmatch(text):
        raise ValueError("not xtext")
    return _printable(_HEXCHAR.sub(lambda match: chr(int(match[1], 16)), text), ascii_only=True)


def decode_utf8_xtext(text: str) -> str:
    r"""Return what *text*, with characters as ``\x{HEX}``, stands for.

    Both forms of RFC 6533 section 3 are understood: utf-8-addr-xtext and
    utf-8-addr-unitext.  Raises `ValueError` if it is neither.
    """
    if not _UTF8_XTEXT.fullmatch(text):
        raise ValueError("not an utf-8 address as RFC 6533 writes it")
    return _printable(_EMBEDDED.sub(lambda match: chr(int(match[1], 16)), text))


def _printable(text: str, *, ascii_only: bool = False) -> str:
    # What is decoded is stored and shown: nothing in it may break a line or hide.
    if not text.isprintable() or (ascii_only and not text.isascii()):
        raise ValueError("encodes a character that cannot be shown")
    return text
