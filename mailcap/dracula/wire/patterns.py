"""Patterns of keys, as released servers understand them.

With RE2, whose time is linear in the length of a key whatever the pattern is: a pattern
comes from outside, and Python's own expressions can be made to take for ever.
"""

from __future__ import annotations

from collections.abc import Callable

import re2

_ANYTHING = b"(^|$|.+)"
_OPTIONS = re2.Options()
_OPTIONS.log_errors = False  # else it writes to standard error


class BadPattern(ValueError):
    """A pattern that means nothing; the text is for its sender."""


def compile_pattern(pattern: bytes) -> Callable[[bytes], object]:
    """Return a function that tells whether *pattern* is found in a key.

    A pattern is a regular expression in which ``*`` stands for anything; it may begin
    anywhere.  Raises `BadPattern`.
    """
    try:
        expression = re2.compile(pattern.replace(b"*", _ANYTHING), _OPTIONS)
    except re2.error as error:
        text = error.args[0]
        shown = text.decode(errors="replace") if isinstance(text, bytes) else str(text)
        raise BadPattern(f"error parsing regexp: {shown}") from None
    search: Callable[[bytes], object] = expression.search
    return search
