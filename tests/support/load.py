"""Many connections that send until the server is gone, and remember every answer."""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from threading import Condition, Event, Thread
from time import monotonic

from .daemon import Service
from .smtp import Client, Reply, stuffed

_PATIENCE = 60.0  # seconds
_BREATH = 0.1  # seconds before a letter is sent again


@dataclass(frozen=True)
class Letter:
    """One message, which names itself in its subject."""

    token: str
    recipients: tuple[str, ...]

    @property
    def body(self) -> bytes:
        """Up to some 8 KB; no two letters have the same."""
        lines = (hash_line(self.token, number) for number in range(sum(self.token.encode()) % 90))
        return f"Subject: {self.token}\r\n\r\n".encode() + b"".join(lines)


def hash_line(token: str, number: int) -> bytes:
    """Return a line that depends on both and starts with a dot now and then."""
    digest = sha256(f"{token}/{number}".encode()).hexdigest()
    return ("." * (number % 7 == 0) + digest + "\r\n").encode()


class Load:
    """*connections* threads, each with a connection and an inbox of its own.

    Every third letter goes to two more, which all share.  No letter is ever repeated.
    *last_word* is a code with which the server may end a connection; `refused` are the
    letters that it answered so.  `slowest` is the longest time that a letter waited for its
    answer, in seconds.
    """

    def __init__(
        self, service: Service, *, connections: int, label: str, last_word: int | None = None
    ) -> None:
        self.acknowledged: dict[str, Letter] = {}
        self.unanswered: dict[str, Letter] = {}
        self.refused: dict[str, Letter] = {}
        self.unexpected: list[object] = []
        self.slowest = 0.0
        self._service = service
        self._last_word = last_word
        self._changed = Condition()
        self._threads = [
            Thread(target=self._work, args=[letters(label, number)])
            for number in range(connections)
        ]
        for thread in self._threads:
            thread.start()

    def wait_for_acknowledged(self, number: int) -> None:
        """Return as soon as *number* letters have been answered 250."""
        with self._changed:
            enough = self._changed.wait_for(lambda: len(self.acknowledged) >= number, _PATIENCE)
            assert enough, f"only {len(self.acknowledged)} of {number} acknowledged"

    def join(self) -> None:
        """Wait until every connection has noticed the end."""
        for thread in self._threads:
            thread.join(_PATIENCE)
            assert not thread.is_alive()
        assert not self.unexpected, self.unexpected[:5]

    def inboxes(self) -> set[str]:
        letters = self.acknowledged | self.unanswered | self.refused
        return {recipient for letter in letters.values() for recipient in letter.recipients}

    def _work(self, letters: Iterator[Letter]) -> None:
        with suppress(ConnectionError), Client(self._service) as client:
            client.command("EHLO load.example")
            for letter in letters:
                self._send(client, letter)

    def _send(self, client: Client, letter: Letter) -> None:
        with self._changed:
            self.unanswered[letter.token] = letter
        self._require(client.command("MAIL FROM:<from@sender.example>"))
        for recipient in letter.recipients:
            self._require(client.command(f"RCPT TO:<{recipient}>"))
        self._require(client.command("DATA"))
        began = monotonic()
        client.send(stuffed(letter.body))
        reply = client.read_reply()
        self.slowest = max(self.slowest, monotonic() - began)
        self._settle(letter, reply)

    def _settle(self, letter: Letter, reply: Reply) -> None:
        with self._changed:
            if reply.code in (250, self._last_word):
                del self.unanswered[letter.token]
                kept = self.acknowledged if reply.code == 250 else self.refused
                kept[letter.token] = letter
                self._changed.notify_all()
        self._require(reply)

    def _require(self, reply: Reply) -> None:
        if reply.code in (250, 354):
            return
        if reply.code != self._last_word:
            self.unexpected.append(reply)
        raise ConnectionAbortedError(reply.text)


class PersistentLoad(Load):
    """Senders who never give up, as mail servers do: what is put off they send again.

    `refusals` counts the codes that they were told.
    """

    def __init__(
        self, service: Service, *, connections: int, label: str, last_word: int | None = None
    ) -> None:
        self.refusals: Counter[str] = Counter()
        self._stopped = Event()
        super().__init__(service, connections=connections, label=label, last_word=last_word)

    def stop(self) -> None:
        """Send no new letters, and wait until the others are sent."""
        self._stopped.set()
        self.join()
        assert not self.unanswered

    def wait_for_refusals(self, number: int) -> None:
        """Return as soon as so many letters have been put off."""
        with self._changed:
            enough = self._changed.wait_for(lambda: self.refusals.total() >= number, _PATIENCE)
            assert enough, f"only {self.refusals} put off"

    def wait_for_more(self, number: int) -> None:
        """Return as soon as so many more letters have been answered 250."""
        self.wait_for_acknowledged(len(self.acknowledged) + number)

    def _work(self, letters: Iterator[Letter]) -> None:
        with suppress(ConnectionError), Client(self._service) as client:
            client.command("EHLO load.example")
            for letter in letters:
                if self._stopped.is_set():
                    return
                while letter.token not in self.acknowledged:
                    self._send(client, letter)

    def _settle(self, letter: Letter, reply: Reply) -> None:
        if reply.code in (451, 452):
            with self._changed:
                self.refusals[f"{reply.code} {reply.text}"[:9]] += 1
                self._changed.notify_all()
            self._stopped.wait(_BREATH)
        else:
            super()._settle(letter, reply)


def letters(label: str, connection: int) -> Iterator[Letter]:
    """Return the endless letters of one connection."""
    number = 0
    while True:
        number += 1
        names = [str(connection), *(["all", "too"] if number % 3 == 0 else [])]
        recipients = tuple(f"{label}.{name}@load.example" for name in names)
        yield Letter(f"{label}.{connection}.{number}", recipients)
