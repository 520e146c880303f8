"""The extensions that EHLO offers: those that are there, and no others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mailcap.smtp.login import MECHANISMS
from mailcap.smtp.settings import SMTPSettings
from mailcap.smtp.wire.grammar import VERBS
from mailcap.smtp.wire.parameters import MAIL_KEYWORDS, RCPT_KEYWORDS


@dataclass(frozen=True, slots=True)
class Extension:
    """An EHLO keyword, and what a server that offers it must understand."""

    keyword: str
    verbs: frozenset[str] = frozenset()
    mail: frozenset[str] = frozenset()
    rcpt: frozenset[str] = frozenset()

    @property
    def exists(self) -> bool:
        """Whether all of it is understood here."""
        return (
            self.verbs <= VERBS
            and self.mail <= MAIL_KEYWORDS.keys()
            and self.rcpt <= RCPT_KEYWORDS.keys()
        )


EXTENSIONS: Final = (
    Extension("PIPELINING"),  # RFC 2920
    Extension("SIZE", mail=frozenset({"SIZE"})),  # RFC 1870
    Extension("8BITMIME", mail=frozenset({"BODY"})),  # RFC 6152
    Extension("SMTPUTF8", mail=frozenset({"SMTPUTF8"})),  # RFC 6531
    Extension("CHUNKING", verbs=frozenset({"BDAT"})),  # RFC 3030
    Extension("BINARYMIME", verbs=frozenset({"BDAT"}), mail=frozenset({"BODY"})),  # RFC 3030
    Extension("ENHANCEDSTATUSCODES"),  # RFC 2034
    Extension(  # RFC 3461
        "DSN", mail=frozenset({"RET", "ENVID"}), rcpt=frozenset({"NOTIFY", "ORCPT"})
    ),
    Extension("STARTTLS", verbs=frozenset({"STARTTLS"})),  # RFC 3207
    Extension("AUTH", verbs=frozenset({"AUTH"}), mail=frozenset({"AUTH"})),  # RFC 4954
    Extension("LIMITS"),  # RFC 9422
    Extension("HELP", verbs=frozenset({"HELP"})),  # RFC 5321 section 4.1.1.8
)
_OFFERED: Final = tuple(extension.keyword for extension in EXTENSIONS if extension.exists)


def offer(settings: SMTPSettings, *, starttls: bool, auth: bool) -> list[str]:
    """Return the lines of the answer to EHLO behind its first.

    *starttls* and *auth* say whether these commands would be obeyed just now.
    """
    lines = {
        "SIZE": f"SIZE {settings.message_size}",
        "AUTH": f"AUTH {' '.join(MECHANISMS)}" if auth else "",
        "STARTTLS": "STARTTLS" if starttls else "",
        "LIMITS": f"LIMITS RCPTMAX={settings.recipients}",
    }
    return [line for keyword in _OFFERED if (line := lines.get(keyword, keyword))]
