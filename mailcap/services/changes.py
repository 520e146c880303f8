"""What may be set of accounts and addresses."""

from __future__ import annotations

from urllib.parse import urlsplit

from mailcap.domain.accounts import AccountChanges, AddressChanges
from mailcap.domain.addresses import parse_address
from mailcap.domain.errors import InvalidAddress, InvalidValue

_LONGEST_URL = 2048  # characters
_LONGEST_INFO = 1024
_LARGEST_LIMIT = 2**53 - 1  # what JSON carries everywhere


def check_account_changes(changes: AccountChanges) -> AccountChanges:
    """Return *changes* if an account can have them, else raise `InvalidValue`."""
    for name, limit in (
        ("messages", changes.get("message_limit")),
        ("octets", changes.get("storage_limit")),
    ):
        if limit is not None and not 0 <= limit <= _LARGEST_LIMIT:
            raise InvalidValue(f"A limit of {name} is a number from 0 to {_LARGEST_LIMIT}.")
    return changes


def check_address_changes(changes: AddressChanges) -> AddressChanges:
    """Return *changes*, folded, if an address can have them, else raise `InvalidValue`.

    Whose address mail is forwarded to only the store knows.
    """
    checked = changes.copy()
    info = changes.get("info", "")
    if len(info) > _LONGEST_INFO or not info.replace("\n", "").isprintable():
        raise InvalidValue(f"info: this has more than {_LONGEST_INFO} characters, or odd ones.")
    if forward := changes.get("forward"):
        try:
            checked["forward"] = parse_address(forward).inbox
        except InvalidAddress as error:
            raise InvalidValue(f"forward: this is no e-mail address: {error}.") from None
    for name, url in (
        ("webhook", changes.get("webhook")),
        ("webhookSlack", changes.get("webhook_slack")),
    ):
        if url is not None:
            _check_url(name, url)
    return checked


def _check_url(name: str, url: str) -> None:
    if len(url) > _LONGEST_URL:
        raise InvalidValue(f"{name}: a URL has at most {_LONGEST_URL} characters.")
    # Each of these is read in one way here and in another by whoever makes the request.
    if not url.isascii() or not url.isprintable() or any(sign in url for sign in ' \\"<>^`{|}'):
        raise InvalidValue(f"{name}: a URL has neither spaces nor signs that need encoding.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise InvalidValue(f"{name}: this is no URL.") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
        raise InvalidValue(f"{name}: this is no URL of http or https with a host.")
    if "@" in parts.netloc:
        raise InvalidValue(f"{name}: a URL must not have a user name or password.")
