"""One endpoint per chain, which goes wrong and recovers: it costs time, nothing else."""

import pytest

from tests.faults.before_start import BeforeStart
from tests.faults.conftest import Stand
from tests.faults.mid_transfer import MidTransfer
from tests.faults.strike import Strike, strikes_alone, strikes_at_start

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]


@pytest.mark.parametrize("strike", strikes_alone(), ids=str)
def test_fault_in_mid_transfer(one_endpoint: Stand, strike: Strike) -> None:
    """The same process settles every transfer exactly once, and harms nobody."""
    one_endpoint.pass_through(MidTransfer, strike)


@pytest.mark.parametrize("strike", strikes_at_start(), ids=str)
def test_fault_before_start(one_endpoint: Stand, strike: Strike) -> None:
    """The process waits for its chains and then serves what it finds there."""
    one_endpoint.pass_through(BeforeStart, strike)
