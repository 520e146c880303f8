"""An SMTP client that does what it is told, byte by byte, and nothing else."""

import base64
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from .daemon import Service

_PATIENCE = 60.0  # seconds


@dataclass(frozen=True)
class Reply:
    code: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def base(self) -> str:
        """The id in ``250 2.0.0 OK : queued as <base>``."""
        assert self.code == 250, self
        return self.lines[-1].rpartition(" ")[2]


class Client:
    """A connection to *service*, behind its greeting.

    With *tls* the connection begins with TLS; *receive_buffer* is the size of the
    socket's own, for a client that does not read; *source* is its IP address.
    """

    def __init__(
        self,
        service: Service,
        *,
        tls: ssl.SSLContext | None = None,
        receive_buffer: int | None = None,
        source: str | None = None,
    ) -> None:
        self.socket = socket.socket()
        self.socket.settimeout(_PATIENCE)
        if receive_buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self._buffer = b""
        if source is not None:
            self.socket.bind((source, 0))
        try:
            self._connect(service, tls)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.socket.close()

    def send(self, octets: bytes) -> None:
        self.socket.sendall(octets)

    def read_reply(self) -> Reply:
        """Read one reply, all its lines.  Raises `ConnectionError` at the end."""
        lines = []
        while True:
            line = self._read_line()
            lines.append(line[4:])
            if line[3:4] != "-":
                return Reply(int(line[:3]), tuple(lines))

    def at_end(self) -> bool:
        """Wait for more: true if the other side has closed instead."""
        try:
            return not self._buffer and not self.socket.recv(1, 0)
        except ConnectionResetError:
            return True

    def command(self, line: str | bytes) -> Reply:
        """Send one command line and read its reply."""
        self.send((line if isinstance(line, bytes) else line.encode()) + b"\r\n")
        return self.read_reply()

    def expect(self, code: int, line: str | bytes) -> Reply:
        """Send one command line and read its reply, which has *code*."""
        reply = self.command(line)
        assert reply.code == code, f"{line!r} was answered {reply}"
        return reply

    def starttls(self, context: ssl.SSLContext, *, injected: bytes = b"") -> None:
        """Turn to TLS; *injected* goes out in plain text right behind the command."""
        self.send(b"STARTTLS\r\n" + injected)
        assert self.read_reply().code == 220
        assert not self._buffer, self._buffer
        name = self.socket.getpeername()[0]
        self.socket = context.wrap_socket(self.socket, server_hostname=name)

    def login(self, service: Service) -> None:
        secret = f"\0{service.username}\0{service.password}".encode()
        self.expect(235, b"AUTH PLAIN " + base64.b64encode(secret))

    def envelope(self, recipients: Sequence[str], *, sender: str = "from@sender.example") -> None:
        """Do everything up to the point where the message may follow."""
        self.expect(250, f"MAIL FROM:<{sender}>")
        for recipient in recipients:
            self.expect(250, f"RCPT TO:<{recipient}>")

    def data(self, body: bytes) -> Reply:
        """Send *body* by DATA and return the final reply."""
        self.expect(354, "DATA")
        self.send(stuffed(body))
        return self.read_reply()

    def bdat(self, *chunks: bytes) -> Reply:
        """Send *chunks* by BDAT and return the final reply."""
        for number, chunk in enumerate(chunks, 1):
            last = " LAST" if number == len(chunks) else ""
            self.send(f"BDAT {len(chunk)}{last}\r\n".encode() + chunk)
            reply = self.read_reply()
            assert reply.code == 250 or last, reply
        return reply

    def deliver(self, body: bytes, *recipients: str) -> Reply:
        """Send one message and return the final reply."""
        self.envelope(recipients)
        return self.data(body)

    def _connect(self, service: Service, tls: ssl.SSLContext | None) -> None:
        self.socket.connect(service.address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_hostname=service.host)
        greeting = self.read_reply()
        if greeting.code != 220:
            raise ConnectionRefusedError(greeting.text)

    def _read_line(self) -> str:
        while b"\n" not in self._buffer:
            more = self.socket.recv(65536)
            if not more:
                raise ConnectionResetError(f"closed behind {self._buffer!r}")
            self._buffer += more
        line, _, self._buffer = self._buffer.partition(b"\n")
        assert line.endswith(b"\r"), line
        return line[:-1].decode()


def stuffed(body: bytes) -> bytes:
    """Return *body*, which ends with CRLF, as it goes over the wire by DATA."""
    assert body.endswith(b"\r\n")
    lines = body.split(b"\r\n")
    return b"\r\n".join(b"." + line if line[:1] == b"." else line for line in lines) + b".\r\n"
