"""Several endpoints per chain, one of which goes wrong: the others do, for as long as it takes."""

import pytest

from tests.faults.before_start import BeforeStart
from tests.faults.conftest import Stand
from tests.faults.mid_transfer import MidTransfer
from tests.faults.strike import (
    Strike,
    strikes_at_one_of_three,
    strikes_at_one_of_three_at_start,
    strikes_at_one_of_two,
)

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]


@pytest.mark.parametrize("strike", strikes_at_one_of_three(), ids=str)
def test_fault_of_one_of_three_in_mid_transfer(three_endpoints: Stand, strike: Strike) -> None:
    """Every transfer is settled exactly once while the fault lasts; nobody is fooled by a lie."""
    three_endpoints.pass_through(MidTransfer, strike)


@pytest.mark.parametrize("strike", strikes_at_one_of_three_at_start(), ids=str)
def test_fault_of_one_of_three_before_start(three_endpoints: Stand, strike: Strike) -> None:
    """The agent starts on the endpoints that are in order."""
    three_endpoints.pass_through(BeforeStart, strike)


@pytest.mark.parametrize("strike", strikes_at_one_of_two(), ids=str)
def test_fault_of_one_of_two_in_mid_transfer(two_endpoints: Stand, strike: Strike) -> None:
    """A lie is believed by nobody, what is left out is found; what fails is waited for."""
    two_endpoints.pass_through(MidTransfer, strike)
