"""Text from bytes, whatever charset the sender claimed.

A label is looked up in a fixed table and never handed to `codecs.lookup`: that
would import modules and remember failures by names that the sender chooses, and
would find codecs whose work grows with the square of their input (punycode).
"""

from __future__ import annotations

import re
from encodings.aliases import aliases
from functools import lru_cache

_MAX_LABEL = 64
# The first eight are no charsets; US-ASCII is what `_guess` reads anyway.
_LEFT_OUT = {"base64_codec", "bz2_codec", "hex_codec", "mbcs", "quopri_codec", "rot_13"}
_LEFT_OUT |= {"uu_codec", "zlib_codec", "ascii"}
_CODECS = {alias: codec for alias, codec in aliases.items() if codec not in _LEFT_OUT}
_CODECS |= {codec: codec for codec in _CODECS.values()}
_CODECS |= {
    "cp874": "cp874",
    "iso_8859_8_i": "iso8859_8",
    "koi8_t": "koi8_t",
    "koi8_u": "koi8_u",
    "unicode_1_1_utf_7": "utf_7",
    "windows_874": "cp874",
    "x_gbk": "gb18030",
    "x_mac_roman": "mac_roman",
    "x_sjis": "cp932",
}
# What senders mean by the narrower name, as browsers read it too (WHATWG Encoding).
_MEANT = {
    "euc_kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso8859_9": "cp1254",
    "latin_1": "cp1252",
    "shift_jis": "cp932",
    "tis_620": "cp874",
}
_SEPARATORS = re.compile(r"[^a-z0-9]+")
_SINGLE_OCTET = ("cp125", "iso8859", "koi8", "mac_")


def decode(data: bytes, charset: str | None = None) -> str:
    """Return *data* as text without lone surrogates.

    An absent, unknown or wrong *charset* is made up for: UTF-8 if the bytes are
    valid UTF-8, else ISO 8859-1 or, where a multi-octet charset was declared, that
    one with U+FFFD for what does not fit.
    """
    codec = _codec(charset) if charset else None
    if codec is None:
        return _guess(data)
    try:
        text = data.decode(codec)
    except (UnicodeError, LookupError):
        text = _salvage(data, codec)
    return text if codec != "utf_7" else _without_surrogates(text)


@lru_cache(maxsize=256)
def _codec(charset: str) -> str | None:
    if len(charset) > _MAX_LABEL:
        return None
    codec = _CODECS.get(_SEPARATORS.sub("_", charset.lower()).strip("_"))
    return _MEANT.get(codec, codec) if codec else None


def _guess(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _salvage(data: bytes, codec: str) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        if codec.startswith(_SINGLE_OCTET):
            return data.decode("latin-1")
    try:
        return data.decode(codec, "replace")
    except (UnicodeError, LookupError):
        return data.decode("latin-1")


def _without_surrogates(text: str) -> str:
    """Replace halves of surrogate pairs, which UTF-7 can spell and UTF-8 can't."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
