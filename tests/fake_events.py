"""What the contracts of a chain in memory have emitted."""

from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount

from beamer_agent.events.model import ClaimMade, RequestFilled
from beamer_agent.types import BlockNumber, ChainId, ClaimId
from tests.doubles import ErrorObject, ScriptedTransport
from tests.factories import TARGET, make_claim_made, make_request_filled
from tests.raw_logs import make_log

ACCOUNT: LocalAccount = Account.from_key("0x" + "11" * 32)
CHAIN_ID = ChainId(TARGET)


class EmittingChain(ScriptedTransport):
    """Answers for the logs of claims and fills, up to its newest block."""

    def __init__(self) -> None:
        super().__init__()
        self.number = 100
        self.claims_made: list[ClaimMade] = []
        self.fills_seen: list[RequestFilled] = []
        self.on("eth_getLogs", self._logs)
        self.on("eth_blockNumber", lambda *_: hex(self.number))

    def claim_made(self, request_id: bytes, fill_id: bytes) -> None:
        """Emit the event of a claim in the newest block."""
        event = make_claim_made(
            chain_id=CHAIN_ID,
            block_number=BlockNumber(self.number),
            log_index=len(self.claims_made),
            claim_id=ClaimId(len(self.claims_made) + 1),
            request_id=request_id,
            fill_id=fill_id,
            claimer=ACCOUNT.address,
        )
        self.claims_made.append(event)

    def fill_seen(self, request_id: bytes, fill_id: bytes, filler: str) -> None:
        """Emit the event of a fill in the newest block."""
        event = make_request_filled(
            chain_id=CHAIN_ID,
            block_number=BlockNumber(self.number),
            log_index=1_000 + len(self.fills_seen),
            request_id=request_id,
            fill_id=fill_id,
            filler=filler,
        )
        self.fills_seen.append(event)

    def _logs(self, filter_: dict[str, Any]) -> Any:
        last = self.number if filter_["toBlock"] == "latest" else int(filter_["toBlock"], 16)
        first = int(filter_["fromBlock"], 16)
        if first > self.number:
            return ErrorObject("invalid block range params", -32602)
        logs = [
            make_log(event)
            for event in (*self.claims_made, *self.fills_seen)
            if first <= event.block_number <= last
        ]
        return [log for log in logs if log["topics"][0] in filter_["topics"][0]]
