"""``mailcap user``."""

from __future__ import annotations

from argparse import Namespace

from mailcap.cli.context import opened_accounts, run
from mailcap.cli.output import Fields, moment, show_all, show_key, show_removed
from mailcap.domain.accounts import User


def add(arguments: Namespace) -> None:
    """Add a user and print the key, and nothing else: scripts capture the output."""
    with opened_accounts(arguments) as accounts:
        new = run(accounts.add_user(arguments.account, arguments.name))
    show_key(arguments, new.secret, _fields(new.user))


def list_all(arguments: Namespace) -> None:
    """Show the users of an account."""
    with opened_accounts(arguments) as accounts:
        found = run(accounts.users(arguments.account))
    show_all(arguments, [_fields(each) for each in found])


def remove(arguments: Namespace) -> None:
    """Remove a user with all keys."""
    with opened_accounts(arguments) as accounts:
        removed = run(accounts.remove_user(arguments.account, arguments.name))
    show_removed(arguments, _fields(removed))


def _fields(user: User) -> Fields:
    return {"name": user.name, "account": user.account, "created": moment(user.created)}
