"""``mailcap address``."""

from __future__ import annotations

from argparse import Namespace

from mailcap.cli.context import opened_accounts, run
from mailcap.cli.output import Fields, moment, show, show_all, show_removed
from mailcap.cli.secret import read_password
from mailcap.domain.accounts import ReservedAddress


def reserve(arguments: Namespace) -> None:
    """Reserve an address and show it."""
    with opened_accounts(arguments) as accounts:
        reserved = run(accounts.reserve_address(arguments.address, arguments.account))
    show(arguments, _fields(reserved))


def list_all(arguments: Namespace) -> None:
    """Show an account's addresses."""
    with opened_accounts(arguments) as accounts:
        found = run(accounts.addresses(arguments.account))
    show_all(arguments, [_fields(each) for each in found])


def remove(arguments: Namespace) -> None:
    """Make an address public again."""
    with opened_accounts(arguments) as accounts:
        released = run(accounts.release_address(arguments.address, arguments.account))
    show_removed(arguments, _fields(released))


def password(arguments: Namespace) -> None:
    """Set an address's own password, or take it away."""
    with opened_accounts(arguments) as accounts:
        address = run(accounts.address(arguments.address, arguments.account)).address
        chosen = None if arguments.remove else read_password(address)
        run(accounts.set_address_password(address, arguments.account, chosen))


def _fields(address: ReservedAddress) -> Fields:
    return {
        "address": address.address,
        "account": address.account,
        "catchAll": address.catch_all,
        "info": address.info,
        "created": moment(address.created),
    }
