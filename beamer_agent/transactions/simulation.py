"""Simulation: how much gas a planned transaction needs, if it would not fail."""

from dataclasses import dataclass

from beamer_agent.errors import RpcResponseError
from beamer_agent.rpc.client import LATEST, PENDING, ChainClient
from beamer_agent.transactions.flight import Flight
from beamer_agent.transactions.model import PlannedTransaction
from beamer_agent.transactions.preparation import call_fields
from beamer_agent.types import Address


@dataclass(frozen=True, slots=True)
class Simulation:
    """Simulates for one account on one chain. Asks the chain, changes nothing."""

    client: ChainClient
    flight: Flight
    account: Address

    def gas(self, planned: PlannedTransaction) -> int | None:
        """The gas limit; None when that is not known before an earlier transaction is mined.

        Raises:
            CallRevertedError: it would revert, whatever is in flight.
            RpcError: no usable answer.
        """
        after = planned.allowance_after
        is_behind = after is not None and self.flight.allowance(after.token) is not None
        fields = call_fields(planned, self.account)
        try:
            gas = self.client.estimate_gas(fields, PENDING if is_behind else LATEST)
        except RpcResponseError:
            if not is_behind:
                raise
            return planned.default_gas
        return gas * 5 // 4
