"""An attacker is held up, and a good sender beside it is not."""

import json
import time
import urllib.request
from ipaddress import ip_address

import pytest

from support.dracula import SECRET, DraculaDaemon
from support.rest import Api
from support.smtp import Client

SETTINGS = {"throttling.trusted_networks": ""}


def send(server, number: int, *, source: str, name: str, sender: str, inbox: str) -> str:
    """Send a message on a connection of its own; return the last reply's beginning."""
    body = f"From: <{sender}>\r\nReply-To: <{sender}>\r\nSubject: {number}\r\n\r\n".encode()
    with Client(server.access.smtp, source=source) as client:
        for line in (f"EHLO {name}", f"MAIL FROM:<{sender}>", f"RCPT TO:<{inbox}>", "DATA"):
            reply = client.command(line)
            if reply.code >= 400:
                return f"{reply.code} {reply.text}"
        client.send(body + b".\r\n")
        reply = client.read_reply()
        return f"{reply.code} {reply.text}"


def attack(server, number: int) -> str:
    """Send with names that no message before had, six levels deep."""
    deep = ".".join(f"{letter}{number}" for letter in "abcdef") + ".attack.example"
    return send(
        server,
        number,
        source=str(ip_address("127.66.0.1") + number % 200),
        name=f"host-{number}.helo-{number}.example",
        sender=f"news@{deep}",
        inbox=f"victim-{number}@public-{number}.example",
    )


def be_good(server, number: int) -> str:
    return send(
        server,
        number,
        source="127.77.0.1",
        name="mx.good.example",
        sender="alice@good.example",
        inbox=f"inbox-{number % 10}@capture.example",
    )


def test_unique_deep_subdomains_are_throttled_within_200_messages(daemon):
    server = daemon(settings=SETTINGS)
    said = []
    good = []
    for number in range(200):
        said.append(attack(server, number))
        if number % 2:
            good.append(be_good(server, number))
    refused = [each for each in said if not each.startswith("250 ")]
    assert 150 <= len(said) - len(refused) < 200
    assert said[149].startswith("250 ")
    for each in refused:
        assert each.startswith(
            "421 4.7.0 More than 150 messages that name the domain attack.example in 60 seconds;"
        )
    assert all(each.startswith("250 ") for each in good)
    assert len(Api(server.access).messages("inbox-1@capture.example", limit=100)) == 20


def test_what_is_denied_is_refused_out_of_trusted_networks_too(daemon):
    server = daemon(
        settings={
            "throttling.denied_networks": "127.66.0.0/16",
            "throttling.denied_senders": "good.example",
        }
    )
    assert attack(server, 1) == "554 5.7.1 Mail from your network is not taken."
    assert be_good(server, 1) == "554 5.7.1 Mail from alice@good.example is not taken."


def test_two_nodes_count_together_and_go_on_alone(daemon):
    counting = DraculaDaemon()
    strict = {"throttling.public": "inbox=8", "throttling.longest_delay": 0}
    place = "{}:{}".format(*counting.udp)
    nodes = [
        daemon(
            settings=SETTINGS | strict | {"throttling.dracula": place},
            environment={"DRACULA_SECRET": SECRET},
        )
        for _ in range(2)
    ]
    try:
        taken = 0
        for number in range(100):
            said = be_good(nodes[number % 2], 0)
            if said.startswith("421 "):
                break
            taken += 1
            wait_until_told(counting, taken)
        assert 10 <= taken <= 13  # alone each would take ten; what it has heard is a message old
        assert said.startswith("421 4.7.0 More than 8 messages to inbox-0@capture.example")
    finally:
        counting.stop()
    assert be_good(nodes[0], 1).startswith("250 ")
    assert nodes[0].log.wait_for("no counting server answers")
    assert be_good(nodes[0], 1).startswith("250 ")


def wait_until_told(counting: DraculaDaemon, taken: int) -> None:
    """Return when the counting server knows of *taken* messages."""
    host, port = counting.http
    url = f"http://{host}:{port}/count?namespace=mailcap.inbox&pattern=inbox-0@capture.example"
    give_up = time.monotonic() + 60
    while requested(url)["count"] < taken:
        assert time.monotonic() < give_up


def requested(url: str) -> dict[str, int]:
    with urllib.request.urlopen(url, timeout=60) as answer:
        return json.load(answer)


@pytest.mark.parametrize("owned", [True, False])
def test_an_owned_domain_takes_what_a_public_one_does_not(daemon, owned):
    strict = {"throttling.public": "inbox=10", "throttling.owned": "inbox=100"}
    server = daemon(settings=SETTINGS | strict | {"throttling.longest_delay": 0})
    if owned:
        server.command("domain", "add", "mine.example", "--account", "admin")
    with Client(server.access.smtp) as client:
        client.expect(250, "EHLO client")
        codes = []
        for _ in range(40):
            client.expect(250, "MAIL FROM:<>")
            codes.append(client.command("RCPT TO:<a@mine.example>").code)
            if codes[-1] != 250:
                break
            assert client.data(b"Subject: x\r\n\r\n").code == 250
    assert codes == [250] * 40 if owned else [*[250] * 12, 421]
