"""``mailcap key``."""

from __future__ import annotations

from argparse import Namespace

from mailcap.cli.context import opened_accounts, run
from mailcap.cli.output import Fields, moment, show_all, show_key, show_removed
from mailcap.domain.accounts import Key


def add(arguments: Namespace) -> None:
    """Make a key and print it, and nothing else: scripts capture the output."""
    with opened_accounts(arguments) as accounts:
        new = run(accounts.add_key(arguments.account, arguments.label, user=arguments.user))
    show_key(arguments, new.secret, _fields(new.key))


def list_all(arguments: Namespace) -> None:
    """Show an account's keys, without what is secret."""
    with opened_accounts(arguments) as accounts:
        found = run(accounts.keys(arguments.account))
    show_all(arguments, [_fields(each) for each in found])


def remove(arguments: Namespace) -> None:
    """Revoke a key."""
    with opened_accounts(arguments) as accounts:
        removed = run(accounts.remove_key(arguments.account, arguments.label))
    show_removed(arguments, _fields(removed))


def _fields(key: Key) -> Fields:
    return {
        "label": key.label,
        "account": key.account,
        "user": key.user,
        "created": moment(key.created),
    }
