"""Every fragment in ``news/`` is one that towncrier will collect."""

import re
import tomllib
from pathlib import Path

PROJECT = Path(__file__).parents[2]
CONFIGURATION = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["towncrier"]
KINDS = {each["directory"] for each in CONFIGURATION["type"]}
FRAGMENTS = sorted(PROJECT.glob("news/[!.]*"))


def test_fragments_are_named_after_a_known_kind():
    """None is left behind a release, so there may be none."""
    kinds = "|".join(KINDS)
    odd = [
        each.name
        for each in FRAGMENTS
        if not re.fullmatch(rf"(\d+|\+[a-z0-9-]+)\.({kinds})\.md", each.name)
    ]
    assert odd == [], f"news/<issue>.<kind>.md or news/+<word>.<kind>.md, kind: {kinds}"


def test_fragments_are_whole_sentences():
    texts = [each.read_text() for each in FRAGMENTS]
    assert [text for text in texts if not re.match("[A-Z`]|mailcap", text)] == []
    assert [text for text in texts if not text.endswith(".\n")] == []


def test_the_changelog_has_the_place_where_releases_go():
    assert (PROJECT / "CHANGELOG.md").read_text().count(CONFIGURATION["start_string"]) == 1
