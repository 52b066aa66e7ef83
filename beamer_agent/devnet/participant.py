"""Somebody with a wallet on every chain of the world, and what such a person can do."""

from dataclasses import dataclass

from eth_utils.address import to_checksum_address

from beamer_agent.devnet.accounts import account_of
from beamer_agent.devnet.deployer import Deployed
from beamer_agent.devnet.deployment import L2Contracts
from beamer_agent.devnet.logs import Log, LogReader
from beamer_agent.devnet.passage import Passage
from beamer_agent.devnet.wallet import Wallet
from beamer_agent.errors import FatalError
from beamer_agent.rpc.model import Receipt
from beamer_agent.types import (
    Address,
    ClaimId,
    FillId,
    RequestId,
    Seconds,
    Timestamp,
    TokenAmount,
    TransactionHash,
    Wei,
)

VALIDITY_PERIOD = Seconds(3600)
UNLIMITED = 2**256 - 1
NOBODY = to_checksum_address(bytes(20))
"""Whose fill it is when there is none."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request that is on its source chain."""

    request_id: RequestId
    source: L2Contracts
    target: L2Contracts
    symbol: str
    receiver: Address
    amount: TokenAmount
    nonce: int
    valid_until: Timestamp


class Participant:
    """Acts with the account of a role ("user", "agent", "rival", "deployer"; see `account_of`).

    Every method but `send_request` returns when its transaction is mined, and raises
    CallRevertedError when the contract refuses it.
    """

    def __init__(self, role: str) -> None:
        self._role = role

    @property
    def address(self) -> Address:
        """The account, the same on every chain."""
        return account_of(self._role).address

    def balance(self, l2: L2Contracts, symbol: str) -> TokenAmount:
        """Tokens in base units."""
        token = l2.tokens[symbol].contract
        return TokenAmount(l2.chain.client.read(token.call("balanceOf", self.address)))

    def native_balance(self, l2: L2Contracts) -> Wei:
        """Native currency in wei."""
        return l2.chain.client.balance(self.address)

    def create_request(
        self,
        source: L2Contracts,
        target: L2Contracts,
        symbol: str,
        amount: int,
        validity_period: Seconds = VALIDITY_PERIOD,
    ) -> Request:
        """Ask for a transfer to oneself; returns the request as its event tells it."""
        transaction_hash = self.send_request(source, target, symbol, amount, validity_period)
        return self.wait_for_request(source, target, symbol, transaction_hash)

    def wait_for_request(
        self,
        source: L2Contracts,
        target: L2Contracts,
        symbol: str,
        transaction_hash: TransactionHash,
    ) -> Request:
        """The request of `send_request`, when it is mined."""
        log = self._log(source, source.request_manager, transaction_hash, "RequestCreated")
        return Request(
            request_id=RequestId(log["requestId"]),
            source=source,
            target=target,
            symbol=symbol,
            receiver=log["targetAddress"],
            amount=TokenAmount(log["amount"]),
            nonce=log["nonce"],
            valid_until=Timestamp(log["validUntil"]),
        )

    def send_request(
        self,
        source: L2Contracts,
        target: L2Contracts,
        symbol: str,
        amount: int,
        validity_period: Seconds = VALIDITY_PERIOD,
    ) -> TransactionHash:
        """The same, without waiting for the request itself to be mined."""
        self.allow(source, symbol, source.request_manager)
        call = source.request_manager.contract.call(
            "createRequest",
            target.chain.chain_id,
            source.tokens[symbol].address,
            target.tokens[symbol].address,
            self.address,
            amount,
            validity_period,
        )
        return self._wallet(source).send(call)

    def allow(self, l2: L2Contracts, symbol: str, spender: Deployed) -> None:
        """Let a contract take all one's tokens; nothing happens when it may already."""
        token = l2.tokens[symbol].contract
        allowance = l2.chain.client.read(token.call("allowance", self.address, spender.address))
        if allowance < UNLIMITED // 2:
            self._wallet(l2).execute(token.call("approve", spender.address, UNLIMITED))

    def fill(self, request: Request) -> FillId:
        """Pay a request out on its target chain."""
        target = request.target
        self.allow(target, request.symbol, target.fill_manager)
        call = target.fill_manager.contract.call("fillRequest", *_fill_arguments(request))
        transaction_hash = self._wallet(target).send(call)
        log = self._log(target, target.fill_manager, transaction_hash, "RequestFilled")
        return FillId(log["fillId"])

    def invalidate_fill(self, request: Request, fill_id: FillId) -> Receipt:
        """Prove on the target chain that there is no such fill."""
        manager = request.target.fill_manager.contract
        call = manager.call("invalidateFill", *_fill_arguments(request), fill_id)
        return self._wallet(request.target).execute(call)

    def relay(self, request: Request, fill_id: FillId) -> Receipt:
        """Carry over L1 what the target chain says of a fill, or of the absence of one.

        Waits for the native bridge's root and for the proof to mature, but not for what the native
        bridge then delivers to the source chain.

        Raises:
            FatalError: the target chain says nothing, or the bridge posts no root.
        """
        if request.target.is_base:
            return self._relay_on_base(request, fill_id)
        return self._passage(request, fill_id).walk()

    def prove(self, request: Request, fill_id: FillId) -> Receipt:
        """The first half of `relay` alone, from a rollup that has posted its root."""
        return self._passage(request, fill_id).prove()

    def execute(self, request: Request, fill_id: FillId) -> Receipt:
        """The second half of `relay` alone, when the proof has matured."""
        return self._passage(request, fill_id).execute()

    def claim(self, request: Request, fill_id: FillId) -> ClaimId:
        """Claim a request's deposit, with a stake."""
        manager = request.source.request_manager
        stake = request.source.chain.client.read(manager.contract.call("claimStake"))
        call = manager.contract.call("claimRequest", request.request_id, fill_id)
        transaction_hash = self._wallet(request.source).send(call, stake)
        log = self._log(request.source, manager, transaction_hash, "ClaimMade")
        return ClaimId(log["claimId"])

    def challenge(self, l2: L2Contracts, claim_id: ClaimId, stake: Wei) -> Receipt:
        """Bid against a claim, or for one's own, in wei."""
        call = l2.request_manager.contract.call("challengeClaim", claim_id)
        return self._wallet(l2).execute(call, stake)

    def withdraw(self, l2: L2Contracts, claim_id: ClaimId) -> Receipt:
        """Take what a decided claim holds for oneself."""
        return self._wallet(l2).execute(l2.request_manager.contract.call("withdraw", claim_id))

    def _passage(self, request: Request, fill_id: FillId) -> Passage:
        wallet = request.target.base.wallet(self._role)
        return Passage(request.target, wallet, request.request_id, fill_id)

    def _relay_on_base(self, request: Request, fill_id: FillId) -> Receipt:
        target, manager = request.target, request.target.fill_manager
        filler = NOBODY
        for log in LogReader(target.chain.client, [manager.contract], manager.block).read():
            if log.name == "RequestFilled" and log["fillId"] == fill_id:
                filler = log["filler"]
        source_id = request.source.chain.chain_id
        return self._wallet(target).execute(
            target.messenger.contract.call(
                "relayMessage", request.request_id, fill_id, source_id, filler
            )
        )

    def _wallet(self, l2: L2Contracts) -> Wallet:
        return l2.chain.wallet(self._role)

    def _log(
        self, l2: L2Contracts, emitter: Deployed, transaction_hash: TransactionHash, name: str
    ) -> Log:
        block = self._wallet(l2).wait_for(transaction_hash).block_number
        for log in LogReader(l2.chain.client, [emitter.contract], block).read(block):
            if log.name == name and log.transaction_hash == transaction_hash:
                return log
        raise FatalError(f"Transaction 0x{transaction_hash.hex()} emitted no {name}.")


def _fill_arguments(request: Request) -> tuple[int, Address, Address, int, int]:
    return (
        request.source.chain.chain_id,
        request.target.tokens[request.symbol].address,
        request.receiver,
        request.amount,
        request.nonce,
    )
