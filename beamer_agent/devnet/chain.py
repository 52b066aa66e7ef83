"""One chain of the local world: its process, a client, its clock and the accounts on it."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from secrets import token_hex

from beamer_agent.contracts.interface import RevertReasons, packaged_contract
from beamer_agent.devnet.accounts import account_of
from beamer_agent.devnet.anvil import Anvil, local_endpoint
from beamer_agent.devnet.wallet import Wallet
from beamer_agent.rpc.client import PENDING, ChainClient
from beamer_agent.rpc.model import quantity
from beamer_agent.rpc.transport import HttpTransport
from beamer_agent.types import BlockNumber, Seconds, Wei

CONTRACT_NAMES = (
    "RequestManager",
    "FillManager",
    "Resolver",
    "EthereumL1Messenger",
    "EthereumL2Messenger",
    "LocalL1Messenger",
    "LocalL2Messenger",
)
"""Whose custom errors are put into words."""


class LocalChain:
    """A running chain.

    Args:
        name: what files and tables call it.
        anvil: its process, started.
    """

    def __init__(self, name: str, anvil: Anvil) -> None:
        self.name = name
        self.anvil = anvil
        self.chain_id = anvil.chain_id
        self.url = anvil.url
        self.client = connect(anvil.url)
        self._wallets: dict[str, Wallet] = {}

    def wallet(self, role: str) -> Wallet:
        """The wallet of a role (see `account_of`) on this chain."""
        if role not in self._wallets:
            self._wallets[role] = Wallet(self.client, self.chain_id, account_of(role))
        return self._wallets[role]

    def height(self) -> BlockNumber:
        """Number of the newest block."""
        return self.client.head().number

    def mine(self, blocks: int = 1) -> None:
        """Make blocks now, whatever the block time is."""
        self.client.call("anvil_mine", hex(blocks))

    def increase_time(self, seconds: Seconds) -> None:
        """Let the chain's clock jump forward, for good, and make a block that shows it."""
        self.client.call("evm_increaseTime", int(seconds))
        self.mine()

    @contextmanager
    def isolated(self) -> Iterator[None]:
        """What happens to the chain inside is undone after: clock, pool and base fee included."""
        base_fee = self.next_base_fee()
        snapshot = self.client.call("evm_snapshot")
        try:
            yield
        finally:
            self.client.call("evm_revert", snapshot)
            self.client.call("anvil_setNextBlockBaseFeePerGas", hex(base_fee))
            # Anvil keeps states by block hash, and drops the oldest: those of a block that was
            # undone, though the same block may have been made again. None is, with a new miner.
            self.client.call("anvil_setCoinbase", "0x" + token_hex(20))

    def next_base_fee(self) -> Wei:
        """What the next block will ask for, in wei per gas."""
        pending = self.client.call("eth_getBlockByNumber", PENDING, False)
        return Wei(quantity(pending["baseFeePerGas"]))

    def close(self) -> None:
        """Give the client's connections back; the process is its owner's business."""
        self.client.close()


def connect(url: str) -> ChainClient:
    """A client that puts our contracts' errors into words."""
    return ChainClient(local_endpoint(HttpTransport(url)), _reasons(CONTRACT_NAMES).describe)


@cache
def _reasons(names: Iterable[str]) -> RevertReasons:
    return RevertReasons(packaged_contract(name)["abi"] for name in names)
