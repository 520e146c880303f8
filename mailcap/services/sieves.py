"""Leaving out at once most messages that are not looked for.

To read what is stored about a message takes several times as long as to find out that a
text is nowhere in it.  A sieve may keep what is not looked for, but loses nothing that is.
"""

from __future__ import annotations

import json
import re

from mailcap.domain.survey_store import Sieve
from mailcap.mime.summary import CURRENT

# JSON shows these as they are, however often it is wrapped in JSON.
_PLAIN = re.compile(r"[ !#-\[\]-~]+")
_SUMMARY = json.dumps(CURRENT.decode())[:-1]  # how one of this version begins, in JSON
_ESCAPE = "\\u"  # behind this may be any character


def having(text: str) -> Sieve | None:
    """Return what keeps a message that has *text*, in upper or lower case, in any field.

    What has no summary of this version is kept, too.  None if *text* may look otherwise
    in what is stored.
    """
    folded = text.casefold()
    if not _PLAIN.fullmatch(folded):
        return None

    def sieve(stored: str) -> bool:
        return folded in stored.casefold() or _ESCAPE in stored or _SUMMARY not in stored

    return sieve
