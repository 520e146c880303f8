"""What a stand-in for Mailsac must do, line by line, as its users' programs ask for it.

Each test is named by the number of its line.  `ELSEWHERE` are lines that other tests with
the real daemon show already.
"""

import json
import re
import subprocess
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from websockets.sync.client import connect

from support.daemon import Daemon
from support.programs import NODE_FOLDER, find
from support.rest import Api
from support.smtp import Client

TESTS = Path(__file__).parents[1]
ELSEWHERE = {
    # What is listed can be read at once.
    7: ["system/test_clients.py::test_the_list_has_the_message_in_the_instant_of_the_250"],
    # Capture with and without STARTTLS, PLAIN and LOGIN, one copy for each recipient; Java
    # says LOGIN in clear text, or PLAIN with an authorization name.
    10: [
        "system/test_clients.py::test_what_a_client_sends_is_listed_at_once_and_unchanged",
        "system/test_clients.py::test_every_recipient_has_a_message_and_knows_of_no_other",
        "smtp/test_login.py::test_who_knows_the_password_is_in",
        "smtp/test_login.py::test_where_a_password_may_be_said_without_tls",
    ],
    # dracula: hashes as released, short datagrams, REST without being asked for.
    12: [
        "dracula/wire/test_codec.py::test_a_whole_packet_as_released_programs_send_it",
        "dracula/server/test_responder.py::test_an_unpadded_put_and_a_padded_count_mean_the_same",
        "dracula/test_running.py::test_rest_and_metrics_on_both_ports",
    ],
}
LINES = range(1, 13)

NOT_AUTHORIZED = {"message": "Not authorized. You may need to log in first."}
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def nosy(server: Daemon) -> Api:
    """The API with the key of another account."""
    server.command("account", "add", "nosy")
    return Api(server.access, server.command("key", "add", "test", "--account", "nosy").strip())


@pytest.fixture(scope="module")
def domain(server: Daemon) -> str:
    """A domain that admin owns."""
    server.command("domain", "add", "checklist.example")
    return "checklist.example"


def deliver(server, *recipients: str, body: bytes = b"Subject: hi\r\n\r\nhello\r\n") -> list[str]:
    with Client(server.access.smtp) as client:
        client.expect(250, "EHLO sender.example")
        base = client.deliver(body, *recipients).base
    return [f"{base}-{number}" for number in range(len(recipients))]


def test_every_line_is_here_or_elsewhere():
    here = {int(found[1]) for name in globals() if (found := re.match(r"test_(\d+)_", name))}
    assert sorted([*here, *ELSEWHERE]) == list(LINES)
    for place in [place for places in ELSEWHERE.values() for place in places]:
        path, _, name = place.partition("::")
        assert f"\ndef {name}(" in (TESTS / path).read_text(), place


def test_1_the_ways_to_give_a_key(server, api):
    key = server.access.api_key
    for name in ("Mailsac-Key", "mailsac-key", "MAILSAC-KEY"):
        assert api.request("GET", "/me", headers={name: key}).json["_id"] == "admin"
    assert api.request("GET", "/me", headers={}, _mailsacKey=key).json["_id"] == "admin"
    body = json.dumps({"_mailsacKey": key, "emails": ["a@b.example"]}).encode()
    assert api.request("POST", "/validations/addresses", headers={}, body=body).json
    for headers in ({}, {"Mailsac-Key": "k_wrong"}):
        refusal = api.request("GET", "/addresses", headers=headers)
        assert refusal.status == 401
        assert refusal.headers.get_content_type() == "application/json"
        assert json.loads(refusal.body) == NOT_AUTHORIZED


def test_2_the_ways_to_spell_a_path(server, api):
    (message_id,) = deliver(server, "Check+Tag@Paths.example")
    for address in ("check@paths.example", "check%40paths.example", "check+x@paths.example"):
        for path in ("/addresses/{}/messages", "//addresses/{}/messages/"):
            for spelling in (address, address.replace("check", "CHECK")):
                (shown,) = api.request("GET", path.format(spelling)).json
                assert shown["_id"] == message_id
                assert shown["inbox"] == "check@paths.example"
                assert shown["originalInbox"] == "Check+Tag@Paths.example"


def test_3_starred_is_no_address_and_old_paths_lead_somewhere(server, api):
    (message_id,) = deliver(server, "old@paths.example")
    one = f"/addresses/old@paths.example/messages/{message_id}"
    assert api.request("PUT", f"{one}/star").status == 200
    starred = api.request("GET", "/addresses/starred/messages").json
    assert [shown["_id"] for shown in starred] == [message_id]
    headers = api.request("GET", f"/headers/old@paths.example/{message_id}").json
    assert headers["subject"] == "hi"
    api.request("POST", "/addresses/old@paths.example")
    legacy = "/private-address-forwarding/old@paths.example"
    assert api.request("PUT", legacy, body=b'{"info": "x"}').json["info"] == "x"


def test_4_bodies_as_clients_send_them(server, api):
    here = "/addresses/bodies@forms.example"
    given = {"Mailsac-Key": server.access.api_key, "Accept": "application/json, text/plain, */*"}
    reserved = api.request("POST", here, headers=given | {"Content-Type": "application/json"})
    assert reserved.json["_id"] == "bodies@forms.example"
    # As `requests.put(url, data={…})` does it.
    form = urlencode({"webhook": "https://hooks.example/a?b=c", "enablews": True}).encode()
    changed = api.request("PUT", here, body=form, headers=given | {"Content-Type": FORM}).json
    assert (changed["webhook"], changed["enablews"]) == ("https://hooks.example/a?b=c", True)
    (message_id,) = deliver(server, "bodies@forms.example")
    for path, kind in (("raw", "text/plain"), ("dirty", "text/html"), ("text", "text/plain")):
        answer = api.request("GET", f"/{path}/bodies@forms.example/{message_id}", headers=given)
        assert answer.headers.get_content_type() == kind


@pytest.mark.programs("curl")
def test_4_bodies_as_curl_sends_them(server, api):
    api.request("POST", "/addresses/curl@forms.example")
    url = f"{server.access.api_url}/addresses/curl@forms.example"
    words = [find("curl"), "--silent", "--fail-with-body", "-X", "PUT", url]
    words += ["-H", f"Mailsac-Key: {server.access.api_key}", "-d", '{"enablews": true}']
    done = subprocess.run(words, check=True, capture_output=True, timeout=60)
    assert json.loads(done.stdout)["enablews"] is True


def test_5_shapes_that_programs_rely_on(server, api):
    (first,) = deliver(server, "shape@lists.example", body=b"X-Nothing: at all\r\n\r\n\r\n")
    (second,) = deliver(server, "shape@lists.example")
    newest, oldest = api.messages("shape@lists.example")
    assert (newest["_id"], oldest["_id"]) == (second, first)
    for shown in (newest, oldest, api.message("shape@lists.example", first)):
        assert shown["links"] == shown["labels"] == shown["attachments"] == []
        assert shown["cc"] == shown["bcc"] == []
        assert shown["read"] is None
        assert re.fullmatch(r"[A-Za-z0-9_]+-\d+", shown["_id"])
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", shown["received"])
    assert oldest["subject"] == ""
    assert api.messages("empty@lists.example") == []


def test_6_statuses(server, api, nosy, domain):
    inbox, free = "mine@statuses.example", "free@statuses.example"
    (message_id,) = deliver(server, inbox)

    def status(who: Api, method: str, path: str) -> int:
        return who.request(method, path).status

    assert api.request("POST", f"/addresses/{inbox}").json["_id"] == inbox
    assert status(api, "POST", f"/addresses/{inbox}") == 400
    assert status(nosy, "POST", f"/addresses/{inbox}") == 401
    assert status(nosy, "GET", f"/addresses/{inbox}") == 401
    assert status(nosy, "GET", f"/addresses/{inbox}/messages") == 403
    assert status(nosy, "GET", f"/addresses/{inbox}/message-count") == 403
    assert status(nosy, "GET", f"/addresses/{inbox}/messages/{message_id}") == 404
    assert status(nosy, "DELETE", f"/addresses/{inbox}/messages") == 401
    assert status(nosy, "GET", f"/domains/{domain}/messages") == 403
    assert status(nosy, "POST", f"/domains/{domain}/delete-all-domain-mail") == 401
    assert status(api, "DELETE", f"/addresses/{free}/messages") == 401
    assert status(api, "PUT", f"/addresses/{free}") == 404
    assert status(api, "DELETE", f"/addresses/{free}") == 400
    for path in (f"/addresses/{inbox}/messages", f"/domains/{domain}/delete-all-domain-mail"):
        answer = api.request("DELETE" if "addresses" in path else "POST", path)
        assert (answer.status, answer.body) == (204, b"")
    assert api.request("DELETE", f"/addresses/{inbox}").json["_id"] == inbox


def test_8_both_names_of_what_has_two(server, api):
    (message_id,) = deliver(server, "both@names.example")
    here = f"/addresses/both@names.example/messages/{message_id}"
    for name in ("messageHeadersFormat", "format"):
        shown = api.request("GET", f"{here}/headers", **{name: "json"}).json
        assert shown["subject"] == ["hi"]
        for ordered in ("json-ordered", "ordered-json"):
            shown = api.request("GET", f"{here}/headers", **{name: ordered}).json
            assert shown[-1] == {"name": "subject", "value": "hi"}
        plain = api.request("GET", f"{here}/headers", **{name: "plain"})
        assert plain.headers.get_content_type() == "text/plain"
    valid = api.request("GET", "/validations/addresses/a@b.example").json
    assert valid["validFormat"] is valid["isValidFormat"] is True
    api.request("POST", "/addresses/both@names.example")
    body = b'{"enablews": true}'
    changed = api.request("PUT", "/addresses/both@names.example", body=body).json
    assert changed["enablews"] is changed["enabledws"] is True
    read = api.request("PUT", f"{here}/read/true").json
    assert read == {"_id": message_id, "read": True, "folder": True}


TWO_BODIES = (
    b"Subject: Hello!\r\n"
    b"To: someone@frames.example\r\n"
    b"MIME-Version: 1.0\r\n"
    b'Content-Type: multipart/alternative; boundary="--_NmP-1"\r\n'
    b"\r\n"
    b"----_NmP-1\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n"
    b"\r\n"
    b"Check out https://example.com\r\n"
    b"----_NmP-1\r\n"
    b"Content-Type: text/html; charset=utf-8\r\n"
    b"\r\n"
    b"Check out <a href https://example.com>My website</a>\r\n"
    b"----_NmP-1--\r\n"
)


@pytest.mark.programs("node", "ws")
def test_9_frames_as_the_published_tests_want_them(server, api):
    """They wait for a frame with a `to`, and want its text to be exactly what was sent."""
    inbox = "someone@frames.example"
    api.request("POST", f"/addresses/{inbox}")
    api.request("PUT", f"/addresses/{inbox}", body=b'{"enablews": true}')
    place = urlsplit(server.access.api_url).netloc
    query = f"_id=admin&key={server.access.api_key}&addresses={inbox}"
    url = f"ws://{place}/incoming-messages?{query}"
    words = [find("node"), NODE_FOLDER / "listen.js", "ws", url]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as client:
        frame = json.loads(client.stdout.readline())
        assert (frame["status"], frame["msg"]) == (200, "Listening")
        (message_id,) = deliver(server, inbox, body=TWO_BODIES)
        while not frame.get("to"):
            frame = json.loads(client.stdout.readline())
        client.terminate()
    assert (frame["subject"], frame["text"]) == ("Hello!", "Check out https://example.com")
    assert frame["email"]["_id"] == frame["_id"] == message_id
    (listed,) = api.messages(inbox)
    assert "https://example.com" in listed["links"]
    with connect(url.replace("key=", "key=x")) as live:
        live.send("any text")
        refusal = json.loads(live.recv(20))
    assert refusal["status"] != 200
    assert isinstance(refusal["error"], str)


def test_11_what_a_catch_all_takes_and_what_deletions_leave(server, api, domain):
    for address in ("*", "kept"):
        assert api.request("POST", f"/addresses/{address}@{domain}").status == 200
    caught, kept = deliver(server, f"any@{domain}", f"kept@{domain}")
    (shown,) = api.messages(f"*@{domain}")
    assert (shown["_id"], shown["originalInbox"]) == (caught, f"any@{domain}")
    here = f"/addresses/kept@{domain}"
    api.request("PUT", f"{here}/messages/{kept}/star")
    deliver(server, f"kept@{domain}")
    assert api.request("DELETE", f"{here}/messages").status == 204
    assert [one["_id"] for one in api.messages(f"kept@{domain}")] == [kept]
    assert api.request("DELETE", here, deleteAddressMessages="true").status == 200
    assert api.request("POST", here).status == 200
    assert api.messages(f"kept@{domain}") == []
