"""All commands and their arguments."""

from __future__ import annotations

from argparse import SUPPRESS, ArgumentParser, BooleanOptionalAction
from collections.abc import Sequence
from typing import Any

from mailcap.domain.accounts import ADMIN

_EPILOG = """\
Each command explains itself: mailcap account add --help.  The database is the one
of the server whose data folder, file and settings are given, as for the daemon.
"""


def make_parser() -> ArgumentParser:
    """Return the parser; what it parses has the function to call as ``handler``."""
    parser = ArgumentParser(
        prog="mailcap",
        description="Manage a mailcap server: what it keeps, and how it is set.",
        epilog=_EPILOG,
        allow_abbrev=False,
    )
    _add_places(parser, later=False)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for add in (_account, _key, _user, _address, _domain, _db, _config, _dracula):
        add(commands)
    _leaf(commands, "env", "configuration:env", "print access.env: where and how to connect")
    return parser


def _account(commands: Any) -> None:
    actions = _group(commands, "account", "owners of keys, addresses and domains")
    add = _leaf(actions, "add", "accounts:add", "add an account with its home address")
    _add_marks(add, default=False)
    change = _leaf(actions, "set", "accounts:change", "change an account; the rest stays")
    _add_marks(change, default=None)
    _leaf(actions, "list", "accounts:list_all", "list all accounts")
    remove = _leaf(actions, "remove", "accounts:remove", "remove an account with its mail")
    password = _leaf(
        actions, "password", "accounts:password", "set an account's password", silent=True
    )
    for each in (add, change, remove, password):
        each.add_argument("name", metavar="NAME")
    _add_password(password)


def _add_marks(parser: ArgumentParser, *, default: bool | None) -> None:
    parser.add_argument(
        "--sees-public",
        action=BooleanOptionalAction,
        default=default,
        help="show all public mail in its unified inbox",
    )
    parser.add_argument(
        "--capture-private",
        action=BooleanOptionalAction,
        default=default,
        help="star what it sends, so that nobody else sees it",
    )
    for word, unit in (("message", "messages"), ("storage", "octets")):
        parser.add_argument(
            f"--{word}-limit",
            metavar="NUMBER",
            type=_Limit,
            help=f"how many {unit} it may keep, or none for no such limit",
        )


class _Limit:
    """A number, or None for the word ``none``."""

    def __init__(self, text: str) -> None:
        self.value = None if text == "none" else int(text)


def _key(commands: Any) -> None:
    actions = _group(commands, "key", "API keys, which are passwords too")
    add = _leaf(
        actions,
        "add",
        "keys:add",
        "make a key and print it: it is never shown again",
        account=True,
    )
    add.add_argument("--user", metavar="USER", help="the user of the account who gets it")
    _leaf(actions, "list", "keys:list_all", "list the keys of an account", account=True)
    remove = _leaf(actions, "remove", "keys:remove", "revoke a key", account=True)
    for each in (add, remove):
        each.add_argument("label", metavar="LABEL", help="what the key is for")


def _user(commands: Any) -> None:
    actions = _group(commands, "user", "people who use an account, with keys of their own")
    for word, text in (
        ("add", "add a user and print the first key, which is the user's password"),
        ("remove", "remove a user with all keys"),
    ):
        leaf = _leaf(actions, word, f"users:{word}", text, account=True)
        leaf.add_argument("name", metavar="NAME")
    _leaf(actions, "list", "users:list_all", "list the users of an account", account=True)


def _address(commands: Any) -> None:
    actions = _group(commands, "address", "addresses that belong to an account")
    reserve = _leaf(
        actions,
        "reserve",
        "addresses:reserve",
        "make an address private, or all of an owned domain's others (*@domain)",
        account=True,
    )
    _leaf(actions, "list", "addresses:list_all", "list an account's addresses", account=True)
    remove = _leaf(
        actions,
        "remove",
        "addresses:remove",
        "make an address public again; its mail stays",
        account=True,
        aliases=["release"],
    )
    remove.add_argument(
        "--with-messages", action="store_true", help="delete all its mail, starred mail too"
    )
    change = _leaf(
        actions, "set", "addresses:change", "change an address; the rest stays", account=True
    )
    change.add_argument("--info", metavar="TEXT", help="a note")
    change.add_argument(
        "--websocket",
        action=BooleanOptionalAction,
        help="tell programs that listen on the WebSocket of its mail",
    )
    password = _leaf(
        actions,
        "password",
        "addresses:password",
        "set an address's own password",
        account=True,
        silent=True,
    )
    for each in (reserve, change, remove, password):
        each.add_argument("address", metavar="ADDRESS")
    _add_password(password)


def _domain(commands: Any) -> None:
    actions = _group(commands, "domain", "domains whose addresses all belong to an account")
    for word, text in (("add", "give a domain to an account"), ("remove", "take it away again")):
        leaf = _leaf(actions, word, f"domains:{word}", text, account=True)
        leaf.add_argument("domain", metavar="DOMAIN")
    change = _leaf(
        actions, "set", "domains:change", "change a domain; the rest stays", account=True
    )
    change.add_argument("domain", metavar="DOMAIN")
    kinds = change.add_mutually_exclusive_group()
    kinds.add_argument(
        "--private",
        action="store_const",
        const=True,
        dest="is_private",
        help="all its addresses are the account's alone",
    )
    kinds.add_argument(
        "--public",
        action="store_const",
        const=False,
        dest="is_private",
        help="addresses that nobody reserved are public inboxes",
    )
    change.add_argument(
        "--catch-all",
        action=BooleanOptionalAction,
        help="keep mail for addresses that nobody reserved in one inbox, *@DOMAIN",
    )
    change.add_argument(
        "--websocket",
        action=BooleanOptionalAction,
        help="tell programs that listen on the WebSocket of all its mail",
    )
    _leaf(actions, "list", "domains:list_all", "list an account's domains", account=True)


def _db(commands: Any) -> None:
    actions = _group(commands, "db", "the database's tables")
    _leaf(actions, "upgrade", "database:upgrade", "bring the tables up to date")
    _leaf(actions, "check", "database:check", "tell whether the tables are up to date")


def _config(commands: Any) -> None:
    actions = _group(commands, "config", "the settings")
    _leaf(
        actions, "example", "configuration:example", "print a file with all settings", silent=True
    )
    _leaf(actions, "check", "configuration:check", "print the settings in force, or what is wrong")


def _dracula(commands: Any) -> None:
    actions = _group(commands, "dracula", "ask counting servers (twistd dracula)")
    for word, text, of in (
        ("put", "count a key once more", "the key"),
        ("count", "print how often a key was put", "the key"),
        ("keys", "list the keys with a pattern", "a pattern; * stands for anything"),
    ):
        leaf = _leaf(actions, word, f"dracula:{word}", text, places=False)
        leaf.epilog = "The secret comes from DRACULA_SECRET, or a file."
        leaf.add_argument("key", metavar="KEY", help=of)
        _add_servers(leaf)


def _add_servers(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--servers",
        metavar="A,B",
        default="127.0.0.1:3509",
        help="their IP:PORT (default: %(default)s)",
    )
    parser.add_argument(
        "--namespace",
        metavar="N",
        default="default",
        help="where the key is (default: %(default)s)",
    )
    parser.add_argument(
        "--timeout", metavar="S", type=float, default=6.0, help="seconds (default: %(default)s)"
    )
    parser.add_argument("--secret-file", metavar="FILE", help="a file with the secret")
    parser.add_argument(
        "--xxh64", action="store_true", help="sign with xxh64: as the server was told to"
    )


def _group(commands: Any, name: str, text: str) -> Any:
    parser = commands.add_parser(name, help=text, description=_sentence(text))
    return parser.add_subparsers(title="actions", metavar="ACTION", required=True)


def _leaf(
    actions: Any,
    name: str,
    handler: str,
    text: str,
    *,
    account: bool = False,
    silent: bool = False,
    places: bool = True,
    aliases: Sequence[str] = (),
) -> ArgumentParser:
    parser: ArgumentParser = actions.add_parser(
        name, help=text, description=_sentence(text), aliases=aliases, allow_abbrev=False
    )
    parser.set_defaults(handler=handler)
    if account:
        _add_account(parser)
    if not silent:
        parser.add_argument("--json", action="store_true", help="print JSON")
    if places:
        _add_places(parser, later=True)
    return parser


def _add_account(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--account", metavar="NAME", default=ADMIN, help="the account (default: %(default)s)"
    )


def _add_password(parser: ArgumentParser) -> None:
    parser.epilog = "The password is asked for, or read from standard input."
    parser.add_argument("--remove", action="store_true", help="take the password away instead")


def _add_places(parser: ArgumentParser, *, later: bool) -> None:
    """Add the daemon's own options: before the command, or after it."""
    default = SUPPRESS if later else None
    parser.add_argument("--data-dir", metavar="DIR", default=default, help="the data folder")
    parser.add_argument(
        "--config", "-c", metavar="FILE", default=default, help="a TOML file of settings"
    )
    parser.add_argument(
        "--set",
        metavar="SECTION.NAME=VALUE",
        action="append",
        # Two lists, since what follows a command would replace what precedes it.
        dest="later_options" if later else "options",
        default=[],
        help="a setting; may be repeated",
    )


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."
