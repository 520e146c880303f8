import json
import os
import re
import sqlite3
import tomllib

import psycopg
import pytest

from mailcap.assembly.files import claim_folder

ACCESS = '# made by a test\nMAILCAP_API_URL="http://127.0.0.1:8025/api"\nMAILCAP_USERNAME="admin"\n'


class TestDatabase:
    def test_check_tells_the_revision(self, mailcap):
        ended = mailcap("db", "check")
        assert (ended.status, ended.err) == (0, "")
        assert ended.out.split()[0] == "revision"
        assert ended.out.split()[1] == mailcap("db", "check", "--json").json["revision"]

    def test_upgrade_leaves_what_is_up_to_date(self, mailcap):
        before = mailcap("db", "check", "--json").json
        assert mailcap("db", "upgrade", "--json").json == before
        assert mailcap("account", "list", "--json").json[0]["name"] == "admin"

    def test_no_daemon_is_at_work_while_the_tables_change(self, mailcap, data_dir):
        with sqlite3.connect(data_dir / "mailcap.db") as database:
            database.execute("UPDATE alembic_version SET version_num = '0000'")
        database.close()
        claim = claim_folder(data_dir)
        in_use = f"the data folder {data_dir} is in use by another mailcap (process {os.getpid()})"
        assert mailcap("db", "upgrade").err == f"mailcap: {in_use}\n"
        claim.close()
        ended = mailcap("db", "upgrade")  # there never was such a schema
        assert (ended.status, ended.out) == (1, "")
        assert "The upgrade failed and was undone: " in ended.err
        assert ended.err.count("\n") == 1

    def test_beside_a_daemon_there_is_nothing_to_upgrade(self, mailcap, data_dir):
        claim = claim_folder(data_dir)
        assert mailcap("db", "upgrade").status == 0
        claim.close()

    @pytest.mark.parametrize(
        "words", [("db", "check"), ("account", "list"), ("key", "add", "ci")], ids=" ".join
    )
    def test_another_schema_is_refused(self, mailcap, data_dir, words):
        with sqlite3.connect(data_dir / "mailcap.db") as database:
            database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.close()
        ended = mailcap(*words)
        assert (ended.status, ended.out) == (1, "")
        assert "newer" in ended.err
        assert ended.err.count("\n") == 1

    @pytest.mark.parametrize(
        "words",
        [("account", "list"), ("key", "add", "ci"), ("db", "check"), ("db", "upgrade")],
        ids=" ".join,
    )
    def test_a_mistyped_folder_does_not_become_a_server(self, mailcap, tmp_path, words):
        (tmp_path / "typo").mkdir()
        for folder in ("typo", "nowhere"):
            ended = mailcap(*words, "--data-dir", str(tmp_path / folder))
            assert (ended.status, ended.out) == (1, "")
            assert "There is no database" in ended.err
            assert "start mailcap first" in ended.err
            assert ended.err.count("\n") == 1
        assert list((tmp_path / "typo").iterdir()) == []
        assert not (tmp_path / "nowhere").exists()

    @pytest.mark.parametrize(
        "words",
        [("account", "list"), ("key", "add", "ci"), ("db", "check"), ("db", "upgrade")],
        ids=" ".join,
    )
    def test_an_empty_database_stays_empty(self, mailcap, postgres_url, words):
        ended = mailcap(*words, "--set", f"storage.url={postgres_url}")
        assert (ended.status, ended.out) == (1, "")
        assert re.fullmatch(r"mailcap: .* is empty: start mailcap first .*\n", ended.err)
        with psycopg.connect(postgres_url) as connection:
            tables = connection.execute("SELECT relname FROM pg_class WHERE relkind = 'r'")
            assert [name for (name,) in tables if not name.startswith(("pg_", "sql_"))] == []

    def test_what_is_no_database_is_said(self, mailcap, tmp_path):
        (tmp_path / "mailcap.db").write_bytes(b"a picture, or anything else" * 100)
        ended = mailcap("account", "list", "--data-dir", str(tmp_path))
        assert ended.status == 1
        assert ended.err.startswith("mailcap: ")
        assert ended.err.count("\n") == 1


class TestConfig:
    def test_example_is_a_file_that_changes_nothing(self, mailcap, tmp_path):
        example = mailcap("config", "example")
        assert (example.status, example.err) == (0, "")
        assert not any(tomllib.loads(example.out).values())
        (tmp_path / "all.toml").write_text(example.out)
        plain = mailcap("config", "check")
        assert mailcap("config", "check", "--config", "all.toml") == plain

    def test_check_shows_what_is_in_force(self, mailcap, data_dir):
        ended = mailcap("config", "check", "--set", "limits.recipients=7")
        assert (ended.status, ended.err) == (0, "")
        assert tomllib.loads(ended.out)["limits"]["recipients"] == 7
        shown = mailcap("config", "check", "--json", "--set", "limits.recipients=7").json
        assert shown["data_dir"] == str(data_dir)
        assert shown["limits"]["recipients"] == 7

    def test_check_reports_all_mistakes_at_once(self, mailcap, tmp_path):
        (tmp_path / "bad.toml").write_text('[limits]\nrecipients = "many"\nunknown = 1\n')
        ended = mailcap("config", "check", "-c", "bad.toml", "--set", "accounts.home_domain=a b")
        assert (ended.status, ended.out) == (1, "")
        lines = ended.err.splitlines()
        assert all(line.startswith("mailcap: ") for line in lines)
        for path in ("limits.recipients", "limits.unknown", "accounts.home_domain"):
            assert sum(path in line for line in lines) == 1

    def test_check_shows_no_password_of_the_database(self, mailcap):
        url = "postgresql://me:hunter2@db.example/mailcap"
        for options in ((), ("--json",)):
            ended = mailcap("config", "check", "--set", f"storage.url={url}", *options)
            assert ended.status == 0
            assert "hunter2" not in ended.out
            assert "db.example" in ended.out

    def test_a_variable_that_is_no_setting_is_a_warning(self, mailcap, monkeypatch):
        monkeypatch.setenv("MAILCAP_NO_SUCH_THING", "1")
        ended = mailcap("account", "list", "--json")
        assert ended.status == 0
        assert ended.json[0]["name"] == "admin"
        assert ended.err.startswith("mailcap: ")
        assert "MAILCAP_NO_SUCH_THING" in ended.err


class TestEnv:
    def test_it_prints_the_file(self, mailcap, data_dir):
        (data_dir / "access.env").write_text(ACCESS)
        ended = mailcap("env")
        assert (ended.status, ended.out, ended.err) == (0, ACCESS, "")

    def test_it_gives_programs_an_object(self, mailcap, data_dir):
        (data_dir / "access.env").write_text(ACCESS)
        assert json.loads(mailcap("env", "--json").out) == {
            "MAILCAP_API_URL": "http://127.0.0.1:8025/api",
            "MAILCAP_USERNAME": "admin",
        }

    def test_without_one_it_says_so(self, mailcap, data_dir):
        ended = mailcap("env")
        assert (ended.status, ended.out) == (1, "")
        assert str(data_dir / "access.env") in ended.err
        assert ended.err.count("\n") == 1

    @pytest.mark.parametrize("content", [b"\xff", b'A="b', b"nonsense"])
    def test_what_somebody_else_wrote_there_is_said(self, mailcap, data_dir, content):
        (data_dir / "access.env").write_bytes(content)
        ended = mailcap("env", "--json")
        assert (ended.status, ended.out) == (1, "")
        assert ended.err == f"mailcap: {data_dir}/access.env is not as mailcap writes it.\n"

    def test_it_needs_no_database(self, mailcap, data_dir):
        (data_dir / "mailcap.db").unlink()
        (data_dir / "access.env").write_text(ACCESS)
        assert mailcap("env").status == 0
