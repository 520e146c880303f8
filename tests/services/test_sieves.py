"""A sieve loses nothing that is looked for, whatever is in the messages."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailcap.domain.messages import Message
from mailcap.mime.summary import Summary, decode
from mailcap.services.matching import AllOf, AnyOf, Condition
from mailcap.services.sieves import having
from support.stores import Bench, run

# Letters that become others when their case is folded, and what JSON shows otherwise.
ODD = 'aKks\u212a\u017f\u00df\ufb01fi\u0130"\\/u \x7f\x1f\n\u00e9.@0041'
texts = st.text(ODD, max_size=6)
needles = st.text(ODD, min_size=1, max_size=3)


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def bench(request, tmp_path_factory) -> Iterator[Bench]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('sieves')}/mailcap.db"
    else:
        url = request.getfixturevalue("postgres_server").create_database()
    bench = Bench(url)
    yield bench
    bench.close()


def walk(bench: Bench, sieve=None) -> list[Message]:
    walked = bench.store.surveys.walk_unified(bench.admin, below=None, most=1, sieve=sieve)
    return list(run(walked)[0])


@given(subject=texts, sender=texts, envelope=texts, needle=needles)
@example(subject="\u212a", sender="", envelope="", needle="k")
@example(subject="", sender="", envelope="\u212a", needle="k")
@example(subject="", sender="", envelope='"a', needle='"')
def test_nothing_is_lost(bench: Bench, subject, sender, envelope, needle) -> None:
    bench.deliver("bob@example.com", mail_from=envelope)
    (stored,) = walk(bench)
    summary = Summary(subject=subject, from_=((sender, ""),))
    run(bench.store.mail.save_summaries({stored.body: summary.encode()}))
    conditions: list[Condition] = [AnyOf(needle), AllOf(subject=needle), AllOf(sender=needle)]
    (message,) = walk(bench)
    for condition in conditions:
        if condition(message, decode(message.summary)):
            assert walk(bench, condition.sieve) == [message]


def test_what_has_no_summary_yet_is_kept(bench: Bench) -> None:
    bench.deliver("bob@example.com", header=b"Subject: needle\r\n\r\n")
    (message,) = walk(bench, having("nowhere"))
    old = Summary().encode().replace(b"1", b"0", 1)
    run(bench.store.mail.save_summaries({message.body: old}))
    assert walk(bench, having("nowhere")) == [replace(message, summary=old)]
    run(bench.store.mail.save_summaries({message.body: Summary(subject="Needle").encode()}))
    assert walk(bench, having("nowhere")) == []
    assert len(walk(bench, having("nEEdle"))) == 1


@pytest.mark.parametrize("text", ["", '"', "a\\b", "\u00e9", "a\nb", "\x7f"])
def test_no_sieve_for_what_is_stored_otherwise(text: str) -> None:
    assert having(text) is None
