"""Gas in batches: ten requests at once, and an account that delegates to the batch executor.

Counted as for single transactions (`burst.py`). The first transfer is withdrawn before.
"""

from collections.abc import Sequence
from typing import Final

import click

from beamer_agent.devnet.expenses import heights
from benchmarks.ledger import agent_ledger, gas_per_transfer, mean_gas, message_gas
from benchmarks.lives import CLAIMED, FILLED, WITHDRAWN
from benchmarks.measured import Measured
from benchmarks.stand import LONG, Stand, standing

COUNT: Final = 10


def measure(command: Sequence[str]) -> Measured:
    """Print how many transactions there were, and what they have used."""
    with standing(command, batch=True) as stand:
        see_off(stand, 1)
        before = heights(stand.world)
        stand.shift(0.5)
        stand.create(COUNT)
        see_off(stand, 1 + COUNT)
        entries = agent_ledger(stand.world, before)
        message = message_gas(stand.target.l2, stand.target.witness.named(FILLED)[-1])
    gas = mean_gas(entries)
    told = ", ".join(f"{function} {used:.0f}" for function, used in gas.items())
    click.echo(f"{len(entries)} transactions for {COUNT} transfers: {told}")
    details = {**gas, "transactions": len(entries), "message in fillRequest": message}
    value = gas_per_transfer(entries, COUNT) - message
    return Measured({"gas-batch": value}, {"gas-batch": details})


def see_off(stand: Stand, count: int) -> None:
    """Let the clocks jump over the claim period, and wait for so many withdrawals in all."""
    stand.wait_for(CLAIMED, count)
    stand.world.increase_time(LONG)
    stand.wait_for(WITHDRAWN, count)
