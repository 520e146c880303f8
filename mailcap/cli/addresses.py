"""``mailcap address``."""

from __future__ import annotations

from argparse import Namespace

from mailcap.cli.context import opened_accounts, run
from mailcap.cli.output import Fields, moment, show, show_all, show_removed
from mailcap.cli.secret import read_password
from mailcap.domain.accounts import AddressChanges, ReservedAddress
from mailcap.domain.errors import InvalidValue


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


def change(arguments: Namespace) -> None:
    """Change what is set of an address and show it."""
    changes: AddressChanges = {}
    if arguments.info is not None:
        changes["info"] = arguments.info
    if arguments.websocket is not None:
        changes["enablews"] = arguments.websocket
    if not changes:
        raise InvalidValue(f"Nothing was said about what to change of {arguments.address}.")
    with opened_accounts(arguments) as accounts:
        changed = run(accounts.change_address(arguments.address, arguments.account, **changes))
    show(arguments, _fields(changed))


def remove(arguments: Namespace) -> None:
    """Make an address public again."""
    with opened_accounts(arguments) as accounts:
        released = run(
            accounts.release_address(
                arguments.address, arguments.account, with_messages=arguments.with_messages
            )
        )
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
        "enablews": address.enablews,
        "password": "set" if address.has_password else None,
        "created": moment(address.created),
    }
