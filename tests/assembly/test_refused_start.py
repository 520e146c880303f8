"""What cannot work is said in one line, and leaves nothing half made."""

import socket
import sqlite3

import pytest

from support.twistd import account_of, refused


@pytest.mark.parametrize("key", ["short", 'k_0123456789"; reboot; "', "k_0123456789 abcdef"])
def test_a_chosen_key_that_cannot_be_one_is_refused_before_anything_is_made(folder, key):
    (line,) = refused("--data-dir", str(folder), environment={"MAILCAP_ADMIN_KEY": key})
    assert line.startswith("mailcap: MAILCAP_ADMIN_KEY: ")
    assert key not in line
    assert not folder.exists()


def test_all_mistakes_are_reported_at_once(folder):
    lines = refused(
        *("--data-dir", str(folder)),
        *("--set", "limits.message_size=huge", "--set", "listen.smtp=tcp:1 tcp:x"),
        environment={"MAILCAP_LIMITS_RECIPIENTS": "0"},
    )
    starts = (
        "--set limits.message_size: ",
        "--set listen.smtp[1]: ",
        "MAILCAP_LIMITS_RECIPIENTS: ",
    )
    assert len(lines) == len(starts)
    for start in starts:
        assert any(line.startswith(f"mailcap: {start}") for line in lines)
    assert not folder.exists()


@pytest.mark.parametrize("wrong", [["--nonsense"], ["--data-dir"], ["nonsense"], ["--set"]])
def test_a_wrong_option_is_one_line(wrong):
    (line,) = refused(*wrong)
    assert line.startswith("mailcap: ")


def test_a_taken_port_stops_the_start_and_leaves_nothing(folder):
    with socket.create_server(("127.0.0.1", 0)) as holder:
        endpoint = f"tcp:{holder.getsockname()[1]}:interface=127.0.0.1"
        (line,) = refused("--data-dir", str(folder), "--set", f"listen.http={endpoint}")
    reason = "Address already in use"
    assert line == f"mailcap: listen.http[0]: cannot listen on {endpoint}: {reason}"
    assert not folder.exists()


def test_after_a_failed_start_the_first_one_is_still_to_come(daemon, folder):
    """Even in a folder that was there: the account is made by the start that succeeds."""
    folder.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as holder:
        endpoint = f"tcp:{holder.getsockname()[1]}:interface=127.0.0.1"
        refused("--data-dir", str(folder), "--set", f"listen.http={endpoint}")
    assert not (folder / "access.env").exists()
    assert account_of(daemon(data_dir=folder)) == "admin"


@pytest.mark.parametrize("place", ["/proc/mail/data", "/dev/null/data"])
def test_a_folder_that_cannot_be_made_is_one_line(place):
    (line,) = refused("--data-dir", place)
    assert line.startswith(f"mailcap: the data folder {place} cannot be made: ")


def test_a_folder_in_which_nothing_can_be_written_is_one_line(tmp_path):
    """Not even by root: the place of the lock is taken by a folder."""
    (tmp_path / "lock").mkdir()
    (line,) = refused("--data-dir", str(tmp_path))
    assert line == f"mailcap: {tmp_path}/lock cannot be opened: Is a directory"


def test_a_database_that_cannot_be_used_is_one_line(folder):
    (line,) = refused("--data-dir", str(folder), "--set", "storage.url=sqlite:////proc/no/mail.db")
    assert "/proc/no/mail.db" in line
    assert not folder.exists()


def test_a_second_daemon_is_refused_and_the_first_goes_on(daemon, folder):
    server = daemon(data_dir=folder)
    (line,) = refused("--data-dir", str(folder))
    in_use = f"the data folder {folder} is in use by another mailcap (process {server.pid})"
    assert line == f"mailcap: {in_use}"
    assert account_of(server) == "admin"


def test_a_second_daemon_on_the_same_database_file_is_refused(daemon, tmp_path):
    url = f"sqlite:///{tmp_path}/mail.db"
    server = daemon(data_dir=tmp_path / "one", database=url)
    (line,) = refused("--data-dir", str(tmp_path / "two"), "--set", f"storage.url={url}")
    in_use = f"the database {tmp_path}/mail.db is in use by another mailcap (process {server.pid})"
    assert line == f"mailcap: {in_use}"
    assert not (tmp_path / "two").exists()


def test_a_start_on_an_old_schema_says_what_mends_it(daemon, folder):
    server = daemon(data_dir=folder)
    server.terminate()
    with sqlite3.connect(folder / "mailcap.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '0000'")
    database.close()
    (line,) = refused("--data-dir", str(folder))
    assert "mailcap db upgrade" in line


def test_a_certificate_that_is_not_there_is_one_line(folder):
    options = ["--set=tls.certificate=/none.pem", "--set=tls.key=/none.pem"]
    (line,) = refused("--data-dir", str(folder), *options)
    reason = "/none.pem cannot be read: No such file or directory"
    assert line == f"mailcap: tls.certificate: {reason}"
    assert not folder.exists()
