"""Sessions as scripts: what the client says, and what it must hear.

``C:`` lines are sent with CR LF.  Those that follow each other directly are sent at
once, as a client does that pipelines.  ``S:`` lines are what must come back, no more
and no less; ``...`` in one stands for anything.  ``S: (closed)`` is the
end, and ``TLS`` a handshake.  In ``C:`` lines ``\\r``, ``\\n``, ``\\0`` and ``\\xNN``
are those octets.
"""

import re
from itertools import groupby

from connection.certificates import client_side
from connection.wires import Client


def play(client: Client, script: str) -> None:
    """Play *script*; a failure names its line."""
    lines = [
        (number, *line.strip().partition(" ")[::2])
        for number, line in enumerate(script.splitlines(), 1)
        if line.strip()
    ]
    heard = b""
    for kind, group in groupby(lines, key=lambda line: line[1]):
        if kind == "TLS":
            assert heard == b""
            client.start_tls(client_side())
        elif kind == "C:":
            assert heard == b"", f"also heard {heard!r}"
            heard = client.send(b"".join(_octets(text) + b"\r\n" for _, _, text in group))
        elif kind == "S:":
            heard = _compare(client, heard or client.read(), group)
        else:
            raise ValueError(f"{kind} is nothing that a script knows")
    assert heard == b"", f"also heard {heard!r}"


def _compare(client: Client, heard: bytes, group) -> bytes:
    for number, _, expected in group:
        if expected == "(closed)":
            assert heard == b""
            assert client.closed, f"line {number}: the connection is open"
            continue
        line, end, heard = heard.partition(b"\r\n")
        text = line.decode()
        pattern = ".*".join(map(re.escape, expected.split("...")))
        assert re.fullmatch(pattern, text, re.DOTALL), (
            f"line {number}: expected {expected!r}, heard {text!r}"
        )
        assert end, f"line {number}: {text!r} has no end"
    return heard


def _octets(text: str) -> bytes:
    return (
        text.encode().decode("unicode_escape").encode("latin-1") if "\\" in text else text.encode()
    )
