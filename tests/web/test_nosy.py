"""Another account learns nothing: what is hidden looks like what was never there.

Over a real database: alice has everything, eve asks for it, and asks for the same of
things that she has invented; but for their names the answers are equal.
"""

from dataclasses import dataclass
from hashlib import md5

import pytest

from support.stores import Bench, run
from web.live.test_websocket import HANDSHAKE, Socket
from web.test_access import ADMIN, TABLE
from web.test_over_a_store import OWNED, PUBLIC, Server, messages

RESERVED = "mine@private.test"
MESSAGE_ROUTES = [row[:2] for row in TABLE if "{message_id}" in row[1]]
PHOTO = b"\x89PNG"
SECRET = {
    "header": b"From: Ann <ann@secret.test>\r\nSubject: secret 739204\r\n"
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n",
    "rest": b"--b\r\n\r\nYour code is 739204, see https://secret.test/\r\n"
    b"--b\r\nContent-Type: image/png\r\nContent-ID: <cid@secret.test>\r\n"
    b"Content-Disposition: attachment; filename=secret.png\r\n\r\n" + PHOTO + b"\r\n--b--\r\n",
}
IDENTIFIERS = (md5(PHOTO).hexdigest(), "cid@secret.test", "secret.png")
INVENTED_ID = "0Ab_9999999999999999999999-0"
INVENTED_ALIAS = f"inbox-{'0' * 32}@private.test"


class House(Server):
    """A server; alice has reserved `RESERVED`, owns owned.test and caught.test's catch-all."""

    def __init__(self, bench: Bench, reactor, client) -> None:
        super().__init__(bench, reactor, client)
        run(self.accounts.reserve_address(RESERVED, "alice"))
        run(self.accounts.add_domain("caught.test", "alice"))
        run(self.accounts.reserve_address("*@caught.test", "alice"))
        run(self.accounts.add_user("alice", "secret-user"))
        self.alias = self.alias_of(RESERVED)

    def alias_of(self, address: str) -> str:
        return self.ask("GET", f"/api/addresses/{address}").json["encryptedInbox"]

    def socket(self, name: str) -> Socket:
        """Let eve listen to *name*."""
        path = f"/incoming-messages?key={self.keys['eve']}&addresses={name}"
        found = Socket(self._connect(self._site), HANDSHAKE, path)
        self.arriving.turn()
        found.look()
        return found

    def equal(self, method: str, path: str, body: bytes = b"", **names: tuple[str, str]):
        """Ask as eve for the hidden one and for the invented one of each of *names*.

        Returns the status, which is the same as is everything else.
        """
        hidden, invented = (
            self.ask(
                method,
                path.format(**{name: pair[which] for name, pair in names.items()}),
                who="eve",
                body=body,
            )
            for which in (0, 1)
        )
        text = invented.body.decode()
        for real, made_up in names.values():
            text = text.replace(made_up, real)
        assert (hidden.status, hidden.body.decode()) == (invented.status, text)
        assert hidden.headers.keys() == invented.headers.keys()
        return hidden.status


@pytest.fixture
def house(store_url, reactor, connect_to):
    bench = Bench(store_url)
    yield House(bench, reactor, connect_to)
    bench.assert_sound()
    bench.close()


@dataclass(frozen=True)
class Place:
    """Where a message is, that came in as *recipient*."""

    inbox: str
    recipient: str
    starred: bool = False


PLACES = {
    "a private address": Place(RESERVED, RESERVED),
    "an address in a domain": Place("any@owned.test", "any@owned.test"),
    "a reserved address in a domain": Place(OWNED, OWNED),
    "a catch-all": Place("*@caught.test", "any@caught.test"),
    "a star": Place(PUBLIC, PUBLIC, starred=True),
}


def hide(house: House, place: Place) -> str:
    """Deliver the secret and return its id."""
    (message_id,) = house.bench.deliver(place.recipient, **SECRET)
    if place.starred:
        house.ask("PUT", messages(place.inbox, f"/{message_id}/star"))
    return message_id


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_a_hidden_message_and_its_parts(house, place):
    message_id = hide(house, place)
    before = house.ask("GET", messages(place.inbox, f"/{message_id}")).json
    ids = (message_id, INVENTED_ID)
    for method, path in MESSAGE_ROUTES:
        for identifier in IDENTIFIERS if "{identifier}" in path else ("",):
            parts = {"label": "mine", "folder": "trash", "read": "true", "identifier": identifier}
            target = path.format(email=place.inbox, message_id="{id}", **parts)
            assert house.equal(method, target, id=ids) == 404, target
            if method == "GET":
                assert house.ask(method, target.format(id=message_id)).status == 200, target
    assert house.ask("GET", messages(place.inbox, f"/{message_id}")).json == before


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_paging_from_a_hidden_message(house, place):
    ids = (hide(house, place), INVENTED_ID)
    assert house.equal("GET", messages(PUBLIC, "?before={id}"), id=ids) == 404
    run(house.accounts.add_domain("eves.test", "eve"))
    assert house.equal("GET", "/api/domains/eves.test/messages?before={id}", id=ids) == 404


def test_an_alias_is_any_address(house):
    (message_id,) = house.bench.deliver(house.alias, **SECRET)
    assert house.ask("GET", messages(house.alias)).json[0]["_id"] == message_id
    alias = (house.alias, INVENTED_ALIAS)
    for method, path in MESSAGE_ROUTES:
        parts = {"label": "mine", "folder": "trash", "read": "true", "identifier": "secret.png"}
        target = path.format(email="{alias}", message_id=message_id, **parts)
        assert house.equal(method, target, alias=alias) == 404, target
    for method, path, status in (
        ("GET", "/messages", 200),
        ("GET", "/messages/wait?timeout=0", 408),
        ("GET", "/message-count", 200),
        ("GET", "/availability", 200),
        ("DELETE", "/messages", 401),
        ("DELETE", "", 400),
        ("PUT", "", 404),
    ):
        assert house.equal(method, "/api/addresses/{alias}" + path, alias=alias) == status
    forward = f'{{"forward": "{house.alias}"}}'.encode()
    assert house.ask("PUT", "/api/addresses/eve@home.test", who="eve", body=forward).status == 400
    shown = house.ask("GET", f"/api/addresses/{house.alias}", who="eve").json
    assert (shown["_id"], "owner" in shown) == (house.alias, False)
    assert len(house.ask("GET", messages(RESERVED)).json) == 1


def test_an_alias_in_a_domain_is_any_address_of_it(house):
    alias = (house.alias_of(OWNED), f"inbox-{'0' * 32}@owned.test")
    for method, path, status in (
        ("GET", "", 401),
        ("POST", "", 400),  # nobody reserves what looks like an alias
        ("PUT", "", 401),
        ("DELETE", "", 401),
        ("GET", "/availability", 200),
        ("GET", "/messages", 403),
        ("GET", "/messages/wait?timeout=0", 403),
        ("GET", "/message-count", 403),
        ("DELETE", "/messages", 401),
    ):
        assert house.equal(method, "/api/addresses/{alias}" + path, alias=alias) == status


def test_who_waits_at_an_alias_of_anothers_hears_nothing(house):
    waiting = {
        who: house.begin("GET", messages(house.alias, "/wait?timeout=30"), who=who)
        for who in ("alice", "eve")
    }
    socket = house.socket(house.alias)
    assert [frame["msg"] for frame in socket.frames] == ["Listening"]
    (message_id,) = house.arriving.deliver(house.alias, **SECRET)
    (answer,) = waiting["alice"].answers()
    assert [found["_id"] for found in answer.json] == [message_id]
    socket.look()
    assert len(socket.frames) == 1
    assert waiting["eve"].answers() == []
    for client in (waiting["eve"], socket.client):
        client.close()


@pytest.mark.parametrize("name", ["owned.test", OWNED, RESERVED, "*@caught.test"])
def test_a_websocket_on_what_is_anothers_says_nothing_about_it(house, name):
    socket = house.socket(name)
    (frame,) = socket.frames
    assert frame == {"status": 403, "error": f"{name} is owned by another account."}
    assert socket.closed == 1008
    socket.client.close()


def test_domains(house):
    domain = ("owned.test", "other.test")
    for method, path, status in (
        ("GET", "", 404),
        ("PUT", "", 404),
        ("PUT", "/privacy/false", 404),
        ("POST", "/delete-all-domain-mail", 401),
        ("PUT", "/delete-all-domain-mail", 401),
    ):
        body = b'{"enablews": true}' if (method, path) == ("PUT", "") else b""
        target = "/api/domains/{domain}" + path
        assert house.equal(method, target, domain=domain, body=body) == status
    for method in ("PUT", "DELETE"):
        target, body = "/api/account/domains/{domain}", b'{"isPrivate": false, "catchAll": true}'
        assert house.equal(method, target, domain=domain, body=body) == 404
    (owned,) = [
        one for one in house.ask("GET", "/api/account/domains").json if one["_id"] == "owned.test"
    ]
    assert (owned["isPrivate"], owned["catchAll"]) == (True, False)


def test_keys_and_users(house):
    for path, names in (
        ("/api/account/keys/{name}", ("secret-user", "invented")),
        ("/api/account/users/{name}", ("secret-user", "invented")),
    ):
        assert house.equal("DELETE", path, name=names) == 404
    users = house.ask("GET", "/api/account/users").json
    assert [user["name"] for user in users] == ["secret-user"]


@pytest.mark.parametrize(
    ("hidden", "invented"),
    [(RESERVED, "nobody@private.test"), (OWNED, "nobody@else.test")],
)
def test_passwords_of_addresses(house, hidden, invented):
    target, body = "/api/account/addresses/{email}", b'{"password": "secret"}'
    assert house.equal("PUT", target, email=(hidden, invented), body=body) == 404
    assert house.ask("GET", f"/api/addresses/{hidden}").json["password"] is None


def test_accounts_are_only_for_admin(house):
    for method, path, *_ in [row for row in TABLE if ADMIN in row[1]]:
        parts = {"label": "x", "domain": "owned.test", "name": "secret-user"}
        target = path.format(account="{account}", **parts)
        assert house.equal(method, target, account=("alice", "invented")) == 403
    users = house.ask("GET", "/api/account/users").json
    assert [user["name"] for user in users] == ["secret-user"]
    stats = "/api/me/stats?overrideAccountId={account}"
    assert house.equal("GET", stats, account=("alice", "invented")) == 403


def test_forwarding_to_another_ones_address(house):
    here = "/api/addresses/eve@home.test"
    refused = [
        house.ask("PUT", here, who="eve", body=b'{"forward": "%s"}' % address)
        for address in (RESERVED.encode(), b"nobody@private.test")
    ]
    assert [answer.status for answer in refused] == [400, 400]
    hidden, nobodys = (answer.message for answer in refused)
    assert hidden == nobodys.replace("nobody@private.test", RESERVED)


@pytest.mark.parametrize(
    "path",
    [row[1] for row in TABLE if row[0] == "GET" and "{" not in row[1] and row[2] == 401],
)
def test_no_list_has_a_word_of_it(house, path):
    """…not even where it is asked for by name."""
    ids = [hide(house, place) for place in PLACES.values()]
    ids += house.bench.deliver(house.alias, **SECRET)
    query = "query=secret&andSubjectIncludes=secret&startDate=2000-01-01&endDate=2100-01-01"
    answer = house.ask("GET", f"{path}?{query}&limit=1000", who="eve")
    assert answer.status == (403 if path == ADMIN else 200)
    text = answer.body.decode().replace('"query":"secret"', "")
    for word in ("alice", "secret", RESERVED, "owned.test", house.alias, *ids, *IDENTIFIERS):
        assert word not in text


@pytest.mark.parametrize("rest", ["", "/count", "/download"])
def test_attachments_of_private_mail_were_never_there(house, rest):
    for place in PLACES.values():
        hide(house, place)
    checksums = (IDENTIFIERS[0], "0" * 32)
    path = "/api/mailstats/common-attachments/{checksum}" + rest
    assert house.equal("GET", path, checksum=checksums) == (404 if rest == "/download" else 200)
