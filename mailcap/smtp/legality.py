"""Which command is legal when (RFC 5321 section 4.1.4), as one table."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum, auto
from typing import Final

from mailcap.smtp import replies
from mailcap.smtp.replies import Reply
from mailcap.smtp.wire.commands import (
    Auth,
    Bdat,
    Data,
    Expn,
    Mail,
    Rcpt,
    StartTLS,
    Vrfy,
)


class State(IntEnum):
    """How far a session has come."""

    FRESH = 0  # the client has not said its name
    LOCKED = auto()  # it has, but must log in before it may send
    READY = auto()  # there is no mail transaction
    MAIL = auto()  # there is one, with a sender
    RCPT = auto()  # with recipients too
    CHUNKS = auto()  # and with a part of the message


_Refusals = Mapping[type, Reply]

_IN_TRANSACTION: Final[_Refusals] = dict.fromkeys((Mail, Auth, StartTLS), replies.MAIL_ALREADY)

# What is said to a command that is illegal in a state; whatever is not listed is legal.
REFUSALS: Final[tuple[_Refusals, ...]] = tuple(
    {
        State.FRESH: dict.fromkeys((Mail, Rcpt, Data, Bdat, Auth), replies.HELO_FIRST),
        State.LOCKED: dict.fromkeys((Mail, Rcpt, Data, Bdat, Vrfy, Expn), replies.LOGIN_FIRST),
        State.READY: dict.fromkeys((Rcpt, Data, Bdat), replies.MAIL_FIRST),
        State.MAIL: {**_IN_TRANSACTION, **dict.fromkeys((Data, Bdat), replies.NO_RECIPIENT)},
        State.RCPT: _IN_TRANSACTION,
        State.CHUNKS: {**_IN_TRANSACTION, **dict.fromkeys((Rcpt, Data), replies.BDAT_ALREADY)},
    }[state]
    for state in State
)
