"""A client that says what it is told to and reads as fast as it can."""

import socket
import time

from tests.support.daemon import Service

_OCTETS = 2**18


class Client:
    """One session that has logged in."""

    def __init__(self, service: Service) -> None:
        self.socket = socket.create_connection(service.address, timeout=600)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._read_until(b"\r\n")
        self.say(f'LOGIN "{service.username}" "{service.password}"')

    def close(self) -> None:
        self.socket.close()

    def say(self, command: str) -> bytes:
        """Send *command* and return the whole answer, which must be OK."""
        self.socket.sendall(f"Q7x {command}\r\n".encode())
        return self._answer(b"Q7x")

    def timed(self, command: str) -> float:
        """Return how many seconds the answer to *command* took."""
        began = time.perf_counter()
        self.say(command)
        return time.perf_counter() - began

    def append(self, mailbox: str, messages: list[bytes]) -> None:
        """Store *messages*, all by one command (RFC 3502)."""
        literals = b"".join(b" {%d+}\r\n%b" % (len(one), one) for one in messages)
        self.socket.sendall(b"0 APPEND %b%b\r\n" % (mailbox.encode(), literals))
        self._answer(b"0")

    def idle(self) -> None:
        """Begin to wait."""
        self.socket.sendall(b"Q7x IDLE\r\n")
        self._read_until(b"\r\n")

    def _answer(self, tag: bytes) -> bytes:
        """Return all up to the line with *tag*."""
        pieces, tail = [], b"\r\n"
        start = b"\r\n" + tag + b" "
        while True:
            piece = self.socket.recv(_OCTETS)
            if not piece:
                raise RuntimeError("the connection has ended")
            pieces.append(piece)
            tail = (tail + piece)[-4096:]
            if tail.endswith(b"\r\n") and (found := tail.rfind(start)) >= 0:
                last = tail[found + len(start) :]
                if not last.startswith(b"OK"):
                    raise RuntimeError(last.decode())
                return b"".join(pieces)

    def _read_until(self, end: bytes) -> None:
        octets = b""
        while not octets.endswith(end):
            octets += self.socket.recv(_OCTETS)
