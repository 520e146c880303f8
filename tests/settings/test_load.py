"""Where settings come from, and every mistake at once."""

import os
import subprocess
import sys
from ipaddress import ip_network
from pathlib import Path

import pytest

from mailcap.domain.errors import ConfigurationError
from mailcap.settings import Settings, load
from mailcap.settings.load import changes, entries


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def settings(**arguments) -> Settings:
    return load(**{"data_dir": "/srv/mailcap", "environment": {}} | arguments)


def mistakes(**arguments) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        settings(**arguments)
    return list(caught.value.problems)


def config(text: str, name: str = "mailcap.toml") -> str:
    Path(name).write_text(text)
    return name


def test_nothing_needs_to_be_set():
    assert settings() == Settings(data_dir=Path("/srv/mailcap"))


def test_what_holds_out_of_the_box():
    found = settings()
    assert found.listen.smtp == ("tcp:2525:interface=127.0.0.1",)
    assert found.listen.submission == ("tcp:5587:interface=127.0.0.1",)
    assert found.listen.submissions == ("tcp:2465:interface=127.0.0.1",)
    assert found.listen.http == ("tcp:8025:interface=127.0.0.1",)
    assert found.limits.message_size == 25 * 1024 * 1024
    assert found.limits.recipients == 1000
    assert found.limits.command_line == 2048
    assert found.limits.smtp_idle == 300
    assert found.limits.json_body == 1024 * 1024
    assert found.retention.public_age == 30 * 24 * 3600
    assert found.retention.public_per_inbox == 0
    assert found.authentication.plaintext_auth == "loopback"
    assert found.authentication.trusted_networks == (
        ip_network("127.0.0.0/8"),
        ip_network("::1/128"),
    )
    assert found.accounts.home_domain == "home.mailcap"
    assert found.database.text == "sqlite:////srv/mailcap/mailcap.db"


def test_the_later_source_counts():
    config("[limits]\nrecipients = 1\ncommands = 1\nerrors = 1\n")
    found = settings(
        environment={"MAILCAP_LIMITS_COMMANDS": "2", "MAILCAP_LIMITS_ERRORS": "2"},
        options=["limits.errors=3", "limits.errors=4"],
    )
    assert (found.limits.recipients, found.limits.commands, found.limits.errors) == (1, 2, 4)


@pytest.mark.parametrize("entry", list(entries()), ids=lambda entry: entry.path)
def test_every_setting_can_be_given_in_each_way(entry):
    """The default of each, said aloud, is the default; and nonsense is refused by name."""
    shown = entry.kind.show(entry.default)
    config(f"[{entry.section}]\n{entry.name} = {shown}\n")
    assert settings() == Settings(data_dir=Path("/srv/mailcap"))
    assert mistakes(options=[f"{entry.path}=\0"])[0].startswith(f"--set {entry.path}")
    assert mistakes(environment={entry.variable: "\0"})[0].startswith(entry.variable)
    config(f"[{entry.section}]\n{entry.name} = 2026-11-21\n")
    assert mistakes()[0].startswith(entry.path)


def test_a_list_in_the_environment_is_separated_by_spaces_and_empty_is_off():
    found = settings(
        environment={"MAILCAP_LISTEN_SMTP": "tcp:25  tcp:26", "MAILCAP_LISTEN_HTTP": ""}
    )
    assert found.listen.smtp == ("tcp:25", "tcp:26")
    assert found.listen.http == ()


def test_an_option_may_contain_equals_signs_and_spaces():
    found = settings(options=["listen.smtp=tcp:0:interface=127.0.0.1 tcp:1:backlog=2"])
    assert found.listen.smtp == ("tcp:0:interface=127.0.0.1", "tcp:1:backlog=2")


def test_toml_has_lists_texts_and_numbers():
    config(
        """
        [listen]
        smtp = ["tcp:25", "unix:/run/a b"]
        [limits]
        message_size = "50 MiB"
        smtp_idle = 30
        [proxy]
        networks = ["10.0.0.0/8"]
        """
    )
    found = settings()
    assert found.listen.smtp == ("tcp:25", "unix:/run/a b")
    assert found.limits.message_size == 50 * 2**20
    assert found.limits.smtp_idle == 30
    assert found.proxy.networks == (ip_network("10.0.0.0/8"),)


def test_all_mistakes_are_reported_at_once_each_with_its_path():
    config("[listen]\nsmtp = ['telepathy:25', 'tcp:1', 'tcp:x']\n[limits]\nrecipients = 0\n")
    found = mistakes(
        environment={
            "MAILCAP_LIMITS_MESSAGE_SIZE": "huge",
            "MAILCAP_LISTEN_SMTP": "tcp:1 tcp:99999",
            "MAILCAP_DATA_DIR": "/unused",
        },
        options=["limits.errors=-1", "retention.public_age=soon", "nonsense"],
        data_dir="a$b",
    )
    starts = [
        "listen.smtp[0]: ",
        "listen.smtp[2]: ",
        "limits.recipients: ",
        "MAILCAP_LIMITS_MESSAGE_SIZE: ",
        "MAILCAP_LISTEN_SMTP[1]: ",
        "--set limits.errors: ",
        "--set retention.public_age: ",
        "--set: ",
        "--data-dir: ",
    ]
    assert sorted(start for start in starts for line in found if line.startswith(start)) == sorted(
        starts
    )
    assert len(found) == len(starts)


def test_a_setting_that_does_not_exist_is_a_mistake():
    config("[limits]\nmesage_size = 1\n[nosuch]\nx = 1\n")
    found = mistakes(options=["limits.recipient=5"])
    assert found == [
        "limits.mesage_size: there is no such setting; did you mean limits.message_size?",
        "nosuch.x: there is no such setting",
        "--set limits.recipient: there is no such setting; did you mean limits.recipients?",
    ]


def test_a_setting_outside_of_any_section_is_a_mistake():
    config("message_size = 5\n'\\x1b' = 1\n")
    assert mistakes() == [
        "message_size: this is not in any [section]",
        "\\x1b: this is not in any [section]",
    ]


def test_a_file_that_is_not_toml_is_one_mistake():
    name = config("[limits\n")
    assert len(mistakes()) == 1
    assert mistakes()[0].startswith(f"{Path.cwd() / name}: ")
    assert "line 1" in mistakes()[0]


def test_a_file_that_is_not_text_is_one_mistake():
    Path("mailcap.toml").write_bytes(b"\xff\xfe")
    assert len(mistakes()) == 1


def test_only_a_file_that_was_named_must_be_there():
    assert settings(config=None) == Settings(data_dir=Path("/srv/mailcap"))
    assert mistakes(config="other.toml") == [f"{Path.cwd()}/other.toml: No such file or directory"]


def test_a_named_file_is_read_instead_of_the_usual_one():
    config("[limits]\nrecipients = 1\n")
    other = config("[limits]\ncommands = 2\n", "other.toml")
    found = settings(config=other)
    assert (found.limits.recipients, found.limits.commands) == (1000, 2)


def test_a_folder_is_no_file():
    Path("mailcap.toml").mkdir()
    assert mistakes() == [f"{Path.cwd()}/mailcap.toml: this is no file"]


def test_a_pipe_is_not_waited_for():
    os.mkfifo("mailcap.toml")
    assert mistakes() == [f"{Path.cwd()}/mailcap.toml: this is no file"]


def test_a_file_that_goes_too_deep():
    config("x = " + "[" * 20_000 + "]" * 20_000)
    assert len(mistakes()) == 1


def test_paths_are_relative_to_the_file_that_names_them(tmp_path):
    (tmp_path / "etc").mkdir()
    name = config(
        "[tls]\ncertificate = 'c.pem'\nkey = '/k.pem'\n[storage]\nurl = 'sqlite:///m.db'\n",
        "etc/mailcap.toml",
    )
    found = settings(config=name)
    assert found.tls.certificate == tmp_path / "etc/c.pem"
    assert found.tls.key == Path("/k.pem")
    assert found.database.text == f"sqlite:///{tmp_path}/etc/m.db"


def test_other_paths_are_relative_to_this_folder(tmp_path):
    found = settings(
        data_dir="data",
        environment={"MAILCAP_STORAGE_URL": "sqlite:///m.db"},
        options=["tls.ca=ca.pem"],
    )
    assert found.data_dir == tmp_path / "data"
    assert found.database.file == tmp_path / "m.db"
    assert found.tls.ca == tmp_path / "ca.pem"


@pytest.mark.parametrize(
    ("option", "environment", "expected"),
    [
        ("/a", {"MAILCAP_DATA_DIR": "/b", "XDG_DATA_HOME": "/c"}, "/a"),
        (None, {"MAILCAP_DATA_DIR": "/b", "XDG_DATA_HOME": "/c"}, "/b"),
        (None, {"XDG_DATA_HOME": "/c"}, "/c/mailcap"),
        (None, {"MAILCAP_DATA_DIR": "", "XDG_DATA_HOME": ""}, "/home/jane/.local/share/mailcap"),
        (None, {"XDG_DATA_HOME": "relative"}, "/home/jane/.local/share/mailcap"),
        ("~/mail", {}, "/home/jane/mail"),
    ],
)
def test_the_data_folder(option, environment, expected, monkeypatch):
    monkeypatch.setenv("HOME", "/home/jane")
    assert settings(data_dir=option, environment=environment).data_dir == Path(expected)


def test_a_certificate_needs_its_key_and_the_other_way_round():
    both = "tls.certificate and tls.key: only one of them is set"
    assert mistakes(options=["tls.certificate=c.pem"]) == [both]
    assert mistakes(options=["tls.key=k.pem"]) == [both]
    assert settings(options=["tls.key=k.pem", "tls.certificate=c.pem"]).tls.key


@pytest.mark.parametrize(
    ("small", "shown", "what"),
    [
        ("limits.message_size", '"25 MiB"', "message"),
        ("limits.json_body", '"25 MiB"', "request"),
    ],
)
def test_what_may_be_in_memory_has_room_for_the_largest(small, shown, what):
    sizes = {"limits.message_size": "1 MiB", "limits.json_body": "1 MiB", small: "25 MiB"}
    options = [f"{name}={value}" for name, value in sizes.items()]
    (problem,) = mistakes(options=[*options, "limits.bytes_in_flight=24 MiB"])
    assert problem.startswith(f'limits.bytes_in_flight ("24 MiB") is less than {small} ({shown}): ')
    assert problem.endswith(f"the largest {what} would never fit")
    assert settings(options=[*options, "limits.bytes_in_flight=25 MiB"])


def test_defaults_count_in_a_contradiction():
    (problem,) = mistakes(options=["limits.bytes_in_flight=1 MiB"])
    assert '("1 MiB") is less than limits.message_size ("25 MiB")' in problem


@pytest.mark.parametrize(
    ("options", "where"),
    [
        (("limits.message_size=huge", "limits.bytes_in_flight=1 MiB"), "limits.message_size"),
        (("limits.message_size=30 MiB", "limits.bytes_in_flight=?"), "limits.bytes_in_flight"),
        (("tls.certificate=c.pem", "tls.key=$k"), "tls.key"),
    ],
)
def test_what_cannot_be_read_contradicts_nothing(options, where):
    (problem,) = mistakes(options=options)
    assert problem.startswith(f"--set {where}: ")


def test_one_warning_names_all_unknown_variables():
    warnings: list[str] = []
    settings(
        environment={
            "MAILCAP_SERVER_NMAE": "x",
            "MAILCAP_FOO": "y",
            "MAILCAP_\x1b[2J": "w",
            "MAILCAPPY": "z",
            "HOME": "/",
            "MAILCAP_DB_PORT": "5432",
        },
        warn=warnings.append,
    )
    assert len(warnings) == 1
    names = warnings[0].partition(": ")[2].split(", ")
    assert names == [
        "'MAILCAP_\\x1b[2J'",
        "MAILCAP_DB_PORT",
        "MAILCAP_FOO",
        "MAILCAP_SERVER_NMAE",
    ]


def test_our_own_variables_and_those_of_kubernetes_cause_no_warning():
    warnings: list[str] = []
    settings(
        environment={
            "MAILCAP_ADMIN_KEY": "k",
            "MAILCAP_DATA_DIR": "/d",
            "MAILCAP_API_URL": "u",
            "MAILCAP_API_KEY": "k",
            "MAILCAP_USERNAME": "admin",
            "MAILCAP_CA_FILE": "/ca.pem",
            "MAILCAP_PORT": "tcp://10.0.0.1:25",
            "MAILCAP_SERVICE_HOST": "10.0.0.1",
            "MAILCAP_SERVICE_PORT": "25",
            "MAILCAP_SERVICE_PORT_SMTP": "25",
            "MAILCAP_PORT_25_TCP": "tcp://10.0.0.1:25",
            "MAILCAP_PORT_25_TCP_PROTO": "tcp",
            "MAILCAP_WEB_PORT": "tcp://10.0.0.2:80",
            "MAILCAP_WEB_SERVICE_HOST": "10.0.0.2",
            "MAILCAP_WEB_PORT_80_TCP_ADDR": "10.0.0.2",
        },
        warn=warnings.append,
    )
    assert warnings == []


def test_a_port_that_is_no_link_of_kubernetes_is_unknown():
    warnings: list[str] = []
    settings(environment={"MAILCAP_PORT": "2525"}, warn=warnings.append)
    assert "MAILCAP_PORT" in warnings[0]


def test_no_secret_is_repeated():
    url = "postgresql://jane:geheim@h/d"
    found = settings(environment={"MAILCAP_STORAGE_URL": url})
    assert found.database.text == url
    assert "geheim" not in f"{found} {found!r} {found.storage.url}"
    wrong = [f"storage.url=mysql{url}", f"storage.url={url} x", url]
    assert "geheim" not in "".join(mistakes(options=wrong))
    config(f"[storage]\nurl = ['{url}']\n")
    assert "geheim" not in "".join(mistakes())


def test_the_name_is_the_machines_unless_it_is_set(monkeypatch):
    monkeypatch.setattr("socket.gethostname", lambda: "laptop")
    assert settings().host_name == "laptop"
    assert settings(options=["server.name=MX.example"]).host_name == "mx.example"


def test_every_section_can_be_written_in_the_environment_without_doubt():
    variables = [entry.variable for entry in entries()]
    assert len(variables) == len(set(variables))


def test_loading_needs_neither_twisted_nor_anything_else_that_is_slow():
    script = (
        "import sys\nfrom mailcap.settings import load\nload()\n"
        "slow = {'twisted', 'sqlalchemy', 'klein', 'cryptography', 'tomllib'}\n"
        "print(slow & {name.partition('.')[0] for name in sys.modules})"
    )
    path = os.pathsep.join(sys.path)
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": path, "HOME": "/"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "set()\n"


def test_relative_paths_start_where_the_daemon_was_started(tmp_path, monkeypatch):
    config('[tls]\ncertificate = "c.pem"\nkey = "k.pem"')
    started = Path.cwd()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    found = settings(
        data_dir="data", here=started, environment={"MAILCAP_TLS_CA": "ca.pem"}, options=[]
    )
    assert found.data_dir == started / "data"
    assert found.tls.certificate == started / "c.pem"
    assert found.tls.ca == started / "ca.pem"


def test_what_of_new_settings_holds_without_a_restart():
    old = settings(options=["limits.recipients=7"])
    new = settings(
        data_dir="/elsewhere",
        options=[
            "limits.recipients=8",
            "throttling.public=inbox=5",
            "listen.smtp=tcp:25",
            "server.name=mx.example",
        ],
    )
    found, changed, waiting = changes(old, new)
    assert changed == ["limits.recipients", "throttling.public"]
    assert waiting == ["listen.smtp", "server.name"]
    assert found == settings(options=["limits.recipients=8", "throttling.public=inbox=5"])
    assert changes(found, found) == (found, [], [])
