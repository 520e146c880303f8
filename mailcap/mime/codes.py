"""One-time codes in a message: what somebody is asked to type in elsewhere.

A code is a number of 4 to 8 digits, perhaps in groups, or capital letters and digits such
as ``K7M-Q2X9``.  What tells it from all the other numbers in mail are the words around it,
in some thirty languages, and what is written right beside it: a currency, a month, the
name of a town.  Each text is looked through once for words and once for numbers.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from mailcap.mime import bodies, content, generated, headers
from mailcap.mime.code_words import AGAINST, FOR, STRONG
from mailcap.mime.structure import Part

MAX_CODES = 20
_MAX_TEXT = 30_000  # characters of each text that are looked through
_MAX_CANDIDATES = 2_000  # in each text

_LEAST_SCORE = 0.6
_LEAST_SHARE = 0.75  # of the best score that a code must have to stand beside that
_REACH_BEFORE = 200  # characters from a word to the code behind it
_REACH_BEHIND = 60  # from a code to the word behind it
_REACH_AGAINST = 30
_NEAR = 15
_YEARS = range(1900, 2100)

_ADDRESSES = re.compile(r"(?:https?://|www\.)[^\s<>\"]{1,2000}|[^\s<>@]{1,64}@[\w.-]{1,255}")
_CANDIDATE = re.compile(
    r"(?P<number>(?:(?<![A-Za-z0-9])[A-Z]{1,3}-)?[0-9]{1,9}(?:[ \u00a0\u2013-][0-9]{1,9}){0,9})"
    r"|(?P<mixed>[A-Z0-9]{2,8}(?:-[A-Z0-9]{2,8}){1,3}|[A-Z0-9]{4,10})"
)
_SHAPES = {(3, 3), (4, 4), (2, 2, 2), (2, 2, 2, 2), (3, 2, 3), (3, 4), (4, 3), (2, 3, 2)}
_COINED = re.compile(r"[A-Z]{4,}[0-9]{1,4}")
_SEPARATORS = re.compile(r"[ \u00a0\u2013-]")
_NEVER_BEFORE = frozenset("#$€£¥₹₽₩₺฿№〒/+@&=%~\\_*|")
_NEVER_BEHIND = frozenset("$€£¥₹₽₩₺฿%/@=_°²&+\\")
_MONEY = (
    r"(?:USD|EUR|GBP|CHF|JPY|CNY|INR|AUD|CAD|SEK|NOK|DKK|PLN|CZK|BRL|Rs\.?|kr\.?|zł|Kč|"
    r"руб)"  # noqa: RUF001
)
_MONEY_BEFORE = re.compile(rf"(?:{_MONEY}|[$€£¥₹₽₩₺฿])[ \u00a0]?\Z")
_BEHIND = re.compile(  # what makes of a number an amount, an address or a date
    rf"[ \u00a0](?:{_MONEY}(?!\w)|[$€£¥₹₽₩₺฿°]|"
    r"(?:(?:N|S|E|W|North|South|East|West)\.? )?(?:[A-Z][\w']{1,30} ){1,3}"
    r"(?:St|Street|Ave|Avenue|Rd|Road|Blvd|Boulevard|Pkwy|Parkway|Way|Drive|Dr|Lane|Ln|Court)\b|"
    r"(?:points?|pts|miles|km|kg|users|people|times|items?|steps|GB|MB|kB|KB|px|ms|views|"
    r"followers|likes|results|Uhr|Punkte|puntos)\b)"
)
_TOWN_BEHIND = re.compile(r"[ \u00a0](?!Is |Ist |To |As |For |If )[A-ZÄÖÜÉ][\wäöüéß-]{2,}")
_LETTERS_BEHIND = re.compile(r"[ \u00a0][A-Z]{2}(?![\w])")
_STATE_BEFORE = re.compile(r"(?:\b[A-Z]{2}|[a-z],)[ \u00a0]\Z")
_MONTH = re.compile(
    r"(?i)\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mär|mai|okt|dez|janv|févr|avr|août|"
    r"ene|abr|ago|dic|gen|mag|giu|lug|set|ott|янв|фев|мар|апр|мая|июн|июл|авг|сен|окт|ноя|дек)"
    r"\w{0,9}\.?,?[ ](?:[0-9]{1,2}(?:st|nd|rd|th)?,?[ ])?\Z|[0-9]{1,2}[./-][0-9]{1,2}[./-]\Z"
)
_COPYRIGHT = re.compile(r"(?i)(?:©|\(c\)|copyright|since|seit|depuis)[ \u00a0]{0,3}\Z")
_FILLERS = r"[\s:=>\"'“”„«»‘’()\[\]*–—-]*"  # noqa: RUF001
_BRIDGE = re.compile(  # what may stand between a word and its code, at most
    rf"{_FILLERS}(?:(?:is|ist|lautet|est|es|é|è|er|är|on|to|jest|je|это|は|는|은|為|为|是){_FILLERS})?\Z"
)


@dataclass(frozen=True, slots=True)
class Code:
    """A code without separators, as it stands in the *text*, and how sure that is (0 to 1)."""

    code: str
    text: str
    score: float


def find(body: bytes, root: Part) -> list[Code]:
    """Return the codes in the subject, text and HTML of the message *body*, best first."""
    chosen = bodies.choose(root)
    fields = headers.parse(body, root.start, root.content)
    texts = [fields.decoded("subject") or ""]
    if chosen.text:
        texts.append(content.text(body, chosen.text))
    if chosen.html:
        texts.append(generated.text_of_html(content.text(body, chosen.html)))
    return find_in(*texts)


def find_in(*texts: str) -> list[Code]:
    """Return the codes in *texts* that belong together, best first."""
    best: dict[str, Code] = {}
    for text in texts:
        for found in _codes(text[:_MAX_TEXT]):
            before = best.get(found.code)
            if before is None or before.score < found.score:
                best[found.code] = found
    ranked = sorted(best.values(), key=lambda one: -one.score)
    least = max(_LEAST_SCORE, ranked[0].score * _LEAST_SHARE if ranked else 0)
    return [
        replace(one, score=round(one.score, 2)) for one in ranked[:MAX_CODES] if one.score >= least
    ]


def _codes(text: str) -> Iterator[Code]:
    text = _ADDRESSES.sub(lambda found: " " * len(found[0]), text)
    words = _Words(text)
    if not words.are_there:
        return
    for found in islice(_CANDIDATE.finditer(text), _MAX_CANDIDATES):
        candidate = _number(text, found) if found["number"] else _mixed(text, found)
        if candidate is not None:
            score = _score(text, candidate, words)
            if score > 0:
                yield Code(candidate.code, candidate.text, score)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """Something that looks like a code; *doubt* says how little."""

    code: str
    text: str
    start: int
    end: int
    doubt: float = 0.0
    # Whether it is one only right behind a word that says so.
    needs_word: bool = False


def _number(text: str, found: re.Match[str]) -> _Candidate | None:
    written, start, end = found["number"], *found.span()
    prefix = re.match(r"[A-Z]+-", written)
    digits = written[prefix.end() :] if prefix else written
    groups = tuple(map(len, _SEPARATORS.split(digits)))
    code = _SEPARATORS.sub("", digits)
    if not 4 <= len(code) <= 8 or _is_part(text, start, end):  # noqa: PLR2004
        return None
    single = len(groups) == 1
    if not single and groups not in _SHAPES and set(groups) != {1}:
        return None
    if single and len(code) in (4, 5) and _is_post_code(text, start, end):
        return None
    doubtful = single and (_is_year(code) or _is_date(code))
    dated = len(groups) == 3 and "-" in digits  # noqa: PLR2004  12-03-24
    like_phone = groups in {(3, 4), (4, 3), (4, 4), (2, 2, 2, 2)}
    if doubtful and (
        _MONTH.search(text, max(0, start - 24), start) or _follows(text, start, _COPYRIGHT)
    ):
        return None
    return _Candidate(
        code, written, start, end,
        doubt=0.08 if like_phone else 0.04 * (len(code) != 6),  # noqa: PLR2004
        needs_word=doubtful or dated,
    )  # fmt: skip


def _mixed(text: str, found: re.Match[str]) -> _Candidate | None:
    written, start, end = found["mixed"], *found.span()
    code = written.replace("-", "")
    has_digit = any(one.isdigit() for one in code)
    groups = list(map(len, written.split("-")))
    if not 5 <= len(code) <= 12 or _is_part(text, start, end):  # noqa: PLR2004
        return None
    if not has_digit:  # WDJB-MJHT, but not SIGN-IN
        if groups not in ([3, 3], [4, 4]) or not _is_alone(text, start, end):
            return None
        return _Candidate(code, written, start, end, doubt=0.15, needs_word=False)
    if code.isdigit():
        return None
    # SPRING2024 is what shops think of
    doubt = 0.25 if _COINED.fullmatch(written) else 0.05
    return _Candidate(code, written, start, end, doubt=doubt)


def _score(text: str, candidate: _Candidate, words: _Words) -> float:
    """Return how sure it is that this is a code, 0 if nothing says so."""
    start, end = candidate.start, candidate.end
    if words.against(start, end):
        return 0.0
    said, place = words.speaking_for(start, end)
    if not said:
        return 0.0
    direct = place is not None and _BRIDGE.match(text, place, start) is not None
    if candidate.needs_word and not direct:
        return 0.0
    if not direct and _BEHIND.match(text, end):
        return 0.0
    alone = _is_alone(text, start, end)
    score = 0.3 + 0.45 * said + 0.14 * direct + 0.1 * alone - candidate.doubt
    return min(score, 0.99)


class _Words:
    """Where the words are that speak for a code, and against one."""

    def __init__(self, text: str) -> None:
        self._text = text
        against = list(AGAINST.finditer(text))
        taken = [(found.start(), found.end()) for found in against]
        self._against = [end for _, end in taken]
        self._against_starts = [start for start, _ in taken]
        # Of "promo code" the second word counts no longer.
        speaking = [
            found for found in FOR.finditer(text) if not self._is_inside(found.start(), taken)
        ]
        self._starts = [found.start() for found in speaking]
        self._ends = [found.end() for found in speaking]
        self._weights = [1.0 if STRONG.fullmatch(found[0]) else 0.75 for found in speaking]
        self.are_there = bool(speaking)

    def speaking_for(self, start: int, end: int) -> tuple[float, int | None]:
        """Return how much speaks for a code there, and where the word before it ends."""
        best, place = 0.0, None
        at = bisect_left(self._ends, start + 1) - 1
        for each in range(at, max(at - 4, -1), -1):
            distance = start - self._ends[each]
            if distance > _REACH_BEFORE:
                break
            place = self._ends[at]
            best = max(best, self._weights[each] * (1 - distance / (2 * _REACH_BEFORE)))
        at = bisect_left(self._starts, end)
        for each in range(at, min(at + 2, len(self._starts))):
            distance = self._starts[each] - end
            if distance > _REACH_BEHIND or "\n" in self._text[end : self._starts[each]]:
                break
            best = max(best, self._weights[each] * (0.95 - distance / (3 * _REACH_BEHIND)))
        return best, place

    def against(self, start: int, end: int) -> bool:
        """Whether a word right before, or right behind, says that it is something else.

        A word for it that stands nearer counts more.
        """
        at = bisect_left(self._against, start + 1) - 1
        if at >= 0 and start - self._against[at] <= _REACH_AGAINST:
            nearer = bisect_left(self._ends, start + 1) - 1
            if nearer < 0 or self._ends[nearer] < self._against[at]:
                return True
        at = bisect_left(self._against_starts, end)
        behind = at < len(self._against_starts) and self._against_starts[at] - end <= _NEAR // 3
        return behind and "\n" not in self._text[end : self._against_starts[at]]

    def _is_inside(self, start: int, taken: list[tuple[int, int]]) -> bool:
        at = bisect_left(self._against_starts, start + 1) - 1
        return at >= 0 and taken[at][1] > start


def _is_part(text: str, start: int, end: int) -> bool:
    """Whether it is a piece of something longer: a word, a price, a time, a phone number."""
    before, behind = text[max(0, start - 2) : start], text[end : end + 2]
    last, first = before[-1:], behind[:1]
    if last in _NEVER_BEFORE or first in _NEVER_BEHIND or _is_word(last) or _is_word(first):
        return True
    if last in ("-", "\u2013") or (first in ("-", "\u2013") and behind[1:].isalnum()):
        return True
    if last in (".", ",", ":", "'", "’") and before[:1].isdigit():  # noqa: RUF001
        return True
    if first in (".", ",", ":", "'") and behind[1:].isdigit():
        return True
    if before in (") ", ")-") and text[max(0, start - 6) : start - 2].strip("( ").isdigit():
        return True
    return _follows(text, start, _MONEY_BEFORE)


def _is_word(one: str) -> bool:
    """Whether a character goes on a number: not those of scripts without spaces."""
    return one.isalnum() and one < "\u2e80"


def _follows(text: str, start: int, what: re.Pattern[str]) -> bool:
    return what.search(text[max(0, start - 12) : start]) is not None


def _is_year(code: str) -> bool:
    return len(code) == 4 and int(code) in _YEARS  # noqa: PLR2004


def _is_date(code: str) -> bool:
    """Whether eight digits may be a day, such as 20240229."""
    if len(code) != 8:  # noqa: PLR2004
        return False
    forms = ((code[:4], code[4:6], code[6:]), (code[4:], code[2:4], code[:2]))
    return any(
        int(year) in _YEARS and 1 <= int(month) <= 12 and 1 <= int(day) <= 31  # noqa: PLR2004
        for year, month, day in forms
    )


def _is_post_code(text: str, start: int, end: int) -> bool:
    """Whether a state stands before it, or a town or two letters behind it."""
    if _follows(text, start, _STATE_BEFORE):
        return True
    if end - start == 4 and _LETTERS_BEHIND.match(text, end):  # noqa: PLR2004
        return True
    begins = not text[max(0, start - 1) : start].strip() and text[max(0, start - 2) : start] != ": "
    return begins and _TOWN_BEHIND.match(text, end) is not None


def _is_alone(text: str, start: int, end: int) -> bool:
    """Whether nothing else is on its line."""
    left = text[max(0, start - _NEAR) : start].rpartition("\n")
    right = text[end : end + _NEAR].partition("\n")
    open_left = not left[1] and start > _NEAR
    open_right = not right[1] and end + _NEAR < len(text)
    rest = left[2] + right[0]
    return not open_left and not open_right and not any(one.isalnum() for one in rest)
