"""Honest agents against adversaries, on the real contracts: they lose nothing, thieves do."""

import pytest
from hypothesis import settings

from tests.property.game.guarded import GuardedMachine, PatientMachine

# Making a counter-example of many blocks smaller takes minutes; what passes takes seconds.
pytestmark = [pytest.mark.property, pytest.mark.timeout(900)]

TestHonestAgents = GuardedMachine.TestCase
TestHonestAgents.settings = settings(
    max_examples=60, stateful_step_count=20, report_multiple_bugs=False
)

TestHonestAgentsWithoutL1 = PatientMachine.TestCase
TestHonestAgentsWithoutL1.settings = settings(
    max_examples=20, stateful_step_count=20, report_multiple_bugs=False
)
