"""REST and metrics, as octets of HTTP."""

import json
from types import SimpleNamespace

import pytest
from prometheus_client import CollectorRegistry
from twisted.internet.testing import StringTransport

from dracula.server.parts import House
from mailcap.dracula.places import Place
from mailcap.dracula.server.rest import Bounded, QuietSite, Routes
from mailcap.dracula.server.statistics import StoreCollector
from mailcap.dracula.wire.packet import Command, Packet


def serve(*, metrics=False, most=100):
    house = House(peers=[Place("10.0.0.2", 3509)])
    registry = None
    if metrics:
        registry = CollectorRegistry()
        registry.register(StoreCollector(house.store, house.statistics))
    site = Bounded(
        QuietSite(Routes(house.store, house.responder, registry), house.clock), most=most
    )
    site.doStart()
    return SimpleNamespace(house=house, site=site)


def send(server, octets):
    channel = server.site.buildProtocol(None)
    transport = StringTransport()
    channel.makeConnection(transport)
    channel.dataReceived(octets)
    return transport.value()


def ask(server, target, method="GET", more=b""):
    head = f"{method} {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n".encode()
    octets = send(server, head + (more or b"\r\n"))
    head, _, body = octets.partition(b"\r\n\r\n")
    return int(head.split()[1]), head.decode().lower(), body


def ask_json(server, target, method="GET", more=b""):
    status, head, body = ask(server, target, method, more)
    assert "content-type: application/json" in head
    assert body.endswith(b"\n")
    return status, json.loads(body)


@pytest.fixture
def server():
    return serve()


def test_the_routes_name_themselves(server):
    text = "Dracula rest server - Routes:  GET /namespaces, GET /count, GET /put"
    assert ask_json(server, "/") == (200, {"message": "OK", "details": text})


def test_puts_and_counts(server):
    assert ask_json(server, "/put?namespace=n&key=a%20b") == (200, {"count": 1})
    assert ask_json(server, "/put?namespace=%20n%0A&key=a+b") == (200, {"count": 2})
    assert ask_json(server, "/count?namespace=n&pattern=a+b") == (200, {"count": 2})
    assert ask_json(server, "/count?namespace=n&pattern=*") == (200, {"count": 0})
    assert ask_json(server, "/namespaces") == (200, {"list": ["n"]})


def test_puts_replicate(server):
    ask_json(server, "/put?namespace=n&key=a")
    octets = server.house.codec.encode(Packet(Command.REPLICATE, 0, b"n", b"a"))
    assert server.house.passed_on == [(octets, ("10.0.0.2", 3509))]


@pytest.mark.parametrize(
    ("target", "name"),
    [("/count", "pattern"), ("/count?namespace=n", "pattern"), ("/put?key=a&namespace=%20", "key")],
)
def test_what_is_missing_is_named(server, target, name):
    details = f"namespace and {name} query params are required"
    assert ask_json(server, target) == (400, {"message": "Bad request", "details": details})


@pytest.mark.parametrize("query", [f"namespace={'n' * 65}&key=a", f"namespace=n&key={'k' * 1420}"])
def test_what_no_packet_has_room_for_is_refused(server, query):
    details = "wrong data size during packet construction"
    answer = {"message": "Bad request", "details": details}
    assert ask_json(server, f"/put?{query}") == (400, answer)
    assert server.house.store.count_all() == 0


@pytest.mark.parametrize("target", ["/x", "/count/", "/metrics", "/%00"])
def test_no_other_route(server, target):
    answer = {"message": "Route not matched", "details": f"GET {target}"}
    assert ask_json(server, target) == (404, answer)


def test_no_other_method(server):
    answer = {"message": "Method not allowed", "details": "POST /count"}
    body = b"Content-Length: 3\r\n\r\na=b"
    assert ask_json(server, "/count?namespace=n&pattern=a", "POST", body) == (405, answer)
    status, head, _ = ask(server, "/count", "HEAD")
    assert (status, "allow: get" in head) == (405, True)


def test_a_body_is_thrown_away_as_it_arrives(server):
    channel = server.site.buildProtocol(None)
    transport = StringTransport()
    channel.makeConnection(transport)
    channel.dataReceived(b"POST /put HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in range(100):
        channel.dataReceived(b"10000\r\n" + b"x" * 65536 + b"\r\n")
    request = channel.wrappedProtocol._channel.requests[0]
    assert request.content.getvalue() == b""
    channel.dataReceived(b"0\r\n\r\n")
    assert transport.value().startswith(b"HTTP/1.1 405 ")


@pytest.mark.parametrize("octets", [b"\0\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9\r\nA\r\n\r\n"])
def test_what_is_no_http_harms_nobody(server, octets):
    send(server, octets)
    assert ask(server, "/")[0] == 200


def test_there_are_only_so_many_connections():
    server = serve(most=1)
    channel = server.site.buildProtocol(None)
    channel.makeConnection(StringTransport())
    assert server.site.buildProtocol(None) is None
    server.site.close()
    assert channel.transport.disconnected


def metrics(server):
    status, head, body = ask(server, "/metrics")
    assert (status, "content-type: text/plain" in head) == (200, True)
    lines = [line for line in body.decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def test_metrics():
    server = serve(metrics=True)
    server.house.put(b"a", b"a", b"b")
    server.house.count(Command.COUNT, b"n", b"a")
    server.house.responder.answer(b"hello", via="udp")
    found = metrics(server)
    assert found["dracula_namespaces_count"] == found["dracula_namespaces_gc_count"] == 1
    assert found["dracula_keys_in_gc_namespaces"] == 2
    assert found["dracula_key_sum_in_gc_namespaces"] == 3
    assert {"dracula_max_namespaces_denom", "dracula_gc_pause_millis"} <= found.keys()
    assert found['dracula_requests_total{command="put",transport="udp"}'] == 3
    assert found['dracula_requests_total{command="count",transport="udp"}'] == 1
    assert found['dracula_rejected_total{reason="packet",transport="udp"}'] == 1
    assert found["dracula_replicated_total"] == 3


def test_no_sender_makes_a_series():
    server = serve(metrics=True)
    server.house.put(b"a")
    before = metrics(server).keys()
    for number in range(1000):
        server.house.put(b"key %d" % number, namespace=b"namespace %d" % number)
    assert metrics(server).keys() == before
