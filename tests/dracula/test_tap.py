"""Options: what is read, and what stops the start with a line."""

import socket
import subprocess

import pytest

from mailcap.dracula.places import Place
from mailcap.dracula.settings import DraculaSettings, Secret
from mailcap.dracula.tap import Options
from support.daemon import clean_environment
from support.twistd import TWISTD


@pytest.fixture(autouse=True)
def no_secret_from_outside(monkeypatch):
    monkeypatch.delenv("DRACULA_SECRET", raising=False)


def read(*words):
    options = Options()
    options.parseOptions(list(words))
    return options.settings


def problems(capsys, *words):
    with pytest.raises(SystemExit) as end:
        read(*words)
    assert capsys.readouterr().out == ""
    return str(end.value).splitlines()


def test_out_of_the_box_all_is_on_the_loopback():
    settings = read()
    assert settings == DraculaSettings()
    assert (settings.interface, settings.udp, settings.tcp) == ("127.0.0.1", 3509, 3509)
    assert settings.http == Place("127.0.0.1", 3510)
    assert (settings.metrics, settings.ttl, settings.peers) == (None, 60, ())


def test_all_options(monkeypatch, tmp_path):
    monkeypatch.setenv("DRACULA_SECRET", "hush")
    settings = read(
        *("--udp=1", "--tcp=2", "--http=[::1]:3", "--interface=10.0.0.1", "--ttl=90"),
        *("--peers=10.0.0.1:1,10.0.0.2:1", "--self=10.0.0.1:1", "--prom=10.0.0.1:4"),
        *("--memory=16", "--xxh64"),
    )
    peers = (Place("10.0.0.1", 1), Place("10.0.0.2", 1))
    assert settings == DraculaSettings(
        udp=1,
        tcp=2,
        http=Place("::1", 3),
        interface="10.0.0.1",
        ttl=90,
        peers=peers,
        own=peers[0],
        metrics=Place("10.0.0.1", 4),
        memory=16 * 2**20,
        secret=Secret(octets=b"hush", true_hash=True),
    )
    assert "hush" not in repr(settings)
    assert read("--http=").http is None
    (tmp_path / "secret").write_bytes(b"from \xff file\r\n")
    assert read(f"--secret-file={tmp_path}/secret").secret.octets == b"from \xff file"


def test_all_mistakes_are_said_at_once(capsys):
    words = ["--udp=x", "--tcp=70000", "--http=localhost:1", "--interface=eth0", "--ttl=1"]
    words += ["--peers=host:1", "--prom=1", "--memory=0", "--xxh64"]
    assert [line.split(": ")[1] for line in problems(capsys, *words)] == [
        *("--udp", "--tcp", "--interface", "--http", "--prom", "--ttl", "--memory", "--peers"),
        "peer list and self peer ip:port are required together",
        "--xxh64 needs a secret, in DRACULA_SECRET or a file",
    ]


@pytest.mark.parametrize("word", ["--peers=1.2.3.4:1", "--self=1.2.3.4:1"])
def test_peers_and_self_need_each_other(capsys, word):
    assert problems(capsys, word) == [
        "mailcap: peer list and self peer ip:port are required together"
    ]


def test_a_secret_is_no_option(capsys):
    (line,) = problems(capsys, "--secret=hush")
    assert line == "mailcap: --secret: others see arguments; use DRACULA_SECRET or --secret-file"
    assert "none/such" in problems(capsys, "--secret-file=none/such")[0]


def test_a_taken_port_is_one_line():
    with socket.create_server(("127.0.0.1", 0)) as holder:
        place = f"127.0.0.1:{holder.getsockname()[1]}"
        done = subprocess.run(
            [TWISTD, "-n", "--pidfile=", "dracula", "--udp=0", "--tcp=0", f"--http={place}"],
            env=clean_environment(),
            cwd="/",
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == f"mailcap: --http: cannot listen on {place}: Address already in use\n"
    assert "Traceback" not in done.stdout
