"""Data fee: what a rollup takes for publishing a transaction on L1, by the family it is of."""

from enum import Enum, auto


class FeeFamily(Enum):
    """How a chain charges for data."""

    PLAIN = auto()
    """It does not, or nobody knows how: receipts may tell."""
    OP_STACK = auto()
    """A fee beside gas, which the GasPriceOracle predeploy tells."""
    ARBITRUM = auto()
    """More gas: estimates and receipts include it, plain simulations do not."""

    @property
    def simulation_tells_gas(self) -> bool:
        """Whether the gas that `eth_simulateV1` tells is what a transaction needs here."""
        return self is not FeeFamily.ARBITRUM
