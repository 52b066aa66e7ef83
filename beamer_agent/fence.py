"""Fence: what one generation of a part may touch of what outlives it, until it is replaced.

A thread that hangs cannot be ended. Its part is built anew beside it, and whatever it tries when
it comes back is refused here.
"""

import threading
from collections.abc import Callable
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar, cast

from beamer_agent.errors import SupersededError

INSIDE_SECONDS: Final = 0.5
"""What passes takes no time; whoever is inside for so long is stuck there."""

_PLAIN: Final = (int, str, bytes)

T = TypeVar("T")
P = ParamSpec("P")


class Fence:
    """Open until it is shut, for good. Thread-safe.

    The lock is held while something passes, so that nothing passes any more once `shut` has
    returned; what passes never waits.

    Args:
        part: whose generation it stands around, for the error.
    """

    def __init__(self, part: str) -> None:
        self._part = part
        self._lock = threading.Lock()
        self._is_shut = False

    def shut(self) -> None:
        """From now on nothing passes.

        Who is inside comes to its end first, but a defect there keeps nobody waiting for ever.
        """
        self._is_shut = True
        if self._lock.acquire(timeout=INSIDE_SECONDS):
            self._lock.release()

    def __enter__(self) -> None:
        """Inside, it stays open.

        Raises:
            SupersededError: it is shut.
        """
        self._lock.acquire()
        if self._is_shut:
            self._lock.release()
            raise SupersededError(f"{self._part} was built anew")

    def __exit__(self, *_: object) -> None:
        """It may be shut again."""
        self._lock.release()

    def around(self, thing: T) -> T:
        """The same thing, whose methods and properties can be had while the fence is open.

        What a property gives stands behind it as well, unless it is a plain value.
        For what never waits, and does not come back through the same fence.
        """
        return cast("T", _Fenced(thing, self))

    def guard(self, method: Callable[P, T]) -> Callable[P, T]:
        """The same method, which can be called while the fence is open."""

        @wraps(method)
        def guarded(*args: P.args, **named: P.kwargs) -> T:
            with self:
                return method(*args, **named)

        return guarded


class _Fenced:
    """Stands in for a thing. Methods are kept, so that the second call costs little."""

    def __init__(self, thing: Any, fence: Fence) -> None:
        self._thing = thing
        self._fence = fence

    def __getattr__(self, name: str) -> Any:
        with self._fence:
            value = getattr(self._thing, name)
        if value is None or isinstance(value, _PLAIN):
            return value
        if not callable(value):
            return self._fence.around(value)
        method = self._fence.guard(value)
        setattr(self, name, method)
        return method
