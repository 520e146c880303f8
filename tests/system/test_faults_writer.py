"""The writing process is killed again and again: senders do not even notice."""

import os
import signal

from support.counting import check
from support.daemon import family
from support.load import PersistentLoad
from support.rest import Api

KILLS = 5


def test_nobody_is_put_off_and_nothing_is_doubled(store_url, daemon):
    server = daemon(database=store_url)
    load = PersistentLoad(server.access.smtp, connections=20, label="writer")
    for _ in range(KILLS):
        load.wait_for_more(50)
        for process in family(server.pid)[1:]:
            os.kill(process, signal.SIGKILL)
    load.wait_for_more(50)
    load.stop()
    assert not load.refusals  # what was in doubt was found out
    check(Api(server.access), load)
    ends = [line for line in server.log.lines if "writing process ended, another" in line]
    assert KILLS <= len(ends) <= 2 * KILLS  # PostgreSQL has two of them
