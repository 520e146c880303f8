"""Those who behave: 50 senders, some messages a connection, 100 messages a second."""

import asyncio
import time

from .dialogue import Dialogue, Dropped, Farewell, Unexpected

SENDERS = 50
RATE = 100  # messages a second, all of them together
_OF_A_CONNECTION = 10


async def _sender(
    number: int, place: tuple[str, int], end: float, seconds: list[float], failures: list[str]
) -> None:
    every = SENDERS / RATE
    due = time.monotonic() + every * number / SENDERS
    while due < end:
        dialogue = Dialogue(place, f"127.0.2.{number + 1}")
        try:
            for count in range(_OF_A_CONNECTION):
                await asyncio.sleep(due - time.monotonic())
                began = time.monotonic()
                if not count:
                    await dialogue.connect()
                    await dialogue.greeted()
                await dialogue.send(f"good{number}@good.example")
                seconds.append(time.monotonic() - began)
                due += every
            await dialogue.say(b"QUIT\r\n", 221)
        except (Dropped, Farewell, Unexpected, OSError) as error:
            failures.append(f"{type(error).__name__} {error}")
            due += every
        finally:
            dialogue.close()


async def _all(place: tuple[str, int], seconds: float) -> tuple[list[float], list[str]]:
    times: list[float] = []
    failures: list[str] = []
    end = time.monotonic() + seconds
    await asyncio.gather(
        *(_sender(number, place, end, times, failures) for number in range(SENDERS))
    )
    return times, failures


def send(place: tuple[str, int], seconds: float) -> tuple[list[float], list[str]]:
    """Send for so many *seconds*; return how long each message took, and what failed.

    The first message of a connection takes as long as connecting and greeting do too.
    """
    return asyncio.run(_all(place, seconds))
