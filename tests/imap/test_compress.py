"""COMPRESS (RFC 4978)."""

import zlib

import pytest

from connection.wires import Client
from imap.house import House
from support.scripts import play


class Deflated:
    """A client behind COMPRESS."""

    def __init__(self, client: Client) -> None:
        play(client, "C: z COMPRESS DEFLATE\nS: z OK DEFLATE from now on")
        self.client = client
        self._out = zlib.compressobj(wbits=-15)
        self._in = zlib.decompressobj(wbits=-15)

    def send(self, octets: bytes, *, pieces: int | None = None) -> bytes:
        """Send *octets* deflated, in pieces of that size, and return what comes back."""
        data = self._out.compress(octets) + self._out.flush(zlib.Z_SYNC_FLUSH)
        size = pieces or len(data)
        heard = b""
        for start in range(0, len(data), size):
            heard += self._in.decompress(self.client.send(data[start : start + size]))
        return heard + self._in.decompress(self.client.read())


@pytest.mark.parametrize("pieces", [None, 1, 3])
def test_both_ways(house: House, pieces: int | None) -> None:
    house.deliver("one")
    client = Deflated(house.selected("INBOX", "INBOX"))
    assert client.send(b"a FETCH 1 FLAGS\r\n", pieces=pieces) == (
        b"* 1 FETCH (FLAGS ())\r\na OK FETCH completed\r\n"
    )
    message = b"Subject: x\r\n\r\n" + b"x" * 100_000
    answer = client.send(b"a APPEND INBOX {%d+}\r\n%b\r\n" % (len(message), message))
    assert answer.endswith(b"APPEND completed\r\n")
    assert b"COMPRESS=DEFLATE" not in client.send(b"a CAPABILITY\r\n")
    assert client.send(b"a COMPRESS DEFLATE\r\n").startswith(b"a NO [COMPRESSIONACTIVE]")


def test_so_many_are_enough(house: House) -> None:
    first = Deflated(house.client())
    second = house.client()
    play(second, "C: a COMPRESS DEFLATE\nS: a NO [LIMIT] ...")
    play(second, "C: a COMPRESS LZW\nS: a NO [CANNOT] ...")
    first.client.close()
    Deflated(second)


def test_what_is_not_deflated_ends_the_connection(house: House) -> None:
    client = Deflated(house.client())
    assert client.client.send(b"\xff" * 100) == b""
    assert client.client.closed


def test_few_octets_that_stand_for_many_cost_their_sender_only(house: House) -> None:
    client = Deflated(house.client())
    assert client.send(b"x" * 10_000_000).startswith(b"* BYE [TOOBIG]")


def test_many_commands_in_few_octets_are_all_answered(house: House) -> None:
    client = Deflated(house.client())
    assert client.send(b"a NOOP\r\n" * 20_000).count(b"a OK NOOP completed\r\n") == 20_000
