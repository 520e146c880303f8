"""Clients that put and count, in turn, with a window of packets under way."""

import multiprocessing
import socket
import time

from mailcap.dracula.wire.codec import Codec
from mailcap.dracula.wire.packet import Command, Packet
from tests.support.dracula import SECRET

CLIENTS = 2
PACKETS = 100_000  # of each client
_WINDOW = 32  # packets under way: more than the system holds would be lost
_KEYS = 999  # an odd number: each is put and counted
_IDS = 20_000  # of messages: whoever repeats them too soon is taken for a server
_CODEC = Codec(SECRET.encode())


def play(place: tuple[str, int]) -> float:
    """Let all clients send their packets; return after how many seconds all were answered."""
    commands = (Command.PUT, Command.COUNT)
    mixed = [
        _CODEC.encode(
            Packet(commands[number % 2], number, b"benchmark", b"key %d" % (number % _KEYS))
        )
        for number in range(_IDS)
    ]
    context = multiprocessing.get_context("fork")
    clients = [
        context.Process(target=_exchange, args=[place, mixed, PACKETS]) for _ in range(CLIENTS)
    ]
    begin = time.perf_counter()
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    seconds = time.perf_counter() - begin
    if any(client.exitcode for client in clients):
        raise RuntimeError("a packet was not answered")
    return seconds


def put_many(place: tuple[str, int], keys: int) -> None:
    """Put as many different keys."""
    packets = [
        _CODEC.encode(Packet(Command.PUT, number, b"benchmark", b"another key %d" % number))
        for number in range(keys)
    ]
    _exchange(place, packets, keys)


def _exchange(place: tuple[str, int], packets: list[bytes], count: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
        channel.connect(place)
        channel.settimeout(10)
        for number in range(_WINDOW):
            channel.send(packets[number])
        for number in range(_WINDOW, count):
            channel.recv(2000)
            channel.send(packets[number % len(packets)])
        for _ in range(_WINDOW):
            channel.recv(2000)
