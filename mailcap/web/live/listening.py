"""What a WebSocket hears of: which names it may listen to, and which mail is theirs."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from twisted.internet.defer import Deferred

from mailcap.domain.accounts import Access, Identity
from mailcap.domain.addresses import fold_domain, parse_address
from mailcap.domain.arrivals import Arrival, Reach
from mailcap.domain.errors import InvalidAddress, InvalidValue, NotPermitted
from mailcap.domain.mailboxes import unified_owner
from mailcap.domain.messages import Message
from mailcap.domain.ports import ArrivalStore
from mailcap.services.arrivals import Arrivals, Following
from mailcap.web.live.frames import Frame, Frames, listening_frame
from mailcap.web.live.session import Session
from mailcap.web.live.wire import TRY_AGAIN_LATER

# Each public inbox is a mailbox to be watched; more do not fit into a URL by much.
MOST_NAMES = 200

_AT_ONCE = 16  # frames that are made for one session while it waits for the first of them
_MOST_WAITING = 10_000  # messages; who listens to more than can be told is dropped


@dataclass(frozen=True, slots=True)
class Names:
    """The addresses, each with the inbox that it means, and the domains of a list."""

    addresses: Mapping[str, str] = field(default_factory=dict)
    domains: Mapping[str, str] = field(default_factory=dict)

    @property
    def folded(self) -> list[str]:
        """All names as the store has them."""
        return list({*self.addresses.values(), *self.domains.values()})


def read_names(text: str) -> Names:
    """Return the names in *text*, which have commas between them.

    Raises `InvalidValue`, naming the one that is wrong.
    """
    addresses, domains = {}, {}
    names = [name for part in text.split(",") if (name := part.strip())]
    if not names:
        raise InvalidValue("The parameter addresses names nothing to listen to.")
    if len(names) > MOST_NAMES:
        raise InvalidValue(f"The parameter addresses may name {MOST_NAMES} at most.")
    for name in names:
        try:
            if "@" in name:
                addresses[name] = parse_address(name).inbox
            else:
                domains[name] = fold_domain(name)
        except InvalidAddress as error:
            raise InvalidValue(f"{name} is no address and no domain: {error}.") from None
    return Names(addresses, domains)


class Listening:
    """What one session hears of, from `begin` until `end`.

    An owned address or domain is listened to in the account's unified INBOX, where all of
    its mail comes in, that of a public domain too; a public inbox in its own.
    """

    def __init__(self, session: Session, who: Identity, frames: Frames) -> None:
        self._session = session
        self._who = who
        self._frames = frames
        self._owned: frozenset[str] = frozenset()
        self._public: frozenset[str] = frozenset()
        self._following: list[Following] = []
        self._waiting: deque[Message] = deque()
        self._making: deque[Frame] = deque()
        self._telling = False
        self._ended = False

    async def begin(self, names: Names, store: ArrivalStore, arrivals: Arrivals) -> None:
        """Listen to *names*, all or none.  Raises `NotPermitted`, naming the first bad one."""
        reaches = await store.reaches(names.folded)
        for name, folded in {**names.addresses, **names.domains}.items():
            self._check(name, reaches[folded])
        self._session.access = Access(self._who)
        owned = {name for name, one in reaches.items() if one.owner is not None}
        self._owned, self._public = frozenset(owned), frozenset(reaches.keys() - owned)
        if owned:
            unified = unified_owner(self._who.account)
            await self._follow(arrivals, unified)
        for inbox in sorted(self._public):
            if not self._ended:
                await self._follow(arrivals, inbox)
        self._session.send(listening_frame(list(names.addresses), list(names.domains)))
        self._pump()

    def end(self) -> None:
        """Listen no more."""
        self._ended = True
        for following in self._following:
            following.stop()
        self._following.clear()
        self._waiting.clear()
        self._making.clear()

    def _check(self, name: str, reach: Reach) -> None:
        if "@" not in name and reach.owner is None:
            raise NotPermitted(f"{name} is not owned by this account.")
        if reach.owner not in (None, self._who.account):
            raise NotPermitted(f"{name} is owned by another account.")
        if not reach.live:
            raise NotPermitted(f"{name} has no WebSocket: enablews is off.")

    async def _follow(self, arrivals: Arrivals, owner: str) -> None:
        hear = self._hear_owned if owner.startswith("#") else self._hear_public
        following = await arrivals.follow(owner, hear, kind="websocket")
        if self._ended:
            following.stop()
        else:
            self._following.append(following)

    def _hear_owned(self, arrival: Arrival) -> None:
        if self._is_told_as_owner(arrival):
            self._hear(arrival.message)

    def _hear_public(self, arrival: Arrival) -> None:
        if arrival.owner is None and not self._is_told_as_owner(arrival):
            self._hear(arrival.message)

    def _is_told_as_owner(self, arrival: Arrival) -> bool:
        return any(
            owner == self._who.account and name in self._owned
            for name, owner in arrival.live.items()
        )

    def _hear(self, message: Message) -> None:
        if message.saved_by not in (None, self._who.account_name):
            return
        if len(self._waiting) >= _MOST_WAITING:
            self._session.close(TRY_AGAIN_LATER, "too much mail")
            return
        self._waiting.append(message)
        self._pump()

    def _pump(self) -> None:
        if not self._telling and self._session.access is not None:
            self._telling = True
            Deferred.fromCoroutine(self._tell())

    async def _tell(self) -> None:
        """Send the frames of all messages that wait, in their order."""
        while self._waiting or self._making:
            while self._waiting and len(self._making) < _AT_ONCE:
                self._making.append(self._frames.of(self._who, self._waiting.popleft()))
            frame = self._making[0]
            await frame.ready()
            if self._making:
                self._making.popleft()
            if frame.octets is not None and not self._ended:
                self._session.send(frame.octets)
        self._telling = False
