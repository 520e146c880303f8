"""Whatever goes wrong, as Mailsac's clients expect it: a status and ``{"message": …}``.

The one place where failures of the domain become statuses of HTTP.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from traceback import walk_tb

from twisted.logger import Logger
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from mailcap.domain import errors
from mailcap.web.replies import Headers, Reply, json_reply

STATUSES: Mapping[type[Exception], int] = {
    errors.InvalidAddress: 400,
    errors.InvalidValue: 400,
    errors.AlreadyExists: 400,
    errors.TooManyRecipients: 400,
    errors.OverQuota: 400,
    errors.AuthenticationRequired: 401,
    errors.AuthenticationFailed: 401,
    errors.NotOwned: 401,
    errors.NotPermitted: 403,
    errors.Refused: 403,
    errors.HasChildren: 403,
    errors.NotFound: 404,
    errors.InUse: 409,
    errors.MessageTooLarge: 413,
    errors.TooManyFailures: 429,
    errors.Throttled: 429,
    errors.Busy: 503,
    errors.StoreUnavailable: 503,
    errors.StoreFull: 503,
}

INTERNAL_ERROR = 500
# Mailsac's words where clients may look for them, and ours where the failure's own
# words are for the operator: they may name hosts and files.
_FIXED_WORDS: Mapping[type[Exception], str] = {
    errors.AuthenticationRequired: "Not authorized. You may need to log in first.",
    errors.AuthenticationFailed: "Not authorized. You may need to log in first.",
    errors.StoreUnavailable: "The database cannot be used just now; try again in a moment.",
    errors.StoreFull: "The database has no room left.",
}
_INNERMOST_PLACES = 6

_log = Logger()


def problem(error: Exception, *, during: str) -> Reply:
    """Return what to answer when *error* was raised *during* a request.

    A mistake of ours is logged; *during* must hold no secret.  Of a database that is gone
    the store tells by itself, once for all requests.
    """
    if isinstance(error, HTTPException):
        return _unrouted(error)
    status = STATUSES.get(type(error), INTERNAL_ERROR)
    if status == INTERNAL_ERROR:
        _log.critical(
            "Unhandled error in {during}: {error!r} at {places}",
            during=during,
            error=error,
            places=_places(error),
        )
        return problem_reply(status, "Something went wrong here; the server's log has more.")
    headers: Headers = ()
    if isinstance(error, errors.TooManyFailures):
        headers = (("Retry-After", str(math.ceil(error.retry_after))),)
    words = _FIXED_WORDS.get(type(error), str(error))
    if isinstance(error, errors.InvalidAddress):
        words = f"This is no e-mail address: {words}."
    return problem_reply(status, words, headers=headers)


def problem_reply(status: int, message: str, *, headers: Headers = ()) -> Reply:
    """Return *message* in the shape that all errors have."""
    return json_reply({"message": message}, status=status, headers=headers)


def _places(error: Exception) -> str:
    """Return where *error* was raised and who had called for it, innermost first."""
    frames = [
        f"{frame.f_globals.get('__name__')}:{line} ({frame.f_code.co_name})"
        for frame, line in walk_tb(error.__traceback__)
    ]
    return ", ".join(frames[: -_INNERMOST_PLACES - 1 : -1])


def _unrouted(error: HTTPException) -> Reply:
    """Return the answer to an unknown path, or method (RFC 9110 section 15.5.6)."""
    if isinstance(error, MethodNotAllowed):
        allowed = ", ".join(sorted(error.valid_methods or ()))
        return problem_reply(
            405, f"This is answered to {allowed} only.", headers=(("Allow", allowed),)
        )
    return problem_reply(error.code or INTERNAL_ERROR, "There is nothing here by that name.")
