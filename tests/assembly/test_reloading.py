"""What SIGHUP does to a running daemon."""

import signal
from pathlib import Path

import pytest

from mailcap.assembly.reloading import Reloading
from mailcap.settings import Settings, load
from support.daemon import Daemon
from support.smtp import Client

STRICT = """
[throttling]
trusted_networks = []
longest_delay = 0
public = { inbox = 4 }
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "mailcap.toml"


def hang_up(server: Daemon, expected: str) -> str:
    """Send SIGHUP, and return what the log says then up to the line with *expected*."""
    before = len(server.log.lines)
    server.signal(signal.SIGHUP)
    assert server.log.wait_for(expected, behind=before)
    return "".join(server.log.lines[before:])


def taken(server: Daemon, inbox: str) -> int:
    """Return how many messages for *inbox* are taken, of ten."""
    with Client(server.access.smtp) as client:
        client.expect(250, "EHLO client")
        for number in range(10):
            client.expect(250, "MAIL FROM:<>")
            if client.command(f"RCPT TO:<{inbox}@capture.example>").code != 250:
                return number
            assert client.data(b"Subject: x\r\n\r\n").code == 250
    return 10


def test_new_settings_hold_at_once_and_broken_ones_not_at_all(daemon, file):
    file.write_text("")
    server = daemon(config=file)
    assert taken(server, "a") == 10

    file.write_text(STRICT)
    said = hang_up(server, "SIGHUP: changed")
    assert "throttling.trusted_networks, throttling.public, throttling.longest_delay\n" in said
    assert taken(server, "b") == 5

    file.write_text(STRICT.replace("4", '"four"') + "[limits]\nrecipients = 0\nlots = 1\n[x\n")
    said = hang_up(server, "stay as they were")
    assert "mailcap.toml: Expected ']'" in said
    file.write_text(STRICT.replace("4", '"four"') + "[limits]\nrecipients = 0\nlots = 1\n")
    said = hang_up(server, "stay as they were")
    assert "throttling.public.inbox: 'four' is not a whole number\n" in said
    assert "limits.recipients: 0 is less than 1\n" in said
    assert "limits.lots: there is no such setting" in said
    assert taken(server, "c") == 5

    file.unlink()
    hang_up(server, "mailcap.toml: No such file or directory")
    assert taken(server, "d") == 5


def test_what_needs_a_restart_is_named_and_the_rest_changes(daemon, file):
    file.write_text('[limits]\nrecipients = 1\n[server]\nname = "before.example"\n')
    server = daemon(config=file)
    with Client(server.access.smtp) as old:
        file.write_text('[limits]\nrecipients = 2\n[server]\nname = "after.example"\n')
        hang_up(server, "SIGHUP: needs a restart to change: server.name")
        server.log.wait_for("SIGHUP: changed: limits.recipients")
        with Client(server.access.smtp) as new:
            assert new.expect(250, "EHLO client").lines[0] == "before.example Hello"
            assert "LIMITS RCPTMAX=2" in new.expect(250, "EHLO client").lines
        assert "LIMITS RCPTMAX=1" in old.expect(250, "EHLO client").lines


def test_options_count_more_than_the_file_as_at_the_start(daemon, file):
    file.write_text("[limits]\nrecipients = 1\n")
    server = daemon(config=file, settings={"limits.recipients": 5})
    file.write_text("[limits]\nrecipients = 2\n")
    hang_up(server, "SIGHUP: changed: nothing")


def test_what_was_applied_is_what_later_settings_are_compared_with():
    first = load(data_dir="/srv", environment={})
    second = load(data_dir="/srv", environment={}, options=["limits.recipients=2"])
    read = [second, second, first]
    applied: list[Settings] = []
    reloading = Reloading(first, lambda: read.pop(0), applied.append)
    for _ in range(3):
        reloading.reload()
    assert applied == [second, first]
