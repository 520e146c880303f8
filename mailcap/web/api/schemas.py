"""What the JSON objects of the API look like, in JSON Schema (draft 2020-12).

Each schema with a ``title`` is listed once in the document that describes the API, and
referred to by that title.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]

TEXT: Schema = {"type": "string"}
WHOLE: Schema = {"type": "integer"}
SWITCH: Schema = {"type": "boolean"}
TIME: Schema = {"type": "string", "format": "date-time"}


def optional(schema: Schema) -> Schema:
    """Return the schema of what may be null, too."""
    return dict(schema) | {"type": [schema["type"], "null"]}


def nullable(schema: Schema) -> Schema:
    """Return the schema of an object with a title that may be null."""
    return {"anyOf": [schema, {"type": "null"}]}


def array(items: Schema) -> Schema:
    """Return the schema of an array of *items*."""
    return {"type": "array", "items": items}


def record(
    title: str = "", *, _more: Mapping[str, Schema] | None = None, **properties: Schema
) -> Schema:
    """Return the schema of an object that has all of these *properties*, and may have *_more*."""
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {**properties, **(_more or {})},
        "required": list(properties),
    }
    return {"title": title} | schema if title else schema


FOLDER: Schema = {"enum": ["inbox", "all", "sent", "spam", "trash", "drafts"]}

PROBLEM = record("Problem", message=TEXT)
PERSON = record("Person", address=TEXT, name=TEXT)
EMAIL_MESSAGE = record(
    "EmailMessage",
    _id=TEXT,
    **{"from": array(PERSON)},
    to=array(PERSON),
    cc=array(PERSON),
    bcc=array(PERSON),
    subject=TEXT,
    savedBy=optional(TEXT),
    inbox=TEXT,
    originalInbox=TEXT,
    domain=TEXT,
    received=TIME,
    size=WHOLE,
    attachments=array(TEXT),
    ip=optional(TEXT),
    via=optional(TEXT),
    folder=FOLDER,
    labels=array(TEXT),
    read=optional(SWITCH),
    rtls=SWITCH,
    links=array(TEXT),
    spam={"type": "number"},
)
_VALUES = array(TEXT)
_FIELD = record("HeaderField", name=TEXT, value=TEXT)
HEADERS: Schema = {
    "oneOf": [{"type": "object", "additionalProperties": _VALUES}, array(_FIELD)],
}
LEGACY_HEADERS: Schema = {
    "type": "object",
    "additionalProperties": {"oneOf": [TEXT, _VALUES]},
}
STATUS = record("Status", status=TEXT)
EMAIL_ADDRESS = record(
    "EmailAddress",
    _id=TEXT,
    forward=optional(TEXT),
    enablews=optional(SWITCH),
    enabledws=optional(SWITCH),
    webhook=optional(TEXT),
    webhookSlack=optional(TEXT),
    webhookSlackToFrom=optional(SWITCH),
    catchAll=optional(TEXT),
    password=optional(TEXT),
    info=TEXT,
    encryptedInbox=TEXT,
    implicit=SWITCH,
    # Of an address that nobody owns, or reserved, these are not known.
    _more={"owner": TEXT, "created": TIME, "updated": TIME},
)
DOMAIN = record(
    "Domain",
    _id=TEXT,
    owner=TEXT,
    isPrivate=SWITCH,
    enablews=SWITCH,
    catchAll=SWITCH,
    hosted=SWITCH,
    isDefault=SWITCH,
    verified=SWITCH,
    verifiedMx=SWITCH,
    verificationTxt=TEXT,
    lastVerificationErrors=TEXT,
    created=TIME,
    updated=TIME,
)
ACCOUNT = record(
    "Account",
    _id=TEXT,
    homeAddress=TEXT,
    seesPublic=SWITCH,
    capturePrivate=SWITCH,
    messageLimit=optional(WHOLE),
    storageLimit=optional(WHOLE),
    created=TIME,
)
KEY = record("Key", label=TEXT, user=optional(TEXT), created=TIME)
NEW_KEY = record("NewKey", key=TEXT, label=TEXT, user=optional(TEXT), created=TIME)
USER = record("User", name=TEXT, created=TIME)
NEW_USER = record("NewUser", key=TEXT, name=TEXT, created=TIME)
USER_INFO = record(
    "CurrentUserInfo",
    **dict.fromkeys(
        ("_id", "email", "invoiceEmail", "company", "address", "stripeId", "apiKeyName"), TEXT
    ),
    lastLogin=TIME,
    capturePrivate=SWITCH,
    disableSpam=SWITCH,
    **dict.fromkeys(
        (
            *("messageLimit", "privateDomain", "privateAddressCredits", "userLimit"),
            *("apiMonthlyLimit", "moAPICount", "moAPIDisabled", "moAPILimitWarningEmail"),
            *("firehose", "whitelistAccess", "allowPublicDomains", "viewAnalytics"),
            *("apiAccess", "wsDomain", "manyKeys", "internalUnlimited", "allowMultipleUsers"),
        ),
        WHOLE,
    ),
    recents=array(TEXT),
    labels=array(TEXT),
)
USER_STATS = record(
    "CurrentUserStats",
    addresses=array(TEXT),
    domains=array(TEXT),
    nonOwnedInboxes=array(TEXT),
    starredMessages=WHOLE,
    storedMessages=WHOLE,
    inboxBytes=WHOLE,
    lastMonthOps=WHOLE,
    defaultDomain=TEXT,
)
