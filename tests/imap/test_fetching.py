"""FETCH: what is told of messages (RFC 9051 section 6.4.5 and extensions)."""

import pytest

from imap.house import INBOX, House
from support.scripts import play

TRACE = f"X-Trace: {INBOX}\r\n"
HEADER = (
    b"From: Ann <ann@example.com>\r\nTo: tim@example.com\r\nSubject: Parts\r\n"
    b"Message-ID: <1@example.com>\r\nDate: Mon, 7 Feb 2022 21:52:25 -0800\r\n"
    b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
)
REST = (
    b"--b\r\nContent-Type: text/plain; charset=utf-8\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\nR3LDvMOfZQ==\r\n"
    b"--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\ninner text\r\n"
    b"--b--\r\n"
)


@pytest.fixture
def house(house: House) -> House:
    house.bench.deliver(INBOX, header=HEADER, rest=REST)
    return house


def fetched(house: House, items: str) -> bytes:
    """Return what is told of those items of message 1."""
    client = house.selected(enable="CONDSTORE" if items == "MODSEQ" else "")
    answer = client.send(f"a FETCH 1 {items}\r\n".encode())
    assert answer.startswith(b"* 1 FETCH ("), answer
    assert answer.endswith(b")\r\na OK FETCH completed\r\n"), answer
    return answer.removeprefix(b"* 1 FETCH (").removesuffix(b")\r\na OK FETCH completed\r\n")


def literal(octets: bytes) -> bytes:
    return b"{%d}\r\n%b" % (len(octets), octets)


STRUCTURE = (
    b'(("text" "plain" ("charset" "utf-8") NIL NIL "base64" 12 0%b)'
    b'("message" "rfc822" NIL NIL NIL "7bit" 28 (NIL "inner" NIL NIL NIL NIL NIL NIL NIL NIL) '
    b'("text" "plain" NIL NIL NIL "7bit" 10 0%b) 2%b) "mixed"%b)'
)


@pytest.mark.parametrize(
    ("items", "answer"),
    [
        ("UID", b"UID 1"),
        ("(UID FLAGS)", rb"UID 1 FLAGS (\Recent)"),
        ("FAST", rb'FLAGS (\Recent) INTERNALDATE "21-Sep-2026 14:13:20 +0000" RFC822.SIZE %d'
                 % len(TRACE.encode() + HEADER + REST)),
        ("MODSEQ", b"MODSEQ (2)"),
        ("SAVEDATE", b'SAVEDATE "21-Sep-2026 14:13:20 +0000"'),
        ("ENVELOPE", (b'ENVELOPE ("Mon, 7 Feb 2022 21:52:25 -0800" "Parts" '
                     b'(("Ann" NIL "ann" "example.com")) (("Ann" NIL "ann" "example.com")) '
                     b'(("Ann" NIL "ann" "example.com")) ((NIL NIL "tim" "example.com")) '
                     b'NIL NIL NIL "<1@example.com>")')),
        ("BODY", b"BODY " + STRUCTURE % (b"", b"", b"", b"")),
        ("BODYSTRUCTURE", b"BODYSTRUCTURE " + STRUCTURE % (
            b" NIL NIL NIL NIL", b" NIL NIL NIL NIL", b" NIL NIL NIL NIL",
            b' ("boundary" "b") NIL NIL NIL')),
        ("BODY.PEEK[]", b"BODY[] " + literal(TRACE.encode() + HEADER + REST)),
        ("BODY.PEEK[HEADER]", b"BODY[HEADER] " + literal(TRACE.encode() + HEADER)),
        ("RFC822.HEADER", b"RFC822.HEADER " + literal(TRACE.encode() + HEADER)),
        ("BODY.PEEK[TEXT]<2.3>", b"BODY[TEXT]<2> " + literal(b"b\r\n")),
        ("BODY.PEEK[TEXT]<9999.3>", b"BODY[TEXT]<9999> " + literal(b"")),
        ("BODY.PEEK[1]", b"BODY[1] " + literal(b"R3LDvMOfZQ==")),
        ("BODY.PEEK[1.MIME]", b"BODY[1.MIME] " + literal(
            b"Content-Type: text/plain; charset=utf-8\r\n"
            b"Content-Transfer-Encoding: base64\r\n\r\n")),
        ("BODY.PEEK[2.HEADER]", b"BODY[2.HEADER] " + literal(b"Subject: inner\r\n\r\n")),
        ("BODY.PEEK[2.TEXT]", b"BODY[2.TEXT] " + literal(b"inner text")),
        ("BODY.PEEK[3]", b"BODY[3] NIL"),
        ("BODY.PEEK[HEADER.FIELDS (subject X)]",
         b"BODY[HEADER.FIELDS (subject X)] " + literal(b"Subject: Parts\r\n\r\n")),
        ("BINARY.PEEK[1]", b"BINARY[1] " + literal("Grüße".encode())),
        ("BINARY.SIZE[1]", b"BINARY.SIZE[1] 7"),
        ("PREVIEW", b"PREVIEW " + literal("Grüße".encode())),
        ("(PREVIEW (LAZY))", b"PREVIEW " + literal("Grüße".encode())),
    ],
)  # fmt: skip
def test_items(house: House, items: str, answer: bytes) -> None:
    assert fetched(house, items) == answer
    assert fetched(house, items).replace(rb"\Recent", b"") == answer.replace(rb"\Recent", b"")


def test_ids(house: House) -> None:
    (message,) = house.bench.ids(house.people["tim"], INBOX)
    assert fetched(house, "EMAILID") == f"EMAILID ({message})".encode()
    first = fetched(house, "THREADID")
    house.bench.deliver(INBOX, header=b"In-Reply-To: <1@example.com>\r\n\r\n")
    house.bench.deliver(INBOX, header=b"Subject: alone\r\n\r\n")
    play(
        house.selected(),
        f"""
        C: a FETCH 2:3 THREADID
        S: * 2 FETCH ({first.decode()})
        S: * 3 FETCH (THREADID NIL)
        S: a OK FETCH completed
        C: a SEARCH {first.decode().replace("(", "").replace(")", "")}
        S: * SEARCH 1 2
        S: a OK SEARCH completed
        C: a SEARCH EMAILID {message}
        S: * SEARCH 1
        S: a OK SEARCH completed
        """,
    )


@pytest.mark.parametrize("item", ["BODY[]", "BODY[1]", "BINARY[1]", "RFC822", "RFC822.TEXT"])
def test_to_read_is_to_see(house: House, item: str) -> None:
    assert fetched(house, item).endswith(rb" FLAGS (\Seen \Recent)")
    assert fetched(house, "FLAGS") == rb"FLAGS (\Seen)"
    (message,) = house.bench.sql("SELECT seen FROM messages")
    assert message == (1,)


def test_uid_fetch_tells_the_uid(house: House) -> None:
    play(
        house.selected(),
        r"""
        C: a UID FETCH 1:* FLAGS
        S: * 1 FETCH (UID 1 FLAGS (\Recent))
        S: a OK FETCH completed
        C: a UID FETCH 2:9 FLAGS
        S: * 1 FETCH (UID 1 FLAGS (\Recent))
        S: a OK FETCH completed
        C: a UID FETCH 7 FLAGS
        S: a OK FETCH completed
        C: a FETCH 2 FLAGS
        S: a BAD There is no message 2
        """.replace("2:9", "*"),
    )


def test_an_encoding_that_is_unknown(house: House) -> None:
    house.bench.deliver(INBOX, header=b"Content-Transfer-Encoding: x-y\r\n\r\n")
    play(house.selected(), "C: a FETCH 2 BINARY.PEEK[1]\nS: a NO [UNKNOWN-CTE] ...")


def test_nul_goes_out_as_it_may(house: House) -> None:
    house.bench.deliver(INBOX, header=b"Subject: x\r\n\r\n", rest=b"a\0b\r\n")
    client = house.selected()
    answer = client.send(b"a FETCH 2 (BODY.PEEK[TEXT] BINARY.PEEK[1])\r\n")
    assert b"BODY[TEXT] {5}\r\na\x80b\r\n BINARY[1] ~{5}\r\na\0b\r\n)" in answer


def test_views_are_kept_with_the_message(house: House) -> None:
    client = house.selected()
    client.send(b"a FETCH 1 (ENVELOPE BODYSTRUCTURE)\r\n")
    ((envelope, structure),) = house.bench.sql("SELECT envelope, structure FROM views")
    assert bytes(envelope).startswith(b'("Mon, 7 Feb')
    assert bytes(structure).startswith(b'(("text"')
    house.bench.sql("UPDATE views SET envelope = X'2829'")
    assert fetched(house, "ENVELOPE") == b"ENVELOPE ()"


def test_many_messages_come_in_order(house: House) -> None:
    house.deliver(*map(str, range(2, 1502)), rest=b"x" * 2000)
    client = house.selected()
    for items, sign in (("(UID)", b"UID "), ("(UID BODYSTRUCTURE)", b"UID "), ("BODY[]", b"")):
        answer = client.send(f"a FETCH 1:* {items}\r\n".encode())
        while piece := client.read():
            answer += piece
        assert answer.endswith(b"a OK FETCH completed\r\n")
        numbers = [line.split()[1] for line in answer.split(b"\r\n") if b" FETCH (" + sign in line]
        assert [int(number) for number in numbers] == list(range(1, 1502))


def test_a_message_that_has_gone_is_passed_over(house: House) -> None:
    house.deliver("two", "three")
    client = house.selected()
    other = house.selected()
    other.send(b"a STORE 2 +FLAGS (\\Deleted)\r\n")
    other.send(b"a EXPUNGE\r\n")
    play(
        client,
        """
        C: a FETCH 1:3 RFC822.SIZE
        S: * 1 FETCH (RFC822.SIZE ...)
        S: * 3 FETCH (RFC822.SIZE ...)
        S: a NO [EXPUNGEISSUED] ...
        C: a UID FETCH 1:3 UID
        S: * 1 FETCH (UID 1)
        S: * 3 FETCH (UID 3)
        S: * 2 EXPUNGE
        S: * 2 RECENT
        S: a OK FETCH completed
        """,
    )


def test_an_empty_mailbox(house: House) -> None:
    play(
        house.selected("Trash"),
        """
        C: a FETCH 1:* FLAGS
        S: a OK FETCH completed
        C: a UID FETCH 1:* FLAGS
        S: a OK FETCH completed
        C: a FETCH 1 FLAGS
        S: a BAD ...
        C: a SEARCH ALL
        S: * SEARCH
        S: a OK SEARCH completed
        """,
    )


@pytest.mark.parametrize("content", [b"x\0yz\r\n" * 100_000, bytes(range(256)) * 2_000])
@pytest.mark.parametrize(
    ("item", "start", "count"),
    [
        ("BODY.PEEK[]", 0, None),
        ("BODY.PEEK[TEXT]", 0, None),
        ("BODY.PEEK[]", 10, 50),
        ("BODY.PEEK[]", 30, 300_000),
        ("BODY.PEEK[TEXT]", 270_000, 99),
        ("BODY.PEEK[TEXT]", 0, 0),
        ("BODY.PEEK[]", 9_999_999, 5),
    ],
)
def test_a_large_message_comes_in_pieces(
    house: House, content: bytes, item: str, start: int, count: int | None
) -> None:
    header = b"Subject: large\r\n\r\n"
    house.bench.deliver(INBOX, header=header, rest=content)
    whole = content if "TEXT" in item else TRACE.encode() + header + content
    wanted = whole[start:] if count is None else whole[start : start + count]
    label = item.replace(".PEEK", "") + (f"<{start}>" if count is not None else "")
    partial = f"<{start}.{count or 1}>" if count is not None else ""
    if count == 0:
        wanted = whole[:1]
    client = house.selected()
    answer = client.send(f"a FETCH 2 (UID {item}{partial})\r\n".encode())
    while piece := client.read():
        answer += piece
    expected = literal(wanted.replace(b"\0", b"\x80"))
    assert answer == (
        b"* 2 FETCH (UID 2 %b %b)\r\na OK FETCH completed\r\n" % (label.encode(), expected)
    )


def test_a_large_message_is_seen(house: House) -> None:
    house.bench.deliver(INBOX, rest=b"x" * 300_000)
    client = house.selected("INBOX", "INBOX")
    answer = client.send(b"a FETCH 2 (RFC822.SIZE BODY[])\r\n")
    while piece := client.read():
        answer += piece
    assert answer.endswith(b"xxx FLAGS (\\Seen))\r\na OK FETCH completed\r\n")
