"""Contracts in memory: prepared answers to `eth_call`, `eth_getCode` and `eth_getBalance`."""

from typing import Any

from eth_abi.abi import encode

from beamer_agent.contracts.deployments import ChainDeployment
from beamer_agent.contracts.interface import ERC20_ABI, Contract, load_interfaces
from beamer_agent.economy.data_fee import ARB_GAS_INFO, GAS_PRICE_ORACLE
from beamer_agent.types import Address, BlockNumber, ChainId
from tests.doubles import ErrorObject, ScriptedTransport
from tests.factories import FILL_MANAGER, REQUEST_MANAGER

INTERFACES = load_interfaces(None)

ETH_IN_TOKEN = 2_500 * 10**18
"""What one ether is worth in every token, in base units."""

REVERTED = ErrorObject("execution reverted", 3, "0x")
"""What a node says of a function that a contract does not have."""


class ContractsChain(ScriptedTransport):
    """A chain with a RequestManager and a FillManager that know an account, and tokens.

    Change a contract's answer with `answer`, take its code away with `remove`, give it back with
    `put`.
    """

    def __init__(self, chain_id: ChainId, account: Address, balance: int = 10**18) -> None:
        super().__init__(eth_chainId=hex(chain_id), eth_getBalance=hex(balance))
        self.account = account
        self._calls: dict[tuple[str, str], Any] = {}
        # What a family of rollups has there.
        self._without_code: set[str] = {GAS_PRICE_ORACLE, ARB_GAS_INFO}
        self.on(
            "eth_call", lambda call, _block: self._calls.get((call["to"], call["data"]), REVERTED)
        )
        self.on(
            "eth_getCode", lambda address, _: "0x" if address in self._without_code else "0x00"
        )
        self.request_manager("allowedLps", account, result=True)
        self.request_manager("MAX_VALIDITY_PERIOD", result=172_800)
        self.request_manager("claimPeriod", result=3_600)
        self.request_manager("challengePeriodExtension", result=1_800)
        self.request_manager("claimRequestExtension", result=86_400)
        self.request_manager("claimStake", result=10**16)
        self.fill_manager("allowedLps", account, result=True)

    @property
    def deployment(self) -> ChainDeployment:
        """Where its contracts are."""
        chain_id = ChainId(int(self._given("eth_chainId"), 16))
        return ChainDeployment(chain_id, REQUEST_MANAGER, FILL_MANAGER, BlockNumber(1))

    def request_manager(self, name: str, *args: Any, result: Any) -> None:
        """Prepare an answer of the RequestManager."""
        self.answer(
            Contract(REQUEST_MANAGER, INTERFACES.request_manager), name, *args, result=result
        )

    def fill_manager(self, name: str, *args: Any, result: Any) -> None:
        """Prepare an answer of the FillManager."""
        self.answer(Contract(FILL_MANAGER, INTERFACES.fill_manager), name, *args, result=result)

    def target_chain(self, chain_id: ChainId, finality_period: int = 300) -> None:
        """Let requests go to a chain, or not, with a finality period of 0."""
        self.request_manager("chains", chain_id, result=(finality_period, 1, 1))

    def token(
        self, address: Address, balance: Any = 0, allowance: Any = 0, decimals: Any = 18
    ) -> None:
        """Prepare the answers of a token."""
        contract = Contract(address, ERC20_ABI)
        self.answer(contract, "balanceOf", self.account, result=balance)
        self.answer(contract, "allowance", self.account, FILL_MANAGER, result=allowance)
        self.answer(contract, "decimals", result=decimals)
        self.request_manager("tokens", address, result=(10**30, ETH_IN_TOKEN, 0))

    def answer(self, contract: Contract, name: str, *args: Any, result: Any) -> None:
        """Prepare the answer of any contract; an `ErrorObject` is given as it is."""
        call = contract.call(name, *args)
        values = result if isinstance(result, tuple) else (result,)
        encoded = result
        if not isinstance(result, ErrorObject):
            encoded = "0x" + encode(call.output_types, values).hex()
        self._calls[call.address, "0x" + call.data.hex()] = encoded

    def remove(self, address: Address) -> None:
        """Let there be no contract at an address."""
        self._without_code.add(address)

    def put(self, address: Address) -> None:
        """Let there be a contract at an address."""
        self._without_code.discard(address)

    def _given(self, method: str) -> Any:
        return self._answers[method]()
