"""``mailcap account``."""

from __future__ import annotations

from argparse import Namespace

from mailcap.cli.context import opened_accounts, run
from mailcap.cli.output import Fields, moment, show, show_all, show_removed
from mailcap.cli.secret import read_password
from mailcap.domain.accounts import Account, AccountChanges


def add(arguments: Namespace) -> None:
    """Add an account and show it."""
    with opened_accounts(arguments) as accounts:
        added = run(accounts.add_account(arguments.name, **_changes(arguments)))
    show(arguments, _fields(added))


def change(arguments: Namespace) -> None:
    """Set an account's marks and limits and show it."""
    with opened_accounts(arguments) as accounts:
        changed = run(accounts.change_account(arguments.name, **_changes(arguments)))
    show(arguments, _fields(changed))


def list_all(arguments: Namespace) -> None:
    """Show all accounts."""
    with opened_accounts(arguments) as accounts:
        found = run(accounts.accounts())
    show_all(arguments, [_fields(each) for each in found])


def remove(arguments: Namespace) -> None:
    """Remove an account."""
    with opened_accounts(arguments) as accounts:
        removed = run(accounts.remove_account(arguments.name))
    show_removed(arguments, _fields(removed))


def password(arguments: Namespace) -> None:
    """Set an account's password, or take it away."""
    with opened_accounts(arguments) as accounts:
        name = run(accounts.account(arguments.name)).name
        chosen = None if arguments.remove else read_password(name)
        run(accounts.set_password(name, chosen))


def _changes(arguments: Namespace) -> AccountChanges:
    """Return what was said; None stands for nothing."""
    changes: AccountChanges = {}
    if arguments.sees_public is not None:
        changes["sees_public"] = arguments.sees_public
    if arguments.capture_private is not None:
        changes["capture_private"] = arguments.capture_private
    if arguments.message_limit is not None:
        changes["message_limit"] = arguments.message_limit.value
    if arguments.storage_limit is not None:
        changes["storage_limit"] = arguments.storage_limit.value
    return changes


def _fields(account: Account) -> Fields:
    return {
        "name": account.name,
        "homeAddress": account.home_address,
        "seesPublic": account.sees_public,
        "capturePrivate": account.capture_private,
        "messageLimit": account.message_limit,
        "storageLimit": account.storage_limit,
        "created": moment(account.created),
    }
