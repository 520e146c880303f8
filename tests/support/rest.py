"""The REST API as any HTTP client sees it; nothing is hidden, nothing is repeated."""

import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPMessage
from urllib.parse import quote, urlencode, urlsplit

from .daemon import Access


@dataclass(frozen=True)
class Answer:
    status: int
    headers: HTTPMessage
    body: bytes

    @property
    def json(self):
        assert self.status == 200, f"{self.status}: {self.body[:500]!r}"
        return json.loads(self.body)


class Api:
    """The API, each request on a connection of its own; *key* is that of `access.env` if None."""

    def __init__(self, access: Access, key: str | None = None) -> None:
        parts = urlsplit(access.api_url)
        self._prefix = parts.path
        self._key = access.api_key if key is None else key
        self._place = (parts.hostname, parts.port)

    def request(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        **query,
    ) -> Answer:
        """Send one request; *path* is quoted already and begins behind ``/api``.

        The key is in the header, unless there are other *headers*: then these are all.
        """
        target = f"{self._prefix}{path}" + (f"?{urlencode(query)}" if query else "")
        given = {"Mailsac-Key": self._key} if headers is None else headers
        with closing(HTTPConnection(*self._place, timeout=60)) as connection:
            connection.request(method, target, body=body, headers=given)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())

    def messages(self, inbox: str, **query) -> list[dict]:
        """Return the list of an inbox, newest first, in one request."""
        return self.request("GET", f"/addresses/{quote(inbox)}/messages", **query).json

    def all_messages(self, inbox: str) -> list[dict]:
        """Return the whole list of an inbox, page by page."""
        found = page = self.messages(inbox, limit=1000)
        while len(page) == 1000:
            page = self.messages(inbox, limit=1000, before=page[-1]["_id"])
            found = found + page
        return found

    def message(self, inbox: str, message_id: str) -> dict:
        return self.request("GET", f"/addresses/{quote(inbox)}/messages/{message_id}").json

    def delete(self, inbox: str, message_id: str) -> Answer:
        return self.request("DELETE", f"/addresses/{quote(inbox)}/messages/{message_id}")

    def raw(self, inbox: str, message_id: str) -> bytes:
        """Return trace and body."""
        answer = self.request("GET", f"/raw/{quote(inbox)}/{message_id}")
        assert answer.status == 200, answer
        return answer.body
