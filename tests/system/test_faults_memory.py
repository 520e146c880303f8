"""However much mail comes at once, memory stays in proportion to what is allowed."""

from collections import Counter
from threading import Lock, Thread

from support.smtp import Client

MEBI = 1024 * 1024
CONNECTIONS = 100
IN_FLIGHT = 64 * MEBI
LINE = b"x" * 70 + b"\r\n"
BLOCK = LINE * (MEBI // len(LINE))
BLOCKS = 25  # just under limits.message_size
# A message exists as it came, as header and body, on its way to the writing process,
# there, and compressed; though not all messages do so at once.
COPIES = 5


def test_many_large_messages_at_once(daemon):
    server = daemon(settings={"limits.bytes_in_flight": IN_FLIGHT})
    before = server.memory()
    server.forget_peak()
    answers: Counter[str] = Counter()
    lock = Lock()

    def send(number: int) -> None:
        with Client(server.access.smtp) as client:
            client.expect(250, "EHLO large.example")
            client.expect(250, "MAIL FROM:<from@sender.example>")
            # The last of the room is for addresses that somebody owns.
            reply = client.command(f"RCPT TO:<large.{number}@capture.example>")
            if reply.code == 250:
                reply = client.command("DATA")
            if reply.code == 354:
                client.send(b"Subject: large\r\n\r\n")
                for _ in range(BLOCKS):
                    client.send(BLOCK)
                client.send(b".\r\n")
                reply = client.read_reply()
            with lock:
                answers[f"{reply.code} {reply.text[:5]}"] += 1

    threads = [Thread(target=send, args=[number]) for number in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers.keys() <= {"250 2.0.0", "452 4.3.1"}
    assert answers["250 2.0.0"] > 0
    assert answers.total() == CONNECTIONS
    grown = server.memory("VmHWM") - before
    assert grown < COPIES * IN_FLIGHT, f"{grown / MEBI:.1f} MiB"
