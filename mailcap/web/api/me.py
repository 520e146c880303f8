"""Who one is, and what one's account has: ``/api/me``."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from mailcap.domain.accounts import Account, Identity, Usage
from mailcap.domain.errors import NotPermitted
from mailcap.services.accounts import Accounts
from mailcap.web.api.schemas import USER_INFO, USER_STATS
from mailcap.web.api.shapes import iso_time
from mailcap.web.api.walks import Walks
from mailcap.web.replies import Reply, json_reply
from mailcap.web.routing import Parameter, Result, Route

# What Mailsac's clients read as a number of credits, where there is no limit.
UNLIMITED = 1_000_000

_OTHER = Parameter(
    "account",
    str,
    spellings=("overrideAccountId",),
    help="Another account, if one is the account `admin`.",
)


class MeRoutes:
    """The routes that say who one is; *clock* gives Unix seconds."""

    def __init__(self, accounts: Accounts, clock: Callable[[], float], walks: Walks) -> None:
        self._accounts = accounts
        self._walks = walks
        self._clock = clock

    @property
    def routes(self) -> tuple[Route, ...]:
        """The table of these routes."""
        return (
            Route("GET", "/api/me", self.me, result=Result(USER_INFO)),
            Route("GET", "/api/me/stats", self.stats, (_OTHER,), result=Result(USER_STATS)),
        )

    async def me(self, who: Identity) -> Reply:
        """Return the account whose key was used."""
        account = await self._accounts.account(who.account_name)
        now = int(self._clock() * 1000)
        return json_reply(user_info(account, who, last_login=now))

    async def stats(self, who: Identity, *, account: str | None) -> Reply:
        """Return what the account has: addresses, domains, messages."""
        name = account or who.account_name
        if name.lower() != who.account_name and not who.is_admin:
            raise NotPermitted("Only the account admin may look at others.")
        usage = await self._walks.of(who, partial(self._accounts.usage, name))
        return json_reply(user_stats(usage))


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


def user_stats(usage: Usage) -> dict[str, Any]:
    """Return Mailsac's ``CurrentUserStats``; operations are not counted."""
    return {
        "addresses": usage.addresses,
        "domains": usage.domains,
        "nonOwnedInboxes": usage.starred_inboxes,
        "starredMessages": usage.starred,
        "storedMessages": usage.messages,
        "inboxBytes": usage.octets,
        "lastMonthOps": 0,
        "defaultDomain": "",
    }
