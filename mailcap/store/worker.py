"""``python -m mailcap.store.worker``: the process in which a store's writing is done.

It is given a database URL and then jobs on its standard input, one at a time, and
answers each on its standard output.  It ends when its input does, so never without
having finished a job that it was given whole, and never later than whoever started it.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
import sys
import traceback
from contextlib import suppress
from typing import Any, BinaryIO

from mailcap.domain.errors import MailcapError
from mailcap.store.database import Database
from mailcap.store.frames import LENGTH, encode
from mailcap.store.jobs import Job


def main() -> None:
    """Do jobs until the input ends."""
    # All are meant for whoever started us, who lets us finish.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whoever prints disturbs nobody
    gc.freeze()  # modules stay: no need to look at them again
    with suppress(BrokenPipeError):  # nobody is left to be told
        _serve(sys.stdin.buffer, answers)


def _serve(jobs: BinaryIO, answers: Any) -> None:
    url = _receive(jobs)
    if url is None:
        return
    database = Database(url)
    while (job := _receive(jobs)) is not None:
        answers.write(encode(_outcome(database, job)))
    database.disconnect()


def _outcome(database: Database, job: Any) -> tuple[bool, Any, frozenset[int]]:
    """Return whether *job* succeeded, its result or failure, and what mailboxes it changed."""
    try:
        return (True, *database.perform(Job(*job)))
    except MailcapError as error:
        return False, error, frozenset()
    except Exception:  # noqa: BLE001  # whatever it is, the next job is another one
        return False, traceback.format_exc(), frozenset()


def _receive(jobs: BinaryIO) -> Any:
    """Return the next frame's value, None at the end of the input."""
    head = jobs.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(head)
    octets = jobs.read(length)
    return pickle.loads(octets) if len(octets) == length else None  # noqa: S301  # from our own


if __name__ == "__main__":
    main()
