"""What IMAP promises for years, and what one session may cost the others."""

import re
import resource
import socket
import ssl
from base64 import encodebytes
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import chain
from random import Random
from threading import Event
from time import monotonic, perf_counter
from typing import Self

import pytest

from support.daemon import Daemon
from support.load import Load
from support.rest import Api
from support.smtp import Client

KIBI = 1024
MEBI = 1024 * KIBI
PATIENCE = 60.0  # seconds

ADDRESS = "somebody@lasting.example"
LOGINS = [pytest.param(ADDRESS, id="inbox"), pytest.param("admin", id="account")]
SMALL = b"Subject: small\r\nMessage-ID: <small@sender.example>\r\n\r\nhello\r\n"


@pytest.fixture(autouse=True)
def enough_files() -> Iterator[None]:
    """The connections of this process need as many files as it may have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture
def note(request: pytest.FixtureRequest) -> Callable[[str, object], None]:
    """A function that puts a figure into the report of the test (``--junitxml``)."""
    return lambda name, value: request.node.user_properties.append((name, value))


class Session:
    """A connection that has logged in: it sends what it is told and reads every octet.

    With *tls* it is one to ``imaps``; *receive_buffer* is the size of the socket's own,
    for a client that does not read.
    """

    def __init__(
        self,
        server: Daemon,
        login: str,
        *,
        tls: ssl.SSLContext | None = None,
        receive_buffer: int | None = None,
    ) -> None:
        service = server.access.imap if tls is None else server.access.imaps
        self.socket = socket.socket()
        self.socket.settimeout(PATIENCE)
        if receive_buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self._last = 0
        try:
            self.socket.connect(service.address)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if tls is not None:
                self.socket = tls.wrap_socket(self.socket, server_hostname=service.host)
            assert self.read("* ").startswith(b"* OK ")
            self.command(f'LOGIN "{login}" "{service.password}"')
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.socket.close()

    def send(self, *commands: str | bytes) -> str:
        """Send *commands* in one piece, and return how the answer to the last begins."""
        octets = b""
        for command in commands:
            self._last += 1
            text = command if isinstance(command, bytes) else command.encode()
            octets += b"t%d " % self._last + text + b"\r\n"
        self.socket.sendall(octets)
        return f"t{self._last} "

    def read(self, beginning: str) -> bytes:
        """Read until the line at hand is complete and begins so; return all of it."""
        begins = beginning.encode()
        found = bytearray()
        while True:
            more = self.socket.recv(256 * KIBI)
            if not more:
                raise ConnectionResetError(f"closed behind {bytes(found[-200:])!r}")
            found += more
            if not found.endswith(b"\r\n"):
                continue
            line = found.rfind(b"\r\n", 0, len(found) - 2)
            if found.startswith(begins, line + 2 if line >= 0 else 0):
                return bytes(found)

    def command(self, *commands: str | bytes) -> bytes:
        """Send *commands* in one piece, all of which are OK; return what is answered."""
        answer = self.read(self.send(*commands))
        results = re.findall(rb"(?m)^t\d+ (\w+)", answer)
        assert results == [b"OK"] * len(commands), answer[-1000:]
        return answer

    def append(self, *messages: bytes) -> None:
        """Append *messages* to INBOX without waiting in between."""
        self.command(*(b"APPEND INBOX {%d+}\r\n%s" % (len(each), each) for each in messages))

    def fill(self, messages: int, *, doubled: int) -> None:
        """Select INBOX and give it *messages*, as many times as *doubled* says twice."""
        self.append(*[SMALL] * messages)
        self.command("SELECT INBOX")
        for _ in range(doubled):
            self.command("COPY 1:* INBOX", "NOOP")
        assert number(rb"\* STATUS .*MESSAGES (\d+)", self.command("STATUS INBOX (MESSAGES)")) == (
            messages * 2**doubled
        )

    def emails(self) -> dict[int, bytes]:
        """Return the id of each message of the selected mailbox by its UID."""
        answer = self.command("UID FETCH 1:* (EMAILID)")
        pairs = re.findall(rb"\* \d+ FETCH \(UID (\d+) EMAILID \((.+?)\)\)", answer)
        assert len(pairs) == answer.count(b" FETCH (")
        return {int(uid): email for uid, email in pairs}


def number(pattern: bytes, answer: bytes) -> int:
    """Return the number in the one place of *answer* that *pattern* describes."""
    (digits,) = re.findall(pattern, answer)
    return int(digits)


def exists(answer: bytes) -> int:
    """Return how many messages there are at the end of *answer*."""
    return int(re.findall(rb"\* (\d+) EXISTS", answer)[-1])


def uids(text: bytes) -> set[int]:
    """Return the numbers of a sequence set."""
    found: set[int] = set()
    for part in text.split(b","):
        first, _, last = part.partition(b":")
        found |= set(range(int(first), int(last or first) + 1))
    return found


def start_with_inbox(daemon, **options) -> Daemon:
    """Start a daemon where ADDRESS belongs to the account that everything logs in to."""
    server = daemon(**options)
    server.command("address", "reserve", ADDRESS, "--account", "admin")
    return server


def deliver(server: Daemon, *bodies: bytes) -> None:
    with Client(server.access.smtp) as sender:
        sender.expect(250, "EHLO client.example")
        for body in bodies:
            assert sender.deliver(body, ADDRESS).code == 250


class Inbox:
    """What a client finds when it selects INBOX."""

    def __init__(self, server: Daemon, login: str) -> None:
        with Session(server, login) as session:
            answer = session.command("SELECT INBOX")
            self.validity = number(rb"\[UIDVALIDITY (\d+)\]", answer)
            self.next = number(rb"\[UIDNEXT (\d+)\]", answer)
            self.emails = session.emails()
        assert len(self.emails) == exists(answer)


def empty(server: Daemon, login: str) -> None:
    """Delete all messages of INBOX for good."""
    with Session(server, login) as session:
        session.command("SELECT INBOX", "STORE 1:* +FLAGS.SILENT (\\Deleted)", "EXPUNGE")


@pytest.mark.parametrize("login", LOGINS)
def test_uids_outlive_restarts_kills_and_empty_mailboxes(daemon, store_url, login):
    server = start_with_inbox(daemon, database=store_url)
    with Session(server, login) as session:
        session.append(SMALL, SMALL)
    deliver(server, SMALL, SMALL, SMALL)
    first = last = Inbox(server, login)
    assert len(first.emails) == 5
    gone: set[int] = set()
    for end in (server.terminate, server.kill):
        end()
        server.start()
        again = Inbox(server, login)
        assert (again.validity, again.next) == (first.validity, first.next)
        assert again.emails == first.emails
    for end in (server.kill, server.terminate, server.kill):
        empty(server, login)
        gone |= last.emails.keys()
        end()
        server.start()
        nothing = Inbox(server, login)
        assert nothing.emails == {}
        assert nothing.validity == first.validity
        assert nothing.next > max(gone)
        deliver(server, SMALL, SMALL)
        last = Inbox(server, login)
        assert last.validity == first.validity
        assert len(last.emails) == 2
        assert min(last.emails) >= nothing.next
        assert last.next > max(last.emails)


@pytest.mark.parametrize("login", LOGINS)
def test_uids_outlive_a_mailbox_that_rest_has_emptied(daemon, store_url, login):
    server = start_with_inbox(daemon, database=store_url)
    deliver(server, SMALL, SMALL, SMALL)
    before = Inbox(server, login)
    api = Api(server.access)
    for message in api.messages(ADDRESS):
        assert api.delete(ADDRESS, message["_id"]).status == 200
    server.kill()
    server.start()
    deliver(server, SMALL)
    after = Inbox(server, login)
    assert after.validity == before.validity
    assert len(after.emails) == 1
    assert min(after.emails) > max(before.emails)


@pytest.mark.parametrize("login", ["k.all@load.example", "admin"], ids=["inbox", "account"])
def test_what_a_client_was_told_under_load_outlives_a_kill(daemon, store_url, login):
    server = daemon(database=store_url)
    server.command("address", "reserve", "k.all@load.example", "--account", "admin")
    load = Load(server.access.smtp, connections=10, label="k")
    told: dict[int, bytes] = {}
    with Session(server, login) as session:
        validity = number(rb"\[UIDVALIDITY (\d+)\]", session.command("SELECT INBOX"))
        deadline = monotonic() + PATIENCE
        while len(told) < 50:
            assert monotonic() < deadline, told
            session.command("NOOP")
            told |= session.emails()
        server.kill()
    load.join()
    server.start()
    after = Inbox(server, login)
    assert after.validity == validity
    assert told.items() <= after.emails.items()
    assert len(set(after.emails.values())) == len(after.emails)


@pytest.mark.parametrize("login", LOGINS)
def test_a_client_that_was_away_catches_up_in_one_answer(daemon, login, note):
    server = start_with_inbox(daemon)
    with Session(server, login) as other:
        other.fill(500, doubled=2)
        with Session(server, login) as client:
            client.command("ENABLE QRESYNC")
            answer = client.command("SELECT INBOX")
            validity = number(rb"\[UIDVALIDITY (\d+)\]", answer)
            modseq = number(rb"\[HIGHESTMODSEQ (\d+)\]", answer)
            known = sorted(client.emails())
        changed, expunged = set(known[1::4]), known[3::4]
        assert len(changed) == len(expunged) == 500
        other.command("SELECT INBOX", *(f"UID STORE {u} +FLAGS (\\Answered)" for u in changed))
        for some in (expunged[:250], *([uid] for uid in expunged[250:])):
            names = ",".join(map(str, some))
            other.command(f"UID STORE {names} +FLAGS (\\Deleted)", f"UID EXPUNGE {names}")
    caught_up = f"SELECT INBOX (QRESYNC ({validity} {modseq} {known[0]}:{known[-1]}))"
    for _ in range(2):
        with Session(server, login) as client:
            client.command("ENABLE QRESYNC")
            answer = client.command(caught_up)
        note("octets", len(answer))
        assert len(answer) < 100 * KIBI
        assert exists(answer) == 1500
        fetched = re.findall(rb"(?m)^\* \d+ FETCH \(UID (\d+) (.*)\)\r$", answer)
        assert len(fetched) == answer.count(b" FETCH (") == 500
        assert {int(uid) for uid, _ in fetched} == changed
        assert all(b"\\Answered" in items and b"MODSEQ (" in items for _, items in fetched)
        (vanished,) = re.findall(rb"(?m)^\* VANISHED \(EARLIER\) (\S+)\r$", answer)
        assert answer.count(b"VANISHED") == 1
        assert uids(vanished) == set(expunged)
        server.kill()  # and says the same once more
        server.start()


def bulk(target: str) -> dict[str, str]:
    """Return work on all messages of the selected mailbox, after which *target* has them."""
    return {
        "store": "STORE 1:* +FLAGS (\\Answered)",
        "copy": f"COPY 1:* {target}",
        "move": "UID MOVE 1:* Trash",
        "select": "SELECT Trash",
        "delete": "STORE 1:* +FLAGS.SILENT (\\Deleted)",
        "expunge": "EXPUNGE",
        "next": f"SELECT {target}",
    }


ROUNDS = [bulk("Archive"), bulk("INBOX")] * 3


@pytest.mark.parametrize("login", LOGINS)
def test_bulk_work_leaves_intake_alone(daemon, login, note):
    server = start_with_inbox(daemon)
    slowest: Counter[str] = Counter()  # the seconds of a message meanwhile
    longest: Counter[str] = Counter()  # those of the work itself
    with Session(server, login) as session:
        session.fill(625, doubled=5)
        with sending(server) as seconds:
            for name, command in chain.from_iterable(work.items() for work in ROUNDS):
                begun, so_far = perf_counter(), len(seconds)
                answer = session.command(command)
                longest[name] = max(longest[name], perf_counter() - begun)
                slowest[name] = max(slowest[name], *seconds[so_far:], 0)
                if name in ("store", "expunge"):
                    said = {"store": b" FETCH (", "expunge": b" EXPUNGE\r\n"}[name]
                    assert answer.count(said) >= 20_000
        assert exists(answer) >= 20_000
        assert exists(session.command("SELECT Trash")) == 0
    p99 = percentile(seconds, 0.99)
    note("messages", len(seconds))
    note("p50", round(percentile(seconds, 0.5), 4))
    note("p99", round(p99, 4))
    note("slowest", {name: round(most, 3) for name, most in slowest.items()})
    note("longest", {name: round(most, 3) for name, most in longest.items()})
    assert len(seconds) > 100
    assert p99 < 0.25, slowest


@contextmanager
def sending(server: Daemon) -> Iterator[list[float]]:
    """Send mail all the time; the list has the seconds from MAIL to 250 of each so far."""
    times: list[float] = []
    enough = Event()

    def send() -> None:
        with Client(server.access.smtp) as client:
            client.expect(250, "EHLO busy.example")
            while not enough.is_set():
                start = perf_counter()
                assert client.deliver(SMALL, "busy@capture.example").code == 250
                times.append(perf_counter() - start)

    with ThreadPoolExecutor() as pool:
        sender = pool.submit(send)
        try:
            yield times
        finally:
            enough.set()
        sender.result(PATIENCE)


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[int(len(values) * share)]


IDLE = 500


def idle(stack: ExitStack, server: Daemon, context: ssl.SSLContext, sessions: int) -> None:
    """Open *sessions* over TLS that wait for news of INBOX until *stack* ends."""
    for _ in range(sessions):
        session = stack.enter_context(Session(server, ADDRESS, tls=context))
        assert exists(session.command("SELECT INBOX")) == 100
        session.send("IDLE")
        assert session.read("+ ")


def test_idle_sessions_are_cheap(daemon, note):
    server = start_with_inbox(daemon)
    context = ssl.create_default_context(cafile=server.access.ca_file)
    with Session(server, ADDRESS) as session:
        session.append(*[SMALL] * 100)
    server.terminate()
    server.start()
    with ExitStack() as stack:
        idle(stack, server, context, 20)
        before = server.memory()
        idle(stack, server, context, IDLE)
        each = (server.memory() - before) / IDLE
    note("octets", round(each))
    assert each < 60 * KIBI


LARGE = 20 * MEBI


def dense() -> bytes:
    """Return a large message that cannot be compressed much."""
    octets = Random(20261121).randbytes(LARGE * 3 // 4)
    return b"Subject: dense\r\n\r\n" + encodebytes(octets).replace(b"\n", b"\r\n")


def repetitive() -> bytes:
    """Return a large message that is almost nothing when it is compressed."""
    line = b"0123456789" * 7 + b"\r\n"
    return b"Subject: repetitive\r\n\r\n" + line * (LARGE // len(line))


def fetch_until_settled(server: Daemon, session: Session, command: str, told: bytes) -> list[int]:
    """Give *command* until the memory of *server* has grown no more for ten times.

    The first fill the caches of the database, which each of its readers has for itself.
    Return the peaks above the memory before, of each ten.
    """
    peaks = []
    for _ in range(10):
        server.forget_peak()
        before = server.memory()
        for _ in range(10):
            assert told in session.command(command)
        peaks.append(server.memory("VmHWM") - before)
        if server.memory() - before < MEBI:
            break
    return peaks


@pytest.mark.parametrize("make", [dense, repetitive])
def test_a_large_message_is_never_in_memory_as_a_whole(daemon, note, make):
    server = start_with_inbox(daemon)
    message = make()
    told = b"BODY[] {%d}\r\n%b" % (len(message), message)
    with Session(server, ADDRESS) as session:
        session.append(message, SMALL)
    server.terminate()  # which forgets what taking it has cost
    server.start()
    with Session(server, ADDRESS) as session:
        session.command("SELECT INBOX", "FETCH 2 BODY[]")
        fresh = server.memory()
        peaks = fetch_until_settled(server, session, "FETCH 1 BODY[]", told)
        note("more than fresh", round((server.memory() - fresh) / MEBI, 2))
    note("peak", round(peaks[-1] / MEBI, 2))
    assert peaks[-1] < 15 * MEBI, peaks


@pytest.mark.parametrize("make", [dense, repetitive])
def test_a_client_that_stops_reading_costs_only_itself(daemon, note, make):
    server = start_with_inbox(daemon)
    message = make()
    with Session(server, ADDRESS) as other:
        other.append(message, SMALL)
        other.command("SELECT INBOX", "COPY 1 INBOX", "COPY 1 INBOX", "COPY 1 INBOX", "NOOP")
        fetch_until_settled(server, other, "FETCH 1 BODY.PEEK[]", message)
        before = server.memory()
        with Session(server, ADDRESS, receive_buffer=4096) as deaf:
            deaf.command("SELECT INBOX")
            end = deaf.send("FETCH 1:* BODY.PEEK[]")
            begun = deaf.socket.recv(100)
            assert begun.startswith(b"* 1 FETCH (")
            seconds = []
            for _ in range(10):
                start = perf_counter()
                other.command("NOOP")
                seconds.append(perf_counter() - start)
                assert message in other.command("FETCH 1 BODY.PEEK[]")
                other.command("STORE 2 +FLAGS (\\Answered)", "COPY 2 Archive")
            deliver(server, SMALL)
            more = server.memory() - before
            assert (begun + deaf.read(end)).count(message) == 4
    note("noop", round(max(seconds), 4))
    note("more", round(more / MEBI, 2))
    assert max(seconds) < 1
    assert more < 2 * LARGE  # of the four that it has asked for
