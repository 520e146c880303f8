"""``twistd dracula`` as a process, over the real loopback."""

import json
import random
import socket
import struct
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import pytest

from mailcap.dracula.client import Client
from mailcap.dracula.places import Place
from mailcap.dracula.wire.codec import Codec, xxh64
from mailcap.dracula.wire.framing import STOP
from mailcap.dracula.wire.packet import NO_HASH, SIZE, Command, Packet, unpack_count
from support.dracula import SECRET, free_port
from support.reactors import running

CODEC = Codec(SECRET.encode())


def packet(command, data=b"", namespace=b"default", number=2, codec=CODEC):
    return codec.encode(Packet(command, number, namespace, data))


def get(place, target):
    with closing(HTTPConnection(*place, timeout=60)) as connection:
        connection.request("GET", target)
        return connection.getresponse().read()


def test_octets_over_udp(dracula):
    server = dracula()
    head = bytes.fromhex("5020766572792d736563200200000020") + b"default" + b" " * 58
    answer = server.ask(head + b"asdf" + b" " * 1415)
    assert answer == head + b" " * 1419
    counted = server.ask(b"C" + head[1:] + b"asdf")
    assert counted == b"C" + head[1:] + b"\1\0\0\0" + b" " * 1415
    refused = server.ask(b"hello".ljust(SIZE))
    assert refused[:11] == b"E " + NO_HASH + b" "
    assert refused[81:].rstrip() == b"bad packet: invalid command byte"


def test_octets_over_tcp(dracula):
    server = dracula()
    for number in range(300):
        server.ask(packet(Command.PUT, b"%08d" % number))
    requests = [packet(Command.COUNT, b"00000007"), packet(Command.KEYS, b"*").rstrip()]
    octets = server.converse(STOP.join([*requests, b""]))
    assert len(octets) == 1503 + 2783
    assert unpack_count(octets) == 1
    assert octets[1503 + 81 :].split(b"\n")[:300] == [b"%08d" % number for number in range(300)]


def test_rest_and_metrics_on_both_ports(dracula):
    server = dracula()
    assert json.loads(get(server.http, "/put?namespace=default&key=a")) == {"count": 1}
    assert unpack_count(server.ask(packet(Command.COUNT, b"a"))) == 1
    assert json.loads(get(server.prom, "/namespaces")) == {"list": ["default"]}
    for place in (server.http, server.prom):
        assert b"\ndracula_namespaces_count 1.0\n" in get(place, "/metrics")


def test_what_killed_the_released_server_kills_nobody(dracula):
    server = dracula()
    assert server.converse(b"\n") == b""
    requests = [packet(Command.COUNT, b"a", number=number) + STOP for number in range(3)]
    octets = server.converse(b"".join(requests))
    assert [octets[n + 11] for n in range(0, 3 * 1503, 1503)] == [0, 1, 2]
    assert unpack_count(server.ask(packet(Command.COUNT, b"a"))) == 0


def test_connections_that_end_abruptly(dracula):
    server = dracula()
    for octets in (b"", b"\n", packet(Command.KEYS) + STOP, packet(Command.KEYS)):
        with socket.create_connection(server.tcp) as rude:
            rude.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            rude.sendall(octets)
    assert len(server.converse(packet(Command.COUNT, b"a") + STOP)) == 1503


@pytest.mark.parametrize("secret", ["", SECRET])
def test_a_thousand_odd_datagrams_and_streams(dracula, secret):
    """With no secret, whatever looks like a packet is one."""
    server, chance = dracula(environment={"DRACULA_SECRET": secret}), random.Random(secret)
    valid = packet(Command.KEYS, b"*", codec=Codec(secret.encode()))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sending:
        for _ in range(1000):
            sending.sendto(odd(chance, valid), server.udp)
    for _ in range(50):
        server.converse(b"".join(odd(chance, valid) + STOP for _ in range(20)))
    codec = Codec(secret.encode())
    server.ask(packet(Command.PUT, b"sound", codec=codec))
    assert unpack_count(server.ask(packet(Command.COUNT, b"sound", codec=codec))) == 1


def odd(chance, valid):
    octets = bytearray(valid)
    for _ in range(chance.choice([0, 1, 3, 200])):
        octets[chance.randrange(SIZE)] = chance.choice(b"\0\n. PCNSKLRVTIE*[(\\\xff")
    octets[0] = chance.choice(b"PCNSKLRVTIE?")
    return bytes(octets[: chance.choice([0, 1, 10, 16, 81, SIZE, SIZE])]) + b"x" * chance.choice(
        [0, 9]
    )


def test_the_secret_comes_from_a_file(dracula, tmp_path):
    file = tmp_path / "secret"
    file.write_text("from a file\n")
    server = dracula(f"--secret-file={file}", "--xxh64")
    codec = Codec(b"from a file", xxh64)
    answer = server.ask(packet(Command.PUT, b"a", codec=codec))
    assert codec.decode(answer).command is Command.PUT
    assert server.ask(packet(Command.PUT, b"a"))[:10] == b"E " + NO_HASH
    assert b"from a file" not in Path(f"/proc/{server.pid}/cmdline").read_bytes()


def test_three_servers_count_the_same_and_a_client_survives_the_end_of_one(dracula):
    places = [Place("127.0.0.1", free_port()) for _ in range(3)]
    peers = f"--peers={','.join(map(str, places))}"
    servers = [
        dracula(f"--udp={place.port}", f"--tcp={place.port}", f"--self={place}", peers)
        for place in places
    ]
    servers[0].converse(packet(Command.PUT, b"by tcp") + STOP)
    get(servers[1].http, "/put?namespace=default&key=by+rest")
    keys = [f"key {number}" for number in range(30)]
    with running() as reactor:
        client = Client(places, CODEC, reactor=reactor, timeout=60)
        reactor.result(client.start())
        for key in keys:
            reactor.result(client.put("default", key))
        for server in servers:
            reactor.run_until(
                lambda server=server: unpack_count(server.ask(packet(Command.COUNT_SERVER))) == 32
            )
        servers[2].stop()
        for _ in range(3):
            assert [reactor.result(client.count("default", key)) for key in keys] == [1] * 30
            reactor.result(client._check())
        assert reactor.result(client.keys("default", "by *")) == ["by rest", "by tcp"]
        assert reactor.result(client.namespaces()) == ["default"]
        reactor.result(client.close())
