"""The ``mailcap`` command: accounts and what they own, the database, the settings.

It works on the database that a server uses, beside the server or without it.
`parser` knows all commands; each names the function that does it, in a module that
is loaded only then, because ``mailcap --help`` is to answer at once.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module

from mailcap.cli.parser import make_parser
from mailcap.domain.errors import MailcapError

_FAILED = 1
_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that *arguments* (None: the program's own) ask for.

    Returns the exit status: 0, or 1 if it could not be done; then standard error has
    a line for each problem.  A mistake in the arguments ends the program with 2.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):  # a name may not fit the terminal's encoding
        sys.stdout.reconfigure(errors="backslashreplace")
    parsed = make_parser().parse_args(arguments)
    module, _, function = parsed.handler.partition(":")
    try:
        getattr(import_module(f"mailcap.cli.{module}"), function)(parsed)
        sys.stdout.flush()
    except MailcapError as error:
        _complain(str(error))
        return _FAILED
    except OSError as error:
        if not isinstance(error, BrokenPipeError):  # there, whoever read has had enough
            _complain(str(error))
        _drop_output()
        return _FAILED
    except KeyboardInterrupt:
        return _INTERRUPTED
    return 0


def _drop_output() -> None:
    """Forget what could not be written, lest it fail once more at exit."""
    with suppress(OSError):  # where the output is no file, nothing is left
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _complain(text: str) -> None:
    for line in text.splitlines():
        sys.stderr.write(f"mailcap: {line}\n")
