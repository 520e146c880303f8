"""Who one is: ``/api/me``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from mailcap.domain.accounts import Account, Identity
from mailcap.web.api.shapes import iso_time
from mailcap.web.replies import Reply, json_reply
from mailcap.web.routing import Route

# What Mailsac's clients read as a number of credits, where there is no limit.
UNLIMITED = 1_000_000


class AccountRoutes:
    """The routes of the account.

    *account* finds one by its name, *clock* gives Unix seconds.
    """

    def __init__(
        self, account: Callable[[str], Awaitable[Account]], clock: Callable[[], float]
    ) -> None:
        self._account = account
        self._clock = clock

    @property
    def routes(self) -> tuple[Route, ...]:
        """The table of these routes."""
        return (Route("GET", "/api/me", self.me),)

    async def me(self, who: Identity) -> Reply:
        """Return the account whose key was used."""
        account = await self._account(who.account_name)
        now = int(self._clock() * 1000)
        return json_reply(user_info(account, who, last_login=now))


def user_info(account: Account, who: Identity, *, last_login: int) -> dict[str, Any]:
    """Return Mailsac's ``CurrentUserInfo``.

    mailcap sells nothing and counts no operations: what Mailsac limits by plan is
    allowed and unlimited here, what it bills is empty.  A key logs in anew with every
    request.
    """
    return {
        "_id": account.name,
        "email": account.home_address,
        "invoiceEmail": "",
        "company": "",
        "address": "",
        "stripeId": "",
        "apiKeyName": who.key_label or "",
        "lastLogin": iso_time(last_login),
        "capturePrivate": account.capture_private,
        "disableSpam": True,
        "messageLimit": UNLIMITED if account.message_limit is None else account.message_limit,
        "privateDomain": UNLIMITED,
        "privateAddressCredits": UNLIMITED,
        "userLimit": UNLIMITED,
        "apiMonthlyLimit": UNLIMITED,
        "moAPICount": 0,
        "moAPIDisabled": 0,
        "moAPILimitWarningEmail": 0,
        "firehose": 0,
        "whitelistAccess": 0,
        "allowPublicDomains": 1,
        "viewAnalytics": 1,
        "apiAccess": 1,
        "wsDomain": 1,
        "manyKeys": 1,
        "internalUnlimited": 1,
        "allowMultipleUsers": 1,
        "recents": [],
        "labels": [],
    }
