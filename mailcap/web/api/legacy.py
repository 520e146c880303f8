"""Routes that programs written for Mailsac call, and that have nothing to do here."""

from __future__ import annotations

from mailcap.domain.accounts import Identity
from mailcap.web.api.schemas import PROBLEM, SWITCH, record
from mailcap.web.problems import problem_reply
from mailcap.web.replies import Reply, json_reply
from mailcap.web.routing import Result, Route

_GONE = 410


class LegacyRoutes:
    """The routes of what there is no need for."""

    @property
    def routes(self) -> tuple[Route, ...]:
        """The table of these routes."""
        return (
            Route("POST", "/api/auth/logout", self.log_out, result=Result(record(ok=SWITCH))),
            Route(
                "POST",
                "/api/outgoing-messages",
                self.send,
                result=Result(PROBLEM, status=_GONE),
            ),
        )

    async def log_out(self, _who: Identity) -> Reply:
        """Do nothing, successfully: a key is a login for one request."""
        return json_reply({"ok": True})

    async def send(self, _who: Identity) -> Reply:
        """Refuse to send: mail that cannot leave reaches nobody by mistake."""
        return problem_reply(_GONE, "mailcap captures mail and never sends any.")
