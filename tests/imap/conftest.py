from connection.conftest import failures, reactor

__all__ = ["failures", "reactor"]
