"""Programs that send mail, each told the same thing in its own words."""

import base64
import json
import re
import smtplib
import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .daemon import Access, Service
from .programs import NODE_FOLDER, find

_PATIENCE = 60  # seconds
_SENDER = "from@sender.example"


@dataclass(frozen=True)
class Way:
    """How to reach the server: *tls* is none, starttls or implicit."""

    role: str
    tls: str
    mechanism: str | None

    def __str__(self) -> str:
        return f"{self.role}-{self.tls}-{self.mechanism or 'anonymous'}"


WAYS = [
    Way("smtp", "none", None),
    Way("smtp", "starttls", None),
    Way("smtp", "starttls", "PLAIN"),
    Way("submission", "starttls", "PLAIN"),
    Way("submission", "starttls", "LOGIN"),
    Way("submissions", "implicit", "PLAIN"),
    Way("submissions", "implicit", "LOGIN"),
]


@dataclass(frozen=True)
class Errand:
    """One message for one recipient, sent to a server in a certain way."""

    access: Access
    way: Way
    recipient: str
    body: bytes
    folder: Path

    @property
    def service(self) -> Service:
        return getattr(self.access, self.way.role)


def send_with_smtplib(errand: Errand) -> None:
    service, way = errand.service, errand.way
    trust = ssl.create_default_context(cafile=errand.access.ca_file)
    options = {"context": trust} if way.tls == "implicit" else {}
    kind = smtplib.SMTP_SSL if way.tls == "implicit" else smtplib.SMTP
    with kind(*service.address, timeout=_PATIENCE, **options) as client:
        if way.tls == "starttls":
            client.starttls(context=trust)
        client.ehlo_or_helo_if_needed()
        if way.mechanism:
            client.user, client.password = service.username, service.password
            method = getattr(client, f"auth_{way.mechanism.lower()}")
            assert client.auth(way.mechanism, method)[0] == 235
        assert client.sendmail(_SENDER, [errand.recipient], errand.body) == {}


def send_with_swaks(errand: Errand) -> None:
    service, way = errand.service, errand.way
    message = errand.folder / "swaks.eml"
    message.write_bytes(errand.body.removesuffix(b"\r\n"))  # it adds one
    words = [find("swaks"), "--server", service.host, "--port", str(service.port)]
    words += ["--from", _SENDER, "--to", errand.recipient, "--data", f"@{message}"]
    words += {"none": [], "starttls": ["--tls"], "implicit": ["--tls-on-connect"]}[way.tls]
    if way.tls != "none":
        words += ["--tls-verify", "--tls-ca-path", errand.access.ca_file]
    if way.mechanism:
        words += ["--auth", way.mechanism]
        words += ["--auth-user", service.username, "--auth-password", service.password]
    said = _run(words)
    assert re.search(r"^<[-~]  250 2\.0\.0 OK : queued as \S+$", said, re.MULTILINE), said


def send_with_curl(errand: Errand) -> None:
    service, way = errand.service, errand.way
    scheme = "smtps" if way.tls == "implicit" else "smtp"
    words = [find("curl"), "--silent", "--show-error", "--upload-file", "-"]
    words += ["--url", f"{scheme}://{service.host}:{service.port}"]
    words += ["--mail-from", _SENDER, "--mail-rcpt", errand.recipient]
    if way.tls != "none":
        words += ["--ssl-reqd", "--cacert", errand.access.ca_file]
    if way.mechanism:
        words += ["--user", f"{service.username}:{service.password}"]
        words += ["--login-options", f"AUTH={way.mechanism}"]
    _run(words, standard_input=errand.body)


def send_with_nodemailer(errand: Errand) -> None:
    service, way = errand.service, errand.way
    transport = {
        "host": service.host,
        "port": service.port,
        "secure": way.tls == "implicit",
        "requireTLS": way.tls == "starttls",
        "ignoreTLS": way.tls == "none",
        "tls": {"ca": Path(errand.access.ca_file).read_text()},
    }
    if way.mechanism:
        transport["authMethod"] = way.mechanism
        transport["auth"] = {"user": service.username, "pass": service.password}
    order = {
        "transport": transport,
        "envelope": {"from": _SENDER, "to": [errand.recipient]},
        "raw": base64.b64encode(errand.body).decode(),
    }
    said = _run([find("node"), str(NODE_FOLDER / "send.js")], json.dumps(order).encode())
    assert json.loads(said)["accepted"] == [errand.recipient]


def _run(words: list[str], standard_input: bytes = b"") -> str:
    done = subprocess.run(
        words, check=False, input=standard_input, capture_output=True, timeout=_PATIENCE
    )
    said = done.stdout.decode(errors="replace")
    assert done.returncode == 0, f"{words}\n{said}\n{done.stderr.decode(errors='replace')}"
    return said
