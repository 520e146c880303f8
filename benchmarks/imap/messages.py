"""What the mailboxes of the benchmarks are filled with."""

import random
from collections.abc import Iterator

_WORDS = ("order", "invoice", "shipped", "welcome", "confirm", "account", "meeting", "report")


def messages(count: int) -> Iterator[bytes]:
    """Yield *count* different messages of 4 KB, as applications send them."""
    source = random.Random(1)
    for number in range(count):
        words = " ".join(source.choices(_WORDS, k=500))
        lines = [words[start : start + 70] for start in range(0, 3400, 70)]
        needle = "needle" if number % 500 == 0 else source.choice(_WORDS)
        header = (
            f"From: App {number} <app{number % 7}@example.com>\r\n"
            f"To: User <user{number % 100}@example.com>\r\n"
            f"Subject: {source.choice(_WORDS)} {needle} {number}\r\n"
            f"Date: Mon, 7 Feb 2022 21:{number % 60:02}:25 -0800\r\n"
            f"Message-ID: <{number}.{source.random()}@example.com>\r\n"
            f"X-Odd-Header: {needle}{number}\r\n"
            "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
            "Content-Transfer-Encoding: 7bit\r\n\r\n"
        )
        body = "\r\n".join([*lines, f"the {needle} is here"])
        yield f"{header}{body}\r\n".encode()
