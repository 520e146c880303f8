"""Thousands of connections from one block of addresses: silent ones, slow ones, greedy ones."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable

from .dialogue import Dialogue, Dropped, Farewell, Unexpected

_CONNECTING = 500  # at a time
_HOSTS = 250
_PAUSE = 2.0  # seconds between two words of a slow one


async def _silent(dialogue: Dialogue, _name: str, _end: float) -> None:
    await dialogue.greeted()
    await dialogue.hear(421)


async def _slow(dialogue: Dialogue, name: str, end: float) -> None:
    await dialogue.greeted()
    while time.monotonic() < end:
        await dialogue.say(b"NOOP\r\n", 250)
        await asyncio.sleep(_PAUSE)
    await dialogue.send(name)
    await dialogue.say(b"QUIT\r\n", 221)


async def _greedy(dialogue: Dialogue, name: str, end: float) -> None:
    await dialogue.greeted()
    while time.monotonic() < end:
        await dialogue.send(name)
        _sent[0] += 1
    await dialogue.say(b"QUIT\r\n", 221)


Kind = Callable[[Dialogue, str, float], Awaitable[None]]
_KINDS: tuple[Kind, ...] = (_silent, _slow, _greedy)
_sent = [0]


async def _one(number: int, place: tuple[str, int], end: float, gate: asyncio.Semaphore) -> str:
    """Play one connection, and return how it ended."""
    dialogue = Dialogue(place, f"127.0.1.{number % _HOSTS + 1}")
    kind = _KINDS[number % len(_KINDS)]
    try:
        async with gate:
            await dialogue.connect()
        await kind(dialogue, f"flood{number % 1000}@flood.example", end)
    except Farewell as said:
        return f"421 {said}"
    except Dropped:
        return "dropped"
    except (Unexpected, OSError) as error:
        return f"unexpected: {error}"
    else:
        return "221"
    finally:
        dialogue.close()


async def _all(
    place: tuple[str, int], numbers: range, seconds: float, patience: float
) -> tuple[Counter[str], int]:
    gate = asyncio.Semaphore(_CONNECTING)
    end = time.monotonic() + seconds
    tasks = [asyncio.ensure_future(_one(number, place, end, gate)) for number in numbers]
    done, pending = await asyncio.wait(tasks, timeout=seconds + patience)
    ends = Counter(task.result() for task in done)
    if pending:
        ends["never answered"] = len(pending)
    return ends, _sent[0]


def flood(
    place: tuple[str, int], numbers: range, seconds: float, patience: float
) -> tuple[Counter[str], int]:
    """Play the connections with these *numbers*, for so many *seconds*.

    Return how many ended how, and how many messages were taken.  Who has heard nothing
    *patience* seconds later was forgotten.
    """
    return asyncio.run(_all(place, numbers, seconds, patience))
