"""WebSockets over a real store: who hears of what, and how it ends."""

import json
import struct
import time

import pytest
from wsproto.connection import Connection, ConnectionState, ConnectionType
from wsproto.events import CloseConnection, Ping, TextMessage

from mailcap.domain.mailboxes import Appended, MailboxKey
from support.stores import Bench, run
from web.test_over_a_store import Server

PUBLIC = "anyone@public.test"
RESERVED = "mine@private.test"
OWNED = "bob@owned.test"
HANDSHAKE = {
    "Host": "mailcap.test:8025",
    "Upgrade": "websocket",
    "Connection": "keep-alive, Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits",
}


class Socket:
    """A client with a WebSocket; `frames` is what came, `closed` the code at the end."""

    def __init__(self, client, handshake: dict[str, str], path: str) -> None:
        self.client = client
        lines = [f"GET {path} HTTP/1.1", *(f"{name}: {v}" for name, v in handshake.items())]
        client.send("\r\n".join([*lines, "", ""]).encode())
        self.frames: list[dict] = []
        self.pings = 0
        self.closed: int | None = None
        self._connection = Connection(ConnectionType.CLIENT)
        data = client.read()
        self.head, _, rest = data.partition(b"\r\n\r\n")
        self._text = ""
        self._take(rest)

    def look(self) -> None:
        self._take(self.client.read())

    def _take(self, data: bytes) -> None:
        if not data:
            return
        self._connection.receive_data(data)
        for event in self._connection.events():
            if isinstance(event, TextMessage):
                self._text += event.data
                if event.message_finished:
                    self.frames.append(json.loads(self._text))
                    self._text = ""
            elif isinstance(event, Ping):
                self.pings += 1
            elif isinstance(event, CloseConnection):
                self.closed = int(event.code)
                if self._connection.state is ConnectionState.REMOTE_CLOSING:
                    self.client.send(self._connection.send(event.response()))

    def send(self, event) -> None:
        self.client.send(self._connection.send(event))

    @property
    def subjects(self) -> list[str]:
        """The subjects of the mail that came since the last time."""
        self.look()
        found = [frame["subject"] for frame in self.frames if "subject" in frame]
        self.frames.clear()
        return found


class House(Server):
    """A server; alice owns `RESERVED`, its live switch is on, and owned.test."""

    def socket(self, addresses: str, *, key: str | None = None, path: str = "", **more) -> Socket:
        key = self.keys["alice"] if key is None else key
        path = path or f"/incoming-messages?_id=x&key={key}&addresses={addresses}"
        handshake = HANDSHAKE | {name.replace("_", "-"): value for name, value in more.items()}
        handshake = {name: value for name, value in handshake.items() if value}
        found = Socket(self._connect(self._site), handshake, path)
        self.arriving.turn()
        found.look()
        return found

    def switch(self, name: str, *, on: bool) -> None:
        table, column = ("addresses", "address") if "@" in name else ("domains", "name")
        self.bench.sql(
            f"UPDATE {table} SET enablews = :on WHERE {column} = :name", on=on, name=name
        )

    def deliver(self, *recipients: str, subject: str = "hi", **more) -> None:
        more.setdefault("header", f"Subject: {subject}\r\n\r\n".encode())
        self.arriving.deliver(*recipients, **more)


@pytest.fixture
def house(tmp_path, reactor, connect_to, mistakes):
    bench = Bench(f"sqlite:///{tmp_path}/mailcap.db")
    house = House(bench, reactor, connect_to)
    house.reactor = reactor
    run(house.accounts.reserve_address(RESERVED, "alice"))
    house.switch(RESERVED, on=True)
    yield house
    for guest in house._site.registry.guests():
        guest.connectionLost()
    house.arriving.assert_idle()
    assert not mistakes
    bench.close()


def test_the_handshake_and_the_first_frame(house):
    socket = house.socket(f"{RESERVED},{PUBLIC}")
    assert socket.head.startswith(b"HTTP/1.1 101 ")
    assert b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in socket.head
    assert b"permessage-deflate" not in socket.head
    assert socket.frames == [
        {"status": 200, "msg": "Listening", "addresses": [RESERVED, PUBLIC], "domains": []}
    ]
    assert house.arriving.hub.counts["websocket"] == 2


def test_a_mail_frame_has_both_shapes(house):
    socket = house.socket(RESERVED)
    house.deliver(
        RESERVED,
        header=b"Subject: hi\r\nX-A: 1\r\nX-A: 2\r\nTo: a@b.c\r\n\r\n",
        rest=b"Check out https://example.com",
    )
    socket.look()
    frame = socket.frames[-1]
    email = frame.pop("email")
    assert frame.pop("status") == 200
    assert frame == email
    (listed,) = house.ask("GET", f"/api/addresses/{RESERVED}/messages").json
    assert frame.items() >= listed.items()
    assert frame["text"] == "Check out https://example.com"
    assert frame["body"] == frame["html"]
    assert frame["raw"].endswith("\r\n\r\nCheck out https://example.com")
    assert frame["headers"]["x-a"] == ["1", "2"]
    assert frame["headers"]["subject"] == "hi"


@pytest.mark.parametrize(
    "query",
    [
        "key={key}&addresses=mine%40private.test%2Canyone%40public.test",
        "_mailsacKey={key}&addresses=Mine%2Btag@Private.test,%20anyone@public.test,",
    ],
)
def test_spellings(house, query):
    path = "/incoming-messages?" + query.format(key=house.keys["alice"])
    socket = house.socket("", path=path)
    house.deliver(RESERVED, PUBLIC)
    assert socket.subjects == ["hi", "hi"]


def test_the_key_may_be_in_the_header(house):
    path = f"/incoming-messages/?addresses={RESERVED}"
    socket = house.socket("", path=path, Mailsac_Key=house.keys["alice"])
    assert socket.frames[0]["status"] == 200


def test_an_alias_is_the_inbox_of_whoever_owns_it(house):
    alias = house.ask("GET", f"/api/addresses/{RESERVED}").json["encryptedInbox"]
    socket = house.socket(alias)
    assert socket.frames[0]["addresses"] == [alias]
    house.deliver(alias, subject="one")
    house.deliver(RESERVED, subject="two")
    assert socket.subjects == ["one", "two"]
    house.switch(RESERVED, on=False)
    refused = house.socket(alias)
    assert refused.frames[0]["error"] == f"{alias} has no WebSocket: enablews is off."


@pytest.mark.parametrize("key", ["", "wrong", "%FF"])
def test_no_key(house, key):
    socket = house.socket(RESERVED, key=key)
    house.reactor.advance(10)  # failed logins are answered late
    socket.look()
    (frame,) = socket.frames
    assert frame.keys() == {"status", "error"}
    assert frame["status"] == 401
    assert socket.closed == 1008
    assert socket.client.transport.disconnecting


@pytest.mark.parametrize(
    ("bad", "who"),
    [
        (RESERVED, "eve"),
        ("any@owned.test", "eve"),
        ("owned.test", "eve"),
        ("owned.test", "alice"),
        (OWNED, "alice"),
        ("nobodys.test", "alice"),
        ("alice@home.test", "alice"),
        ("a@b@c", "alice"),
        ("<x>", "alice"),
    ],
)
def test_one_bad_name_refuses_all_and_is_named(house, bad, who):
    socket = house.socket(f"{PUBLIC},{bad}", key=house.keys[who])
    (frame,) = socket.frames
    assert frame["status"] == 403
    assert bad in frame["error"]
    assert socket.closed == 1008
    assert house.arriving.hub.counts["websocket"] == 0


@pytest.mark.parametrize("addresses", ["", ",", ",".join(f"a{n}@x.test" for n in range(201))])
def test_none_and_too_many(house, addresses):
    socket = house.socket(addresses)
    assert socket.frames[0]["status"] == 403
    assert socket.closed == 1008


def test_a_domain_and_its_catch_all(house):
    house.switch("owned.test", on=True)
    domain = house.socket("Owned.test")
    assert domain.frames[0]["domains"] == ["Owned.test"]
    run(house.accounts.reserve_address("*@owned.test", "alice"))
    house.switch("*@owned.test", on=True)
    house.switch(OWNED, on=True)
    catch_all, own = house.socket("*@owned.test"), house.socket(OWNED)
    house.deliver(OWNED, subject="reserved")
    house.deliver("any@owned.test", subject="caught")
    house.deliver(PUBLIC, RESERVED, subject="else")
    assert domain.subjects == catch_all.subjects == ["reserved", "caught"]
    assert own.subjects == ["reserved"]
    both = house.socket(f"owned.test,{OWNED},*@owned.test")
    house.deliver(OWNED, subject="once")
    assert both.subjects == ["once"]


def test_a_public_domain_and_its_inboxes(house):
    run(house.accounts.change_domain("owned.test", "alice", is_private=False, enablews=True))
    any_ = "any@owned.test"
    domain, both = house.socket("owned.test"), house.socket(f"{any_},owned.test")
    anybody = house.socket(any_, key=house.keys["eve"])
    house.deliver(any_, subject="public")
    house.deliver(OWNED, subject="reserved")
    assert domain.subjects == both.subjects == ["public", "reserved"]
    assert anybody.subjects == ["public"]
    refused = house.socket("owned.test", key=house.keys["eve"])
    assert refused.frames[0]["error"] == "owned.test is owned by another account."
    house.switch("owned.test", on=False)
    house.deliver(any_, subject="off")
    assert (domain.subjects, both.subjects, anybody.subjects) == ([], ["off"], ["off"])
    run(house.accounts.remove_domain("owned.test", "alice"))
    run(house.accounts.add_domain("owned.test", "eve"))
    run(house.accounts.change_domain("owned.test", "eve", is_private=False, enablews=True))
    house.deliver(any_, subject="eve's")
    assert (domain.subjects, both.subjects, anybody.subjects) == ([], ["eve's"], ["eve's"])


def test_switching_off_and_on(house):
    socket = house.socket(RESERVED)
    house.switch(RESERVED, on=False)
    house.deliver(RESERVED, subject="off")
    house.switch(RESERVED, on=True)
    house.deliver(RESERVED, subject="on")
    assert socket.subjects == ["on"]


def test_releasing_and_reserving(house):
    socket = house.socket(f"{RESERVED},{PUBLIC}")
    run(house.accounts.release_address(RESERVED, "alice"))
    run(house.accounts.reserve_address(PUBLIC, "eve"))
    house.deliver(RESERVED, PUBLIC)
    assert socket.subjects == []
    assert socket.closed is None


def test_only_smtp_makes_frames(house):
    socket = house.socket(RESERVED)
    who = house.bench.admin.account
    appended = [Appended(header=b"Subject: x\r\n\r\n", rest=b"")]
    run(house.bench.store.mailboxes.append(who, MailboxKey(RESERVED, "INBOX"), appended))
    house.arriving.turn()
    assert socket.subjects == []


def test_starred_by_another_on_arrival(house):
    keeper = house.bench.account("keeper", capture_private=True)
    socket = house.socket(PUBLIC)
    house.deliver(PUBLIC, submitter=keeper)
    assert socket.subjects == []


def test_many_listen_and_it_is_read_once(house, monkeypatch):
    sockets = [house.socket(RESERVED) for _ in range(5)]
    read, asked = house._site.live.frames._read, []

    async def counting(*args):
        asked.append(args)
        return await read(*args)

    monkeypatch.setattr(house._site.live.frames, "_read", counting)
    house.deliver(RESERVED)
    assert [socket.subjects for socket in sockets] == [["hi"]] * 5
    assert len(asked) == 1


def test_a_key_that_is_revoked(house):
    socket = house.socket(RESERVED)
    (guest,) = house._site.registry.guests()
    assert guest.access.identity.account_name == "alice"
    guest.expel()
    socket.look()
    assert socket.frames[-1]["status"] == 401
    assert socket.closed == 1008


def test_the_end_of_the_server(house):
    socket = house.socket(RESERVED)
    house._site.registry.shut_down(10)
    socket.look()
    assert socket.closed == 1001
    assert socket.client.transport.disconnecting


def test_what_the_client_says_is_ignored(house):
    socket = house.socket(RESERVED)
    for text in ("", "hello", '{"x":1}', "x" * 65536):
        socket.send(TextMessage(text))
    socket.send(Ping(b"x"))
    house.deliver(RESERVED)
    assert socket.subjects == ["hi"]
    socket.send(TextMessage("x" * 65537))
    socket.look()
    assert socket.closed == 1009
    assert house.arriving.hub.counts["websocket"] == 0


def test_the_client_closes(house):
    socket = house.socket(RESERVED)
    socket.send(CloseConnection(1000))
    socket.look()
    assert socket.closed == 1000
    assert socket.client.transport.disconnecting
    assert house.arriving.hub.counts["websocket"] == 0


def test_pings_and_the_dead(house):
    alive, dead = house.socket(RESERVED), house.socket(RESERVED)
    for number in range(1, 4):
        house.reactor.advance(30)
        alive.look()
        assert alive.pings == number
        alive.client.send(struct.pack("!BB", 0x8A, 0x80) + b"\0\0\0\0")
    assert dead.client.transport.aborted
    assert not alive.client.transport.aborted


@pytest.mark.parametrize("first", [0x81, 0x89, 0x8A, 0x80])
def test_who_says_much_is_not_listened_to(house, first):
    socket = house.socket(RESERVED)
    flood = (struct.pack("!BB", first, 0x80) + b"\0\0\0\0") * 10_000
    began = time.process_time()
    for _ in range(20):
        socket.client.send(flood)
    assert time.process_time() - began < 0.5
    socket.look()
    assert socket.closed is not None
    house.reactor.advance(5)
    assert socket.client.transport.aborted


def test_a_word_a_second_is_not_much(house):
    socket = house.socket(RESERVED)
    for _ in range(200):
        house.reactor.advance(1)
        socket.send(TextMessage("hello"))
        socket.look()
    assert socket.closed is None


@pytest.mark.parametrize("value", [b"Upgrade, \xff", b"Upgrade\x0b", b"Upgrade, \xc3\xbc"])
def test_a_handshake_with_odd_octets(house, value):
    client = house._connect(house._site)
    fields = {name: text.encode() for name, text in HANDSHAKE.items()} | {"Connection": value}
    lines = [b"%b: %b" % (name.encode(), text) for name, text in fields.items()]
    client.send(b"\r\n".join([b"GET /incoming-messages?key=x HTTP/1.1", *lines, b"", b""]))
    assert client.read().startswith(b"HTTP/1.1 400 ")


def test_a_slow_reader_is_dropped_and_nobody_else(house):
    quick = house.socket(PUBLIC)
    slow = house.socket(PUBLIC)
    slow.client.transport.window = 0
    for _ in range(10):
        house.deliver(PUBLIC, rest=b"x" * 300_000)
        assert quick.subjects == ["hi"]
    for _ in range(40):
        slow.look()
    assert slow.closed == 1013
    assert house.arriving.hub.counts["websocket"] == 1


def test_who_reads_nothing_at_all_is_cut_off(house):
    slow = house.socket(PUBLIC)
    slow.client.transport.window = 0
    for _ in range(10):
        house.deliver(PUBLIC, rest=b"x" * 300_000)
    house.reactor.advance(5)
    assert slow.client.transport.aborted


def test_a_long_message_comes_without_its_source(house):
    socket = house.socket(PUBLIC)
    house.deliver(PUBLIC, rest=b"x" * 600_000)
    house.deliver(PUBLIC, rest=b"x" * 3_000_000)
    for _ in range(5):
        socket.look()
    first, second = socket.frames[-2:]
    assert (first["raw"], len(first["text"])) == (None, 600_000)
    assert (second["raw"], second["text"], second["subject"]) == (None, None, "hi")


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://mailcap.test:8025", 101),
        ("HTTP://Mailcap.test:8025", 101),
        ("https://mailcap.test:8025", 403),
        ("http://mailcap.test", 403),
        ("http://evil.test:8025", 403),
        ("http://mailcap.test:8025.evil.test", 403),
        ("http://mailcap.test:99999", 403),
        ("null", 403),
        ("https://app.test", 101),
    ],
)
def test_origin(house, origin, status):
    object.__setattr__(house._site.live, "origins", ("https://app.test",))
    socket = house.socket(RESERVED, Origin=origin)
    assert socket.head.startswith(b"HTTP/1.1 %d " % status)


@pytest.mark.parametrize(
    "wrong",
    [
        {"Sec_WebSocket_Version": "8"},
        {"Sec_WebSocket_Version": ""},
        {"Sec_WebSocket_Key": ""},
        {"Connection": "close"},
    ],
)
def test_no_handshake(house, wrong):
    socket = house.socket(RESERVED, **wrong)
    assert socket.head.startswith(b"HTTP/1.1 400 ")
    assert b"sec-websocket-version: 13" in socket.head.lower()


def test_no_websocket_at_all(house):
    socket = house.socket(RESERVED, Upgrade="")
    assert socket.head.startswith(b"HTTP/1.1 426 ")


def test_what_comes_right_behind_the_handshake(house):
    client = house._connect(house._site)
    lines = [
        f"GET /incoming-messages?key={house.keys['alice']}&addresses={PUBLIC} HTTP/1.1",
        *(f"{name}: {value}" for name, value in HANDSHAKE.items()),
    ]
    ping = struct.pack("!BB", 0x89, 0x80) + b"\0\0\0\0"
    client.send("\r\n".join([*lines, "", ""]).encode() + ping)
    assert b"\x8a\x00" in client.read()
