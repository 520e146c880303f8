"""A client that says what it is told to and reads as fast as it can."""

import socket
import threading
from collections.abc import Iterable

from tests.support.daemon import Service

_OCTETS = 2**18
_END = b"\r\n.\r\n"


class Client:
    """One session that has logged in; `count` is how many messages there are."""

    def __init__(self, service: Service) -> None:
        self._socket = socket.create_connection(service.address, timeout=600)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._read(b"\r\n")
        self.say(f"USER {service.username}")
        self.say(f"PASS {service.password}")
        self.count = int(self.say("STAT").split()[1])

    def quit(self) -> None:
        self.say("QUIT")
        self._socket.close()

    def say(self, command: str) -> bytes:
        """Send *command* and return its answer of one line, which must be +OK."""
        return self._said(command, b"\r\n")

    def ask(self, command: str) -> bytes:
        """Send *command* and return its answer of many lines, which must be +OK."""
        return self._said(command, _END)

    def pipeline(self, commands: Iterable[str]) -> int:
        """Send all *commands* at once; return how many octets their many lines have."""
        octets = [f"{command}\r\n".encode() for command in commands]
        sender = threading.Thread(target=self._socket.sendall, args=[b"".join(octets)])
        sender.start()
        ended, size, tail = 0, 0, b""
        while ended < len(octets):
            piece = self._socket.recv(_OCTETS)
            if not piece:
                raise RuntimeError("the connection has ended")
            size += len(piece)
            piece = tail + piece
            ended += piece.count(_END)
            # What may be the beginning of an end; a whole one is not counted twice.
            tail = piece[-len(_END) + 1 :]
        sender.join()
        return size

    def _said(self, command: str, end: bytes) -> bytes:
        self._socket.sendall(f"{command}\r\n".encode())
        answer = self._read(end)
        if not answer.startswith(b"+OK"):
            raise RuntimeError(answer.decode())
        return answer

    def _read(self, end: bytes) -> bytes:
        octets = self._socket.recv(_OCTETS)
        while not octets.endswith(end):
            more = self._socket.recv(_OCTETS)
            if not more:
                raise RuntimeError("the connection has ended")
            octets += more
        return octets
