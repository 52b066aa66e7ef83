"""What nothing needs any more goes back to the system."""

import gc
import weakref

import pytest

from beamer_agent.memory import give_back

pytestmark = pytest.mark.unit


class Knot:
    """Refers to itself."""

    def __init__(self) -> None:
        self.itself = self


def test_garbage_that_refers_to_itself_is_collected() -> None:
    """However old it is."""
    knot = Knot()
    for generation in range(3):
        gc.collect(generation)
    alive = weakref.ref(knot)
    del knot
    assert alive() is not None
    give_back()
    assert alive() is None
