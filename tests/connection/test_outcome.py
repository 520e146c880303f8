from twisted.internet.defer import succeed

from mailcap.connection.outcome import as_deferred


def test_anything_awaitable_will_do():
    class Awaitable:
        def __await__(self):
            yield from succeed(None).__await__()
            return 7

    results = []
    as_deferred(Awaitable).addCallback(results.append)
    as_deferred(lambda: succeed(8)).addCallback(results.append)
    assert results == [7, 8]


def test_no_awaitable_at_all_is_a_failure_like_any_other():
    errors = []
    as_deferred(lambda: 7).addErrback(errors.append)
    assert errors[0].check(TypeError)
