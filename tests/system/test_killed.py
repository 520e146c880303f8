"""A 250 is a promise: it outlives any end of the process, at any moment."""

from collections import Counter
from random import Random

from support.load import Letter, Load
from support.rest import Api

CONNECTIONS = 50
KILLS = 10


def subjects(api: Api, load: Load) -> dict[str, Counter[str]]:
    """Return for each inbox how often it holds each letter."""
    return {
        inbox: Counter(message["subject"] for message in api.all_messages(inbox))
        for inbox in load.inboxes()
    }


def copies(letter: Letter, found: dict[str, Counter[str]]) -> set[int]:
    return {found[recipient][letter.token] for recipient in letter.recipients}


def check(api: Api, load: Load) -> None:
    """Every letter with a 250 is there once for each recipient, others once or never."""
    found = subjects(api, load)
    lost = [each for each in load.acknowledged.values() if copies(each, found) != {1}]
    odd = [each for each in load.unanswered.values() if copies(each, found) not in ({0}, {1})]
    assert not lost
    assert not odd
    known = load.acknowledged.keys() | load.unanswered.keys()
    assert {subject for inbox in found.values() for subject in inbox} <= known


def check_one_body(api: Api, load: Load) -> None:
    """The last letter answered, on which the least work can have been done since."""
    letter = next(reversed(load.acknowledged.values()))
    for inbox in letter.recipients:
        ids = [m["_id"] for m in api.messages(inbox, limit=1000) if m["subject"] == letter.token]
        assert api.raw(inbox, *ids).endswith(letter.body)


def test_no_acknowledged_message_is_lost_or_doubled(daemon, store_url):
    server = daemon(database=store_url)
    moments = Random(20261121)
    loads = []
    for number in range(KILLS):
        load = Load(server.access.smtp, connections=CONNECTIONS, label=f"k{number}")
        load.wait_for_acknowledged(moments.randint(1, 600))
        server.kill()
        load.join()
        loads.append(load)
        server.start()
        api = Api(server.access)
        check(api, load)
        check_one_body(api, load)
    for load in loads:
        check(api, load)


def test_a_polite_end_under_load_loses_nothing_either(daemon, store_url):
    server = daemon(database=store_url)
    load = Load(server.access.smtp, connections=CONNECTIONS, label="p", last_word=421)
    load.wait_for_acknowledged(200)
    server.terminate()
    load.join()
    server.start()
    check(Api(server.access), load)
