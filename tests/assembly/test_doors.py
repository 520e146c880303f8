from types import SimpleNamespace

import pytest

from mailcap.assembly.doors import Division, divide
from mailcap.assembly.listeners import Listeners


@pytest.mark.parametrize(
    ("connections", "queue", "places"),
    [
        (19_872, 10_000, Division(9936, smtp=7452, readers=4968, waiting=9936)),
        (50_000, 10_000, Division(40_000, smtp=30_000, readers=20_000, waiting=10_000)),
        (896, 10_000, Division(448, smtp=336, readers=224, waiting=448)),
        (896, 0, Division(896, smtp=672, readers=448, waiting=0)),
    ],
)
def test_connections_are_divided(connections, queue, places):
    assert divide(connections, queue=queue) == places


def test_no_more_connections_are_taken_in_a_row_than_others_can_wait_for():
    listeners = Listeners()
    busy, quiet = SimpleNamespace(numberAccepts=900), SimpleNamespace(numberAccepts=3)
    listeners._ports = {"smtp": [busy, quiet], "http": [object()]}
    assert listeners.calm() is False
    assert (busy.numberAccepts, quiet.numberAccepts) == (50, 3)
