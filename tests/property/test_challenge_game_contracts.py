"""The contracts alone, against adversaries only: the books are kept to the wei."""

import pytest
from hypothesis import settings

from tests.property.game.machine import GameMachine

pytestmark = pytest.mark.property

TestContractsAlone = GameMachine.TestCase
TestContractsAlone.settings = settings(max_examples=40, stateful_step_count=40)
