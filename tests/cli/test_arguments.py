"""Words that a shell hands over: understood, refused, and never secret."""

from argparse import ArgumentParser, Namespace, _SubParsersAction
from importlib import import_module

import pytest

from mailcap.cli.parser import make_parser


def leaves(parser: ArgumentParser, words: tuple[str, ...] = ()):
    """Yield each complete command with its parser."""
    groups = [each for each in parser._actions if isinstance(each, _SubParsersAction)]
    if not groups:
        yield words, parser
    for group in groups:
        for word, each in group.choices.items():
            yield from leaves(each, (*words, word))


COMMANDS = dict(leaves(make_parser()))


def test_all_commands_that_were_promised_are_there():
    assert set(COMMANDS) == {
        *(("account", word) for word in ("add", "set", "list", "remove", "password")),
        *(("key", word) for word in ("add", "list", "remove")),
        *(("address", word) for word in ("reserve", "set", "list", "remove", "release")),
        ("address", "password"),
        *(("domain", word) for word in ("add", "set", "list", "remove")),
        *(("user", word) for word in ("add", "list", "remove")),
        *(("db", word) for word in ("upgrade", "check")),
        *(("config", word) for word in ("example", "check")),
        *(("dracula", word) for word in ("put", "count", "keys")),
        ("env",),
    }


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_each_leads_to_a_function_that_explains_itself(words):
    module, _, function = COMMANDS[words].get_default("handler").partition(":")
    assert getattr(import_module(f"mailcap.cli.{module}"), function).__doc__


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_each_has_help(mailcap, words):
    ended = mailcap(*words, "--help")
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.startswith(f"usage: mailcap {words[0]}")


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_none_takes_a_secret(words):
    """Whoever may list processes sees all arguments."""
    allowed = {"help", "json", "data_dir", "config", "later_options", "account"}
    allowed |= {"name", "label", "address", "domain", "remove", "sees_public", "capture_private"}
    allowed |= {"key", "servers", "namespace", "timeout", "secret_file", "xxh64"}
    allowed |= {"message_limit", "storage_limit", "user", "is_private", "catch_all", "websocket"}
    allowed |= {"info", "with_messages"}
    assert {each.dest for each in COMMANDS[words]._actions} <= allowed


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_each_shows_json_unless_it_shows_nothing(words):
    has_json = any(each.dest == "json" for each in COMMANDS[words]._actions)
    assert has_json == (words[-1] not in ("password", "example"))


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("account",),
        ("accounts", "list"),
        ("account", "add"),
        ("account", "add", "a", "b"),
        ("account", "list", "--jso"),
        ("account", "password", "bob", "hunter2"),
        ("key", "add"),
        ("key", "add", "ci", "--account"),
        ("config", "check", "--set"),
        ("--no-such-option", "env"),
    ],
    ids=" ".join,
)
def test_a_mistake_in_the_arguments_is_status_2(mailcap, words):
    ended = mailcap(*words)
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith("usage: mailcap")
    assert "error: " in ended.err


def parse(*words: str) -> Namespace:
    return make_parser().parse_args(words)


@pytest.mark.parametrize(
    "words",
    [
        ("--data-dir", "d", "--config", "c", "account", "list"),
        ("account", "list", "--data-dir", "d", "--config", "c"),
        ("--data-dir=x", "-cx", "account", "list", "--data-dir=d", "-c", "c"),
    ],
    ids=" ".join,
)
def test_places_are_named_before_or_after_the_command(words):
    parsed = parse(*words)
    assert (parsed.data_dir, parsed.config) == ("d", "c")


def test_settings_before_and_after_the_command_all_count(mailcap):
    ended = mailcap(
        "--set",
        "limits.recipients=1",
        "--set",
        "limits.errors=2",
        "config",
        "check",
        "--set",
        "limits.recipients=3",
        "--json",
    )
    assert ended.json["limits"]["recipients"] == 3
    assert ended.json["limits"]["errors"] == 2


def test_one_commands_settings_are_not_the_nexts():
    parse("--set", "a.b=c", "env", "--set", "d.e=f")
    parsed = parse("env")
    assert (parsed.options, parsed.later_options) == ([], [])
