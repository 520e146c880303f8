"""Codes and links of a message, for tests that go on with them."""

INBOX = "bob@x.test"
MESSAGE = (
    b"Subject: Welcome\r\n\r\nYour verification code is: 739 204\r\n"
    b"Or follow https://example.com/verify?x=1 and https://example.com\r\n"
)


def get(ask, mail, part: str, body: bytes = MESSAGE):
    return ask("GET", f"/api/addresses/{INBOX}/messages/{mail.add(INBOX, body)}/{part}")


def test_codes(ask, mail, reactor):
    (code,) = get(ask, mail, "codes").json
    score = code.pop("score")
    assert code == {"code": "739204", "text": "739 204"}
    assert 0.6 < score <= 1
    assert reactor.pool.jobs == 1  # nobody waits for it


def test_a_message_without_any(ask, mail):
    body = b"Subject: x\r\n\r\nhello\r\n"
    assert get(ask, mail, "codes", body).json == []
    assert get(ask, mail, "links", body).json == []
    assert get(ask, mail, "codes", b"").json == []


def test_links(ask, mail):
    assert get(ask, mail, "links").json == [
        "https://example.com/verify?x=1",
        "https://example.com",
    ]
