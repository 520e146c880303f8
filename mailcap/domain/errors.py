"""What can go wrong, said without knowing a protocol.

Each protocol maps these to its own replies in one place, and a test demands a
mapping for every class.  The text of an error is meant for the person who sees
it: what happened, to what, and what to do.
"""

from __future__ import annotations


class MailcapError(Exception):
    """Anything that mailcap itself reports."""


class ConfigurationError(MailcapError):
    """The program cannot start, or a command cannot run, as it was asked to.

    *problems* are whole sentences, one for each mistake.
    """

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class SchemaMismatch(ConfigurationError):
    """The database was made by another version; the text names the remedy."""


class CountersUnavailable(MailcapError):
    """No counting server answers; the text says which was asked last, and what it said."""


class Failure(MailcapError):
    """A request could not be done as it was asked."""


class InvalidAddress(Failure):
    """A text is no e-mail address."""


class InvalidValue(Failure):
    """A value is out of its range or has no meaning here."""


class AlreadyExists(Failure):
    """What was to be made is there already."""


class NotFound(Failure):
    """There is no such thing, or none that this asker may know of."""


class NotPermitted(Failure):
    """The inbox or domain belongs to another account."""


class NotOwned(Failure):
    """The operation is for owners, and the asker is none."""


class AuthenticationRequired(Failure):
    """Nobody has logged in, or the key is unknown."""


class AuthenticationFailed(Failure):
    """Name and password do not belong together."""


class TooManyFailures(AuthenticationFailed):
    """Logins from this source are refused for a while: *retry_after* seconds."""

    def __init__(self, text: str, retry_after: float) -> None:
        super().__init__(text)
        self.retry_after = retry_after


class MessageTooLarge(Failure):
    """A message is larger than the limit."""


class TooManyRecipients(Failure):
    """A transaction has more recipients than the limit."""


class OverQuota(Failure):
    """An account may not keep more than it has."""


class Refused(Failure):
    """The operator's rules forbid it; the text says which."""


class HasChildren(Refused):
    """A mailbox stays as long as there are others below it."""


class Busy(Failure):
    """Not now: the server is stopping or has no room; later it will do."""


class InUse(Failure):
    """Somebody has it to himself just now."""


class Throttled(Busy):
    """Too much of it has come lately; the text says of what, and when to come back."""


class StoreUnavailable(Failure):
    """The database cannot be used just now.

    *detail* is for the operator: it may name hosts and files.  *in_doubt* if what was
    asked for may have been done nevertheless: the commit's answer was lost.
    """

    def __init__(self, text: str, *, detail: str = "", in_doubt: bool = False) -> None:
        super().__init__(text)
        self.detail = detail
        self.in_doubt = in_doubt


class StoreFull(StoreUnavailable):
    """The database has no room left."""
