"""How many connections the system lets one process have."""

from __future__ import annotations

import resource
import sys
from contextlib import suppress

from twisted.logger import Logger

# What is open besides connections: the database, its log, listeners, threads' wakers.
_RESERVED = 128
# For systems that say "unlimited", and refuse that.
_MORE_MODEST = (65536, 10240)

_log = Logger()


def allow_connections(wanted: int) -> int:
    """Raise the limit on open files; return how many connections there may be.

    That is as many as are *wanted* (0: any number), if the limit leaves room for them.
    """
    limit = raise_limit()
    possible = connections_within(limit)
    _log.info(
        "up to {limit} files may be open, enough for {possible} connections",
        limit=limit,
        possible=possible,
    )
    if wanted > possible:
        _log.warn("limits.connections: {wanted} are not possible", wanted=wanted)
    return min(wanted or possible, possible)


def raise_limit() -> int:
    """Raise the soft limit on open files, to the hard one if it goes; return what holds now."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for wanted in (hard, *_MORE_MODEST):
        if soft != resource.RLIM_INFINITY and wanted > soft:
            with suppress(OSError, ValueError):
                resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
                return wanted
    return soft if soft != resource.RLIM_INFINITY else sys.maxsize


def connections_within(limit: int) -> int:
    """Return how many connections a *limit* on open files leaves room for."""
    return max(limit - _RESERVED, limit // 2)
