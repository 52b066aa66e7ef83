"""One call of one contract function, encoded: what `eth_call` and transactions are made of."""

from dataclasses import dataclass
from typing import Any

from eth_abi.abi import decode
from eth_utils.address import to_checksum_address

from beamer_agent.types import Address


@dataclass(frozen=True, slots=True)
class ContractCall:
    """A function of a contract with its arguments.

    `data` is selector and arguments; `output_types` are ABI types, top-level only.
    """

    address: Address
    name: str
    data: bytes
    output_types: tuple[str, ...]

    def request(self, block: str) -> tuple[str, list[Any]]:
        """The `eth_call` of it at a block tag or height."""
        return "eth_call", [{"to": self.address, "data": "0x" + self.data.hex()}, block]

    def decode(self, result: bytes) -> Any:
        """The returned value, a tuple when there are several; addresses checksummed.

        Raises:
            DecodingError: the bytes are not of these types.
        """
        values = tuple(
            to_checksum_address(value) if type_ == "address" else value
            for type_, value in zip(
                self.output_types, decode(self.output_types, result), strict=True
            )
        )
        return values[0] if len(values) == 1 else values
