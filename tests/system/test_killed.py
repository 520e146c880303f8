"""A 250 is a promise: it outlives any end of the process, at any moment."""

import os
import select
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from random import Random

from support.counting import check
from support.daemon import Daemon, family
from support.load import Load
from support.rest import Api

CONNECTIONS = 50
KILLS = 10
PATIENCE = 30.0  # seconds


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


def test_the_writing_process_alone_is_killed(daemon, store_url):
    """What it was at is answered 451 or never; what waits is stored by the next one."""
    server = daemon(database=store_url)
    struck = Load(server.access.smtp, connections=CONNECTIONS, label="s", last_word=451)
    struck.wait_for_acknowledged(100)
    for process in writers(server):
        os.kill(process, signal.SIGKILL)
    after = Load(server.access.smtp, connections=5, label="a")
    after.wait_for_acknowledged(100)
    server.kill()
    struck.join()
    after.join()
    server.start()
    for load in (struck, after):
        check(Api(server.access), load)


def test_the_writing_process_ends_with_the_daemon(daemon, store_url):
    server = daemon(database=store_url)
    load = Load(server.access.smtp, connections=5, label="e")
    load.wait_for_acknowledged(20)
    with ExitStack() as stack:
        ends = [stack.enter_context(closing_number(os.pidfd_open(one))) for one in writers(server)]
        server.kill()
        load.join()
        assert ends
        for end in ends:  # which can be read as soon as that process is no more
            assert select.select([end], [], [], PATIENCE)[0]


def writers(server: Daemon) -> list[int]:
    """Return the processes that write for the daemon."""
    return family(server.pid)[1:]


@contextmanager
def closing_number(number: int) -> Iterator[int]:
    try:
        yield number
    finally:
        os.close(number)
