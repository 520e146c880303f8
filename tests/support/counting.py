"""Whether every message that was acknowledged is there, and only once."""

from collections import Counter

from .load import Letter, Load
from .rest import Api


def subjects(api: Api, load: Load) -> dict[str, Counter[str]]:
    """Return for each inbox how often it holds each letter."""
    return {
        inbox: Counter(message["subject"] for message in api.all_messages(inbox))
        for inbox in load.inboxes()
    }


def copies(letter: Letter, found: dict[str, Counter[str]]) -> set[int]:
    return {found[recipient][letter.token] for recipient in letter.recipients}


def check(api: Api, load: Load) -> None:
    """Every letter with a 250 is there once for each recipient, others once or never.

    What the server's last word has refused is never there.
    """
    found = subjects(api, load)
    wrong = [each for each in load.acknowledged.values() if copies(each, found) != {1}]
    odd = [each for each in load.unanswered.values() if copies(each, found) not in ({0}, {1})]
    assert not [each for each in load.refused.values() if copies(each, found) != {0}]
    assert not wrong, [(each, copies(each, found)) for each in wrong]
    assert not odd
    known = load.acknowledged.keys() | load.unanswered.keys()
    assert {subject for inbox in found.values() for subject in inbox} <= known
