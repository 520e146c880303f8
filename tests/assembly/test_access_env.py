"""access.env: for shells, for simple readers, and for the next start."""

import shutil
import stat
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcap.assembly.access_env import FILE_NAME, describe_access, kept_key, write_access
from mailcap.assembly.listeners import Place, Role

KEY = "k_0123456789abcdefghij"
PLACES = {
    Role("smtp", "SMTP"): Place("127.0.0.1", 2525),
    Role("submissions", "SECURE_SMTP"): Place("::1", 2465),
    Role("http"): Place("127.0.0.1", 8025),
}


def everything(**changes) -> dict[str, str]:
    parts = {"places": PLACES, "key": KEY, "ca_file": Path("/srv/my mail/ca.pem")} | changes
    return describe_access(parts["places"], key=parts["key"], ca_file=parts["ca_file"])


def test_what_is_in_it():
    assert everything() == {
        "MAILCAP_USERNAME": "admin",
        "MAILCAP_API_KEY": KEY,
        "MAILCAP_CA_FILE": "/srv/my mail/ca.pem",
        "MAILCAP_API_URL": "http://127.0.0.1:8025/api",
        "SMTP_SERVER_HOST": "127.0.0.1",
        "SMTP_SERVER_PORT": "2525",
        "SMTP_USERNAME": "admin",
        "SMTP_PASSWORD": KEY,
        "SECURE_SMTP_SERVER_HOST": "::1",
        "SECURE_SMTP_SERVER_PORT": "2465",
        "SECURE_SMTP_USERNAME": "admin",
        "SECURE_SMTP_PASSWORD": KEY,
    }


def test_without_a_key_there_are_no_secrets():
    assert [name for name in everything(key=None) if "KEY" in name or "PASSWORD" in name] == []


def test_what_is_switched_off_is_left_out():
    values = everything(places={}, ca_file=None)
    assert values == {"MAILCAP_API_KEY": KEY, "MAILCAP_USERNAME": "admin"}


def test_an_address_of_the_sixth_version_stands_in_brackets_in_a_url():
    values = everything(places={Role("http"): Place("::1", 80)})
    assert values["MAILCAP_API_URL"] == "http://[::1]:80/api"


def test_a_shell_reads_what_was_written(tmp_path):
    write_access(tmp_path, everything())
    shell = shutil.which("bash") or "sh"
    done = subprocess.run(
        [shell, "-c", f"set -eua; . {tmp_path / FILE_NAME}; env -0"],
        env={},
        capture_output=True,
        text=True,
        check=True,
    )
    found = dict(line.partition("=")[::2] for line in done.stdout.split("\0") if line)
    assert everything().items() <= found.items()


@given(value=st.text(max_size=30))
def test_no_value_could_be_read_otherwise(value, tmp_path_factory):
    """A value is written so that cutting at the first "=" and the quotes gives it back."""
    folder = tmp_path_factory.mktemp("access")
    try:
        write_access(folder, {"NAME": value})
    except ValueError:
        return
    assert not set(value) & set('"$`\\\n\r\0')
    line = (folder / FILE_NAME).read_text().split("\n")[1]
    assert line == f'NAME="{value}"'


@pytest.mark.parametrize("value", ['a"b', "$(reboot)", "`reboot`", "a\\", "a\nb", "a\0b"])
def test_what_a_shell_would_act_on_is_never_written(value, tmp_path):
    with pytest.raises(ValueError, match="NAME"):
        write_access(tmp_path, {"NAME": value})
    assert not (tmp_path / FILE_NAME).exists()


def test_only_its_owner_may_read_it(tmp_path):
    write_access(tmp_path, everything())
    assert stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode) == 0o600


def test_the_key_is_found_again(tmp_path):
    assert kept_key(tmp_path) is None
    write_access(tmp_path, everything())
    assert kept_key(tmp_path) == KEY
    write_access(tmp_path, everything(key=None))
    assert kept_key(tmp_path) is None


@pytest.mark.parametrize(
    "content",
    ["", "MAILCAP_API_KEY=", 'MAILCAP_API_KEY="a"b"', '# MAILCAP_API_KEY="a"', "\0\n\x1b"],
)
def test_what_somebody_else_wrote_there_is_no_key(tmp_path, content):
    (tmp_path / FILE_NAME).write_text(content)
    assert kept_key(tmp_path) is None
