"""``mailcap domain``."""

from __future__ import annotations

from argparse import Namespace

from mailcap.cli.context import opened_accounts, run
from mailcap.cli.output import Fields, moment, show, show_all, show_removed
from mailcap.domain.accounts import DomainChanges, OwnedDomain


def add(arguments: Namespace) -> None:
    """Give a domain to an account and show it."""
    with opened_accounts(arguments) as accounts:
        added = run(accounts.add_domain(arguments.domain, arguments.account))
    show(arguments, _fields(added))


def change(arguments: Namespace) -> None:
    """Change a domain and show it."""
    changes: DomainChanges = {}
    if arguments.is_private is not None:
        changes["is_private"] = arguments.is_private
    if arguments.websocket is not None:
        changes["enablews"] = arguments.websocket
    with opened_accounts(arguments) as accounts:
        changed = run(
            accounts.change_domain(
                arguments.domain, arguments.account, catch_all=arguments.catch_all, **changes
            )
        )
    show(arguments, _fields(changed))


def list_all(arguments: Namespace) -> None:
    """Show an account's domains."""
    with opened_accounts(arguments) as accounts:
        found = run(accounts.domains(arguments.account))
    show_all(arguments, [_fields(each) for each in found])


def remove(arguments: Namespace) -> None:
    """Take a domain from its account."""
    with opened_accounts(arguments) as accounts:
        removed = run(accounts.remove_domain(arguments.domain, arguments.account))
    show_removed(arguments, _fields(removed))


def _fields(domain: OwnedDomain) -> Fields:
    return {
        "domain": domain.name,
        "account": domain.account,
        "isPrivate": domain.is_private,
        "enablews": domain.enablews,
        "catchAll": domain.catch_all,
        "created": moment(domain.created),
    }
