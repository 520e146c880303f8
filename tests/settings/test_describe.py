"""The settings written down."""

import tomllib
from pathlib import Path

from mailcap.settings import load
from mailcap.settings.describe import example, in_force
from mailcap.settings.load import entries

SHIPPED = Path(__file__).parents[2] / "config" / "mailcap.toml"


def read(text: str, tmp_path: Path):
    file = tmp_path / "settings.toml"
    file.write_text(text)
    return load(data_dir="/srv", config=str(file), environment={})


def test_the_shipped_example_is_current():
    assert SHIPPED.read_text() == example(), "run: mailcap config example > config/mailcap.toml"


def test_the_example_changes_nothing(tmp_path):
    assert read(example(), tmp_path) == load(data_dir="/srv", environment={})


def test_the_example_shows_every_setting_with_its_default(tmp_path):
    """Taking away the signs in front of settings still changes nothing."""
    lines = example().splitlines(keepends=True)
    said = "".join(line.removeprefix("#") if line[1:2].isalpha() else line for line in lines)
    tables = tomllib.loads(said)
    assert {f"{section}.{name}" for section, table in tables.items() for name in table} == {
        entry.path for entry in entries()
    }
    assert read(said, tmp_path) == load(data_dir="/srv", environment={})


def test_the_example_helps_with_every_setting():
    lines = example().splitlines()
    for entry in entries():
        place = next(n for n, line in enumerate(lines) if line.startswith(f"#{entry.name} = "))
        assert lines[place - 1].startswith("# ")
        assert entry.help.endswith(".")
    assert all(len(line) <= 88 for line in lines if " = { " not in line)  # a table is one line


def test_what_is_in_force_can_be_read_again(tmp_path):
    options = [
        "listen.smtp=tcp:25 unix:/run/x",
        "limits.message_size=3 MiB",
        "limits.smtp_idle=90",
        "proxy.networks=10.0.0.0/8 ::1",
        "tls.certificate=/c.pem",
        "tls.key=/k.pem",
        "server.name=mx.example",
        "storage.url=sqlite:////srv/m.db",
        "authentication.plaintext_auth=never",
    ]
    settings = load(data_dir="/srv", environment={}, options=options)
    assert read(in_force(settings), tmp_path) == settings


def test_what_is_in_force_names_the_data_folder_and_no_secret():
    url = "storage.url=postgresql://jane:geheim@db.example/mail"
    text = in_force(load(data_dir="/srv/here", environment={}, options=[url]))
    assert "/srv/here" in text
    assert "db.example" in text
    assert "geheim" not in text
