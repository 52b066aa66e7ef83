"""A chain in memory that takes transactions: pool, blocks, receipts, logs.

    eth_sendRawTransaction -> pool --mine()--> block: contract state, receipts, logs

One account, type 2 transactions, one token. What a real endpoint may do wrong is asked for by its
tests: answers that get lost, transactions that are dropped or held, foreign ones, reorgs.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from beamer_agent.actions.model import FillRequest
from beamer_agent.errors import RpcError
from beamer_agent.events.model import ClaimMade, RequestFilled
from beamer_agent.types import BlockHash, Wei
from tests.doubles import ErrorObject, block_json
from tests.factories import RECEIVER, make_block, make_fill_id
from tests.fake_contracts import NO_REVERT, ChainState, PoolTransaction, called, decoded, is_bump
from tests.fake_events import ACCOUNT, EmittingChain

TIP = 10**9
BASE_FEE = 10**9


@dataclass(frozen=True, slots=True)
class _Past:
    """What a chain was after a block."""

    state: ChainState
    mined_nonces: int
    receipts: dict[bytes, dict[str, Any]]
    claims_made: list[ClaimMade]
    fills_seen: list[RequestFilled]
    executed: list[PoolTransaction]


class PoolChain(EmittingChain):
    """See above. `mine()` makes a block; `state` is that of the newest one."""

    bump_percent = 10
    """A replacement must offer so much more; some pools want more than others."""

    def __init__(self) -> None:
        super().__init__()
        self.base_fee = BASE_FEE
        self.tip = TIP
        self.state = ChainState()
        self.pool: dict[int, PoolTransaction] = {}
        self.mined_nonces = 0
        self.receipts: dict[bytes, dict[str, Any]] = {}
        self.executed: list[PoolTransaction] = []
        """Every transaction of the account that is in a block."""
        self.sent: list[PoolTransaction] = []
        """Every transaction that was handed over, taken or not."""
        self.held: set[int] = set()
        """Nonces that are not mined for now."""
        self.has_pending_state = True
        """Many L2s answer questions about the pending state with the latest one."""
        self.has_late_receipts = False
        self.simulates_blocks = True
        self.foresees = True
        """Otherwise simulations tell of no failure."""
        self.serves_block_receipts = True
        self.stale_pending = 0
        """Some nodes count, after a reorganisation, what waited before it."""
        self._past: dict[int, _Past] = {}
        self._forks = 0
        self._trouble: list[tuple[RpcError, tuple[str, ...], bool]] = []
        self._script()

    # --- what happens to it

    def mine(self, blocks: int = 1) -> None:
        """Make blocks out of whatever can be mined."""
        for _ in range(blocks):
            self._past[self.number] = self._remember()
            self.number += 1
            while self._is_minable(self.pool.get(self.mined_nonces)):
                self._include(self.pool.pop(self.mined_nonces))

    def reorg(self, depth: int, *, keep_in_pool: bool) -> None:
        """Replace the newest blocks by as many empty ones.

        Their transactions are back in the pool, as most nodes do it, or lost.
        """
        kept = self.executed
        self._forks += 1
        self._restore(self._past[self.number - depth])
        if keep_in_pool:
            for transaction in kept[len(self.executed) :]:
                self.pool.setdefault(transaction.nonce, transaction)
        for number in range(self.number - depth, self.number):
            self._past[number] = self._remember()

    def _remember(self) -> _Past:
        return _Past(
            deepcopy(self.state),
            self.mined_nonces,
            dict(self.receipts),
            list(self.claims_made),
            list(self.fills_seen),
            list(self.executed),
        )

    def _restore(self, past: _Past) -> None:
        self.state = deepcopy(past.state)
        self.mined_nonces = past.mined_nonces
        self.receipts = dict(past.receipts)
        self.claims_made = list(past.claims_made)
        self.fills_seen = list(past.fills_seen)
        self.executed = list(past.executed)

    def waiting(self) -> list[PoolTransaction]:
        """What the pool has, by nonce."""
        return [self.pool[nonce] for nonce in sorted(self.pool)]

    def drop(self, nonce: int) -> None:
        """Lose a transaction, as pools do."""
        self.pool.pop(nonce, None)

    def send_foreign(self, *, is_mined: bool = True) -> None:
        """Somebody with the same key uses the first free nonce, or takes one of ours."""
        nonce = self.mined_nonces if is_mined else self._pending_count()
        self.pool[nonce] = PoolTransaction(
            keccak(b"foreign%d%d" % (nonce, self.number)),
            nonce,
            10**12,
            10**13,
            21_000,
            RECEIVER,
            0,
            b"",
        )
        if is_mined:
            self.mine()

    def fill_by_other(self, action: FillRequest) -> None:
        """Another agent is faster: its fill is in a new block."""
        self.state.fills[action.request_id] = make_fill_id(10**6)
        self.mine()
        self.fill_seen(action.request_id, make_fill_id(10**6), filler=RECEIVER)

    @contextmanager
    def trouble(self, error: RpcError, *methods: str, is_late: bool = False) -> Iterator[None]:
        """Fail requests with these methods inside; late: after they have been carried out."""
        trouble = (error, methods, is_late)
        self._trouble.append(trouble)
        try:
            yield
        finally:
            self._trouble.remove(trouble)

    # --- JSON-RPC

    def _respond(self, asked: dict[str, Any]) -> dict[str, Any]:
        self._raise_trouble(asked["method"], is_late=False)
        answer = super()._respond(asked)
        self._raise_trouble(asked["method"], is_late=True)
        return answer

    def _raise_trouble(self, method: str, *, is_late: bool) -> None:
        for error, methods, late in self._trouble:
            if method in methods and late is is_late:
                raise error

    def _script(self) -> None:
        self.on("eth_getBlockByNumber", lambda *_: block_json(self.head()))
        self.on("eth_getTransactionCount", self._count)
        self.on("eth_getBalance", lambda *_: hex(self.state.native))
        self.on("eth_maxPriorityFeePerGas", lambda *_: hex(self.tip))
        self.on("eth_call", self._eth_call)
        self.on("eth_estimateGas", self._estimate)
        self.on("eth_simulateV1", self._simulate)
        self.on("eth_sendRawTransaction", self._take)
        self.on("eth_getTransactionReceipt", self._receipt)
        self.on("eth_getBlockReceipts", self._block_receipts)

    def head(self) -> Any:
        """The newest block."""
        return make_block(self.number, hash=self._hash(), base_fee=Wei(self.base_fee))

    def _hash(self) -> BlockHash:
        return BlockHash(keccak(b"%d/%d" % (self.number, self._forks)))

    def _pending_count(self) -> int:
        nonce = self.mined_nonces
        while nonce in self.pool:
            nonce += 1
        return nonce

    def _count(self, _account: str, tag: str) -> str:
        pending = max(self._pending_count(), self.stale_pending)
        return hex(self.mined_nonces if tag == "latest" else pending)

    def _state_at(self, tag: str) -> ChainState:
        state = deepcopy(self.state)
        if tag == "pending" and self.has_pending_state:
            for nonce in range(self.mined_nonces, self._pending_count()):
                state.execute(self.pool[nonce])
        return state

    def _eth_call(self, call: dict[str, str], _tag: str) -> Any:
        name, arguments = called(call["to"], bytes.fromhex(call["data"][2:]))
        answers = {
            "fills": lambda: self.state.fills.get(arguments[0], bytes(32)),
            "allowance": lambda: encode(["uint256"], [self.state.allowance]),
            "balanceOf": lambda: encode(["uint256"], [self.state.tokens]),
        }
        return "0x" + answers[name]().hex()

    def _estimate(self, call: dict[str, str], tag: str) -> Any:
        state = self._state_at(tag)
        if int(call["value"], 16) > state.native:
            return ErrorObject("Insufficient funds for gas * price + value", -32003)
        reason = self._simulated(state, call)
        return ErrorObject(f"execution reverted: {reason}", 3) if reason else hex(100_000)

    def _simulated(self, state: ChainState, call: dict[str, str]) -> str:
        """Why a call fails; nothing when it does not."""
        value, data = int(call["value"], 16), bytes.fromhex(call["data"][2:])
        reason = state.execute(PoolTransaction(b"", 0, 0, 0, 0, call["to"], value, data))
        return reason if self.foresees else NO_REVERT

    def _simulate(self, options: dict[str, Any], _tag: str) -> Any:
        if not self.simulates_blocks:
            return ErrorObject("the method eth_simulateV1 does not exist", -32601)
        state = deepcopy(self.state)
        calls: list[dict[str, Any]] = []
        for call in options["blockStateCalls"][0]["calls"]:
            if int(call["value"], 16) > state.native:
                return ErrorObject("Insufficient funds for gas * price + value", -32003)
            reason = self._simulated(state, call)
            error = {"error": {"message": f"execution reverted: {reason}"}} if reason else {}
            calls.append({"status": hex(not reason), "gasUsed": hex(75_000), **error})
        return [{"calls": calls}]

    def _take(self, raw_hex: str) -> Any:
        transaction = decoded(bytes.fromhex(raw_hex[2:]))
        self.sent.append(transaction)
        known = self.pool.get(transaction.nonce)
        if transaction.hash in self.receipts or (known and known.hash == transaction.hash):
            return ErrorObject("already known")
        if transaction.nonce < self.mined_nonces:
            return ErrorObject("nonce too low")
        if transaction.maximum < self.base_fee:
            return ErrorObject("max fee per gas less than block base fee")
        if known and not is_bump(known, transaction, self.bump_percent):
            return ErrorObject("replacement transaction underpriced")
        if transaction.value + transaction.gas * transaction.maximum > self.state.native:
            return ErrorObject("insufficient funds for gas * price + value")
        self.pool[transaction.nonce] = transaction
        return "0x" + transaction.hash.hex()

    def _is_minable(self, transaction: PoolTransaction | None) -> bool:
        return (
            transaction is not None
            and transaction.nonce not in self.held
            and transaction.maximum >= self.base_fee
        )

    def _include(self, transaction: PoolTransaction) -> None:
        state = deepcopy(self.state)
        reason = state.execute(transaction)
        if not reason:
            if len(state.claims) > len(self.state.claims):
                self.claim_made(*state.claims[-1])
            for request_id in state.fills.keys() - self.state.fills.keys():
                self.fill_seen(request_id, state.fills[request_id], filler=ACCOUNT.address)
            self.state = state
        self.mined_nonces += 1
        self.executed.append(transaction)
        self.receipts[transaction.hash] = {
            "transactionHash": "0x" + transaction.hash.hex(),
            "blockNumber": hex(self.number),
            "blockHash": "0x" + self._hash().hex(),
            "status": "0x0" if reason else "0x1",
            "gasUsed": hex(50_000),
        }

    def _receipt(self, transaction_hash: str) -> Any:
        if self.has_late_receipts:
            return None
        return self.receipts.get(bytes.fromhex(transaction_hash[2:]))

    def _block_receipts(self, number: str) -> Any:
        if not self.serves_block_receipts:
            return ErrorObject("the method eth_getBlockReceipts does not exist", -32601)
        if int(number, 16) > self.number:
            return None
        if self.has_late_receipts:
            return []
        return [r for r in self.receipts.values() if r["blockNumber"] == number]
