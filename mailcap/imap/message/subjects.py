"""The base subject: what answers and forwards have in common (RFC 5256 section 2.1)."""

from __future__ import annotations

import re

_BLOB = r"\[[^\[\]]*+\]"
_LEADER = re.compile(rf"(?:re|fwd?)[ ]*+(?:{_BLOB})?[ ]*+:|[ ]", re.IGNORECASE)
_BLOBS_AND_LEADER = re.compile(
    rf"(?:{_BLOB}[ ]*+)*+(?:re|fwd?)[ ]*+(?:{_BLOB})?[ ]*+:", re.IGNORECASE
)
_ONE_BLOB = re.compile(rf"{_BLOB}[ ]*+")
_FORWARDED = re.compile(r"\[fwd:(.*)\]", re.IGNORECASE | re.DOTALL)
_TRAILER = "(fwd)"
_MOST = 1_000  # characters: what comes behind them tells no conversations apart


def base_subject(subject: str) -> tuple[str, bool]:
    """Return the base of a decoded *subject*, and whether it was an answer or forward."""
    text = " ".join(subject[:_MOST].split())
    is_reply = False
    while True:
        text, trailed = _without_trailers(text)
        text, led = _without_leaders(text)
        is_reply = is_reply or trailed or led
        forwarded = _FORWARDED.fullmatch(text)
        if forwarded is None:
            return text, is_reply
        text, is_reply = forwarded[1].strip(" "), True


def _without_trailers(text: str) -> tuple[str, bool]:
    """Take "(fwd)" and white space off the end: step 2."""
    end = len(text)
    found = False
    while True:
        if end and text[end - 1] == " ":
            end -= 1
        elif text[max(0, end - len(_TRAILER)) : end].lower() == _TRAILER:
            end -= len(_TRAILER)
            found = True
        else:
            return text[:end], found


def _without_leaders(text: str) -> tuple[str, bool]:
    """Take "Re:", "Fwd:" and blobs off the beginning: steps 3 to 5."""
    start = 0
    found = False
    while True:
        leader = _LEADER.match(text, start) or _BLOBS_AND_LEADER.match(text, start)
        if leader is not None:
            found = found or leader[0] != " "
            start = leader.end()
            continue
        blob = _ONE_BLOB.match(text, start)
        if blob is None or blob.end() == len(text):  # a subject must remain
            return text[start:], found
        start = blob.end()
