"""``mailcap dracula``, against a real server."""

import json
import os
import signal
import socket

import pytest

from cli.test_process import finish, start
from support.dracula import SECRET, DraculaDaemon, free_port


@pytest.fixture(scope="module")
def server():
    port = free_port()
    server = DraculaDaemon(f"--udp={port}", f"--tcp={port}")
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def secret(monkeypatch):
    monkeypatch.setenv("DRACULA_SECRET", SECRET)


@pytest.fixture
def dracula(mailcap, server):
    def run(*words):
        return mailcap("dracula", *words, f"--servers=127.0.0.1:{server.udp[1]}")

    return run


def test_put_count_keys(dracula):
    for _ in range(2):
        ended = dracula("put", "asdf", "--namespace=one")
        assert (ended.status, ended.out, ended.err) == (0, "", "")
    assert dracula("count", "asdf", "--namespace", "one").out == "2\n"
    assert dracula("count", "asdf").out == "0\n"
    dracula("put", "as \x1b[31m", "--namespace=one")
    assert dracula("keys", "as*", "--namespace=one").out == "1) 'as \\x1b[31m'\n2) asdf\n"
    assert dracula("keys", "none").out == "(no matched keys)\n"


def test_json(dracula):
    assert dracula("put", "a", "--json").json == {"namespace": "default", "key": "a"}
    assert dracula("count", "a", "--json").json["count"] == 1
    keys = json.loads(dracula("keys", "*", "--json").out)
    assert keys == {"namespace": "default", "keys": ["a"]}


@pytest.mark.parametrize("word", ["put", "count", "keys"])
def test_a_wrong_secret_is_said(dracula, monkeypatch, tmp_path, word):
    monkeypatch.setenv("DRACULA_SECRET", "wrong")
    ended = dracula(word, "a")
    assert (ended.status, ended.out) == (1, "")
    assert ended.err.endswith(": auth failed: packet hash invalid\n")
    (tmp_path / "secret").write_text(SECRET + "\n")
    assert dracula(word, "a", f"--secret-file={tmp_path}/secret").status == 0


@pytest.mark.parametrize("word", ["put", "count", "keys"])
def test_nobody_there_is_said(mailcap, word):
    ended = mailcap("dracula", word, "a", "--servers=127.0.0.1:1")
    assert (ended.status, ended.out) == (1, "")
    assert ended.err.startswith("mailcap: 127.0.0.1:1: ")
    assert "refused" in ended.err


def test_another_server_answers_instead(mailcap, server):
    places = f"--servers=127.0.0.1:1,127.0.0.1:{server.udp[1]}"
    assert mailcap("dracula", "count", "nothing", places).out == "0\n"
    assert mailcap("dracula", "keys", "nothing", places).status == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--servers=host:1",), "--servers: "),
        (("--timeout=0",), "--timeout: "),
        (("--timeout=nan",), "--timeout: "),
        (("--xxh64", "--secret-file=/dev/null"), "--xxh64 needs a secret"),
        (("--namespace", "n" * 65), "wrong data size"),
    ],
)
def test_mistakes_are_one_line(mailcap, words, said):
    ended = mailcap("dracula", "count", "a", *words)
    assert (ended.status, ended.out) == (1, "")
    assert ended.err.startswith(f"mailcap: {said}")
    assert ended.err.count("\n") == 1


@pytest.mark.usefixtures("data_dir")
def test_an_interrupt_is_no_traceback():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        silent.settimeout(60)
        process = start(
            *("dracula", "count", "a", "--timeout=60"),
            f"--servers=127.0.0.1:{silent.getsockname()[1]}",
        )
        silent.recv(2000)
        os.kill(process.pid, signal.SIGINT)
        assert finish(process) == (130, "", "")
