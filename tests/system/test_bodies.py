"""Any bytes are mail, and each is stored once."""

from random import Random
from zlib import crc32

import pytest
from sqlalchemy import create_engine, text

from mime.corpus import BROKEN
from support.rest import Api
from support.smtp import Client


@pytest.mark.parametrize("name", BROKEN)
def test_broken_mime_arrives_and_comes_back(server, api, name):
    body = BROKEN[name]
    inbox = f"broken-{crc32(name.encode())}@capture.example"
    with Client(server.access.smtp) as client:
        client.expect(250, "EHLO broken.example")
        client.expect(250, "MAIL FROM:<> BODY=BINARYMIME")
        client.expect(250, f"RCPT TO:<{inbox}>")
        base = client.bdat(body).base
    (message,) = api.messages(inbox)
    assert message["_id"] == f"{base}-0"
    assert api.raw(inbox, message["_id"]).endswith(body)
    for view in ("body", "dirty", "text", "headers"):
        answer = api.request("GET", f"/{view}/{inbox}/{message['_id']}")
        assert answer.status == 200, (view, answer)
    assert api.message(inbox, message["_id"])["_id"] == message["_id"]


@pytest.mark.parametrize("seed", range(20))
def test_any_bytes_arrive_and_come_back(server, api, seed):
    dice = Random(seed)
    body = b"".join(
        dice.choice([dice.randbytes(dice.randint(0, 300)), b"\r\n", b"\n", b"\r", b".", b"\0"])
        for _ in range(400)
    )
    inbox = f"noise-{seed}@capture.example"
    with Client(server.access.smtp) as client:
        client.expect(250, "EHLO noise.example")
        whole = body + b"\r\n"
        client.deliver(whole, inbox)
        client.expect(250, "MAIL FROM:<> BODY=BINARYMIME")
        client.expect(250, f"RCPT TO:<{inbox}>")
        cut = dice.randint(0, len(body))
        client.bdat(body[:cut], body[cut:])
    by_bdat, by_data = (api.raw(inbox, message["_id"]) for message in api.messages(inbox))
    assert by_data.endswith(b"\r\n" + whole)
    assert by_bdat.endswith(b"\r\n" + body)


def test_every_octet_survives_in_a_header_and_in_the_body(server, api):
    octets = bytes(set(range(256)) - set(b"\r\n"))
    body = b"Subject: " + octets + b"\r\n\r\n" + octets + b"\r\n"
    with Client(server.access.smtp) as client:
        client.expect(250, "EHLO octets.example")
        message_id = client.deliver(body, "octets@capture.example").base + "-0"
    assert api.raw("octets@capture.example", message_id).endswith(body)


def test_ten_recipients_share_one_body_until_the_last_is_deleted(daemon, store_url):
    server = daemon(database=store_url)
    api = Api(server.access)
    inboxes = [f"shared-{number}@capture.example" for number in range(10)]
    with Client(server.access.smtp) as client:
        client.expect(250, "EHLO shared.example")
        base = client.deliver(b"Subject: shared\r\n\r\n" + b"text\r\n" * 1000, *inboxes).base
    engine = create_engine(store_url.replace("postgresql:", "postgresql+psycopg:"))

    def bodies() -> int:
        with engine.connect() as connection:
            return connection.execute(text("SELECT count(*) FROM bodies")).scalar_one()

    left = []
    for number, inbox in enumerate(inboxes):
        left.append(bodies())
        assert api.delete(inbox, f"{base}-{number}").status == 200
    assert left == [1] * 10
    assert bodies() == 0
    engine.dispose()
