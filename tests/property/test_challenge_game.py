"""Honest agents against adversaries, on the real contracts: they lose nothing, thieves do."""

import pytest
from hypothesis import settings

from tests.property.game.guarded import GuardedMachine

pytestmark = pytest.mark.property

TestHonestAgents = GuardedMachine.TestCase
TestHonestAgents.settings = settings(max_examples=30, stateful_step_count=25)
