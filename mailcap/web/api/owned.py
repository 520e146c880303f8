"""What belongs to accounts, as JSON objects: addresses, domains, keys, users."""

from __future__ import annotations

from typing import Any

from mailcap.domain.accounts import Account, Key, OwnedDomain, ReservedAddress, User
from mailcap.services.addresses import Shown
from mailcap.web.api.shapes import iso_time


def email_address(shown: Shown) -> dict[str, Any]:
    """Return Mailsac's ``EmailAddress``; without ``owner`` it is nobody's.

    ``enabledws`` is how Mailsac's own specification misspells ``enablews``.
    """
    standing = shown.standing
    # Of one that nobody reserved nothing is set.
    found = standing.reserved or ReservedAddress(address=standing.inbox, account="")
    owner = {} if standing.owner is None else {"owner": standing.owner}
    times = {"created": iso_time(found.created), "updated": iso_time(found.updated)}
    return {
        "_id": found.address,
        **owner,
        "forward": found.forward,
        "enablews": found.enablews,
        "enabledws": found.enablews,
        "webhook": found.webhook,
        "webhookSlack": found.webhook_slack,
        "webhookSlackToFrom": found.webhook_slack_to_from,
        "catchAll": found.catch_all,
        "password": "set" if found.has_password else None,
        "info": found.info,
        "encryptedInbox": shown.alias,
        "implicit": standing.is_implicit,
        **(times if standing.reserved else {}),
    }


def domain_object(domain: OwnedDomain) -> dict[str, Any]:
    """Return Mailsac's ``Domain``: whatever an operator gave to an account is verified."""
    return {
        "_id": domain.name,
        "owner": domain.account,
        "isPrivate": domain.is_private,
        "enablews": domain.enablews,
        "catchAll": domain.catch_all,
        "hosted": False,
        "isDefault": False,
        "verified": True,
        "verifiedMx": True,
        "verificationTxt": "",
        "lastVerificationErrors": "",
        "created": iso_time(domain.created),
        "updated": iso_time(domain.updated),
    }


def account_object(account: Account) -> dict[str, Any]:
    """Return an account as those see it who manage it."""
    return {
        "_id": account.name,
        "homeAddress": account.home_address,
        "seesPublic": account.sees_public,
        "capturePrivate": account.capture_private,
        "messageLimit": account.message_limit,
        "storageLimit": account.storage_limit,
        "created": iso_time(account.created),
    }


def key_object(key: Key) -> dict[str, Any]:
    """Return a key without its secret."""
    return {"label": key.label, "user": key.user, "created": iso_time(key.created)}


def user_object(user: User) -> dict[str, Any]:
    """Return a user."""
    return {"name": user.name, "created": iso_time(user.created)}
