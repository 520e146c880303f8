"""The real ``twistd dracula`` in a process of its own, and sockets that talk to it."""

import os
import re
import signal
import socket
import subprocess
import sysconfig
from collections.abc import Mapping
from pathlib import Path

from .daemon import Log, clean_environment, is_trouble

READY = "dracula is ready"
SECRET = "very-secure3"

_TWISTD = Path(sysconfig.get_path("scripts")) / "twistd"
_PATIENCE = 60.0  # seconds for anything that a healthy server does in one
_PLACE = re.compile(r" (udp|tcp|http|prom): listening on (\S+):([0-9]+)$", re.MULTILINE)

Address = tuple[str, int]


def free_port() -> int:
    """Return a port that is free for UDP and TCP: clients expect both at one place."""
    while True:
        with (
            socket.create_server(("127.0.0.1", 0)) as tcp,
            socket.socket(type=socket.SOCK_DGRAM) as udp,
        ):
            try:
                udp.bind(tcp.getsockname())
            except OSError:
                continue
            port: int = tcp.getsockname()[1]
            return port


class DraculaDaemon:
    """A counting server on ports that the system chooses, unless *options* say otherwise.

    `udp`, `tcp`, `http` and `prom` are where it listens, *before* words in front of the
    command, such as ``taskset``.
    """

    udp: Address
    tcp: Address
    http: Address
    prom: Address

    def __init__(
        self,
        *options: str,
        environment: Mapping[str, str] | None = None,
        before: tuple[str, ...] = (),
    ) -> None:
        ports = ("--udp=0", "--tcp=0", "--http=127.0.0.1:0", "--prom=127.0.0.1:0")
        self._process = subprocess.Popen(
            [*before, str(_TWISTD), "-n", "--pidfile=", "dracula", *ports, *options],
            cwd="/",
            env=clean_environment() | {"DRACULA_SECRET": SECRET} | dict(environment or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        self.pid = self._process.pid
        self.log = Log(self._process)
        assert self.log.wait_for(READY), str(self.log)
        for name, host, port in _PLACE.findall(str(self.log)):
            setattr(self, name, (host, int(port)))

    def stop(self) -> None:
        """End it as an operator does; it must have lived until then, without a traceback."""
        if self._process.returncode is not None:
            return
        os.kill(self.pid, signal.SIGTERM)
        assert self._process.wait(_PATIENCE) == -signal.SIGTERM, str(self.log)
        self.log.finish()
        assert not any(map(is_trouble, self.log.lines)), str(self.log)

    def ask(self, octets: bytes) -> bytes:
        """Return the answer to a datagram."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.settimeout(_PATIENCE)
            asking.connect(self.udp)
            asking.send(octets)
            return asking.recv(65536)

    def converse(self, octets: bytes) -> bytes:
        """Return all that comes back over a connection that sends *octets* and then ends."""
        with socket.create_connection(self.tcp, timeout=_PATIENCE) as talking:
            talking.sendall(octets)
            talking.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: talking.recv(65536), b""))
