"""Finding messages (RFC 9051 section 6.4.4): the view first, the store for what is left."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import reduce
from operator import and_, or_
from typing import TypeVar

from mailcap.domain.mailbox_store import Sift
from mailcap.domain.mailboxes import Mark, Row, State, Want
from mailcap.imap.backend import Backend
from mailcap.imap.candidates import Candidates, Mask
from mailcap.imap.criteria import CRITERIA, Criterion, criterion
from mailcap.imap.replies import Refused
from mailcap.imap.selected import Selected
from mailcap.imap.wire import keys
from mailcap.imap.wire.keys import Key

_MOST_KEYS = 1_000
_MOST_TEXTS = 20  # for each of them a message is decoded
_MUCH = 10**6  # keys times messages: more are looked at where nobody waits for it
_MARKS = {
    "ANSWERED": Mark.ANSWERED,
    "DELETED": Mark.DELETED,
    "DRAFT": Mark.DRAFT,
    "FLAGGED": Mark.FLAGGED,
    "SEEN": Mark.SEEN,
}

T = TypeVar("T")


class Search:
    """What the client *selected* looks for, on behalf of *account*.

    Good for one command, as `Candidates` is.
    """

    def __init__(self, backend: Backend, account: int, selected: Selected) -> None:
        self.candidates: Candidates = selected.view.candidates()
        self._backend = backend
        self._account = account
        self._selected = selected
        self._now = backend.now()
        self._known: dict[Key, Mask] = {}

    async def find(self, key: Key) -> Mask:
        """Return the messages that *key* asks for.

        Raises `BadRequest` for sequence numbers that no message has, `Refused` if there
        are too many keys.
        """
        count = sum(1 for _ in _leaves(key))
        if count > _MOST_KEYS:
            raise Refused(f"A search may have {_MOST_KEYS} keys", "LIMIT")
        if sum(isinstance(leaf, keys.TextHas) for leaf in _leaves(key)) > _MOST_TEXTS:
            raise Refused(f"A search may look for {_MOST_TEXTS} texts", "LIMIT")
        parts = key.keys if isinstance(key, keys.And) else (key,)
        quick = [part for part in parts if not _needs_store(part)]
        slow = [part for part in parts if _needs_store(part)]
        if count * len(self._selected.view) > _MUCH:
            found: Mask = await self._backend.elsewhere(self._all, quick)
            test = await self._backend.elsewhere(self._test, keys.And(tuple(slow)))
        else:
            found, test = self._all(quick), self._test(keys.And(tuple(slow)))
        if not slow or not found:
            return found
        uids = await self.collect(
            found, test.want, lambda row: row.uid if test.test(row) else None, sift=test.sift
        )
        return found & self.candidates.with_uids(uids)

    async def collect(
        self,
        mask: Mask,
        want: Want,
        look: Callable[[Row], T | None],
        *,
        sift: Sift | None = None,
    ) -> list[T]:
        """Return what *look* makes of messages; see `MailboxStore.collect`."""
        uids = self.candidates.uids(mask)
        return await self._backend.store.collect(
            self._account, self._selected.id, uids, want, look, sift=sift
        )

    # What the view knows

    def _all(self, parts: Iterable[Key]) -> Mask:
        return reduce(and_, map(self._mask, parts), self.candidates.everything)

    def _mask(self, key: Key) -> Mask:
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._look(key)
        return found

    def _look(self, key: Key) -> Mask:
        candidates = self.candidates
        found = candidates.everything
        match key:
            case keys.And(parts):
                found = self._all(parts)
            case keys.Or(one, other):
                found = self._mask(one) | self._mask(other)
            case keys.Not(inner):
                found ^= self._mask(inner)
            case keys.HasFlag(name, keyword):
                found = self._flagged(name, keyword=keyword)
            case keys.Among(sequence, uid):
                found = candidates.among(self._selected.chosen(sequence, uid=uid).spans)
            case keys.ModSeq(modseq):
                found = candidates.changed_since(modseq)
        return found

    def _flagged(self, name: str, *, keyword: bool) -> Mask:
        if keyword:
            wanted = name.lower()
            return self.candidates.where(
                lambda state: any(word.lower() == wanted for word in state.keywords)
            )
        if name == "RECENT":
            return self.candidates.recent()
        mark = _MARKS[name]

        def has(state: State) -> object:
            return state.marks & mark

        return self.candidates.where(has)

    # What only the store knows

    def _test(self, key: Key) -> Criterion:
        if not _needs_store(key):
            uids = frozenset(self.candidates.uids(self._mask(key)))
            return Criterion(Want(0), lambda row: row.uid in uids)
        match key:
            case keys.And(parts):
                return _all_of([self._test(part) for part in parts])
            case keys.Or(one, other):
                return _any_of([self._test(one), self._test(other)])
            case keys.Not(inner):
                found = self._test(inner)
                return Criterion(found.want, lambda row: not found.test(row))
        return criterion(key, now=self._now)


def _all_of(found: Sequence[Criterion]) -> Criterion:
    if len(found) == 1:
        return found[0]
    tests = [one.test for one in found]
    return Criterion(_wanted(found), lambda row: all(test(row) for test in tests))


def _any_of(found: Sequence[Criterion]) -> Criterion:
    tests = [one.test for one in found]
    return Criterion(_wanted(found), lambda row: any(test(row) for test in tests))


def _wanted(found: Iterable[Criterion]) -> Want:
    return reduce(or_, [one.want for one in found], Want(0))


def asks_modseq(key: Key) -> bool:
    """Whether modification sequences play a part in *key* (RFC 7162 section 3.1.5)."""
    return any(isinstance(leaf, keys.ModSeq) for leaf in _leaves(key))


def _needs_store(key: Key) -> bool:
    return any(type(leaf) in CRITERIA for leaf in _leaves(key))


def _leaves(key: Key) -> Iterator[Key]:
    match key:
        case keys.And(parts):
            for part in parts:
                yield from _leaves(part)
        case keys.Or(one, other):
            yield from _leaves(one)
            yield from _leaves(other)
        case keys.Not(inner):
            yield from _leaves(inner)
        case _:
            yield key
