"""How fast logs become events, beside web3 in the same run.

    python -m benchmarks.decode [LOGS]

A start from 100 000 logs must take less than 5 seconds on one core, that is 50 us per log.
"""

import json
import sys
import time
from collections.abc import Callable
from typing import Any

from eth_utils.address import to_checksum_address
from hexbytes import HexBytes
from web3 import Web3

from beamer_agent.contracts.interface import packaged_contract
from beamer_agent.events.decoder import EventDecoder
from beamer_agent.rpc.model import RawLog
from beamer_agent.state.fold import Fold
from tests.factories import (
    DIRECTION,
    SOURCE,
    US,
    make_claim_made,
    make_claim_stake_withdrawn,
    make_deposit_withdrawn,
    make_request_created,
)
from tests.raw_logs import make_log

DEFAULT_LOGS = 100_000
WEB3_LOGS = 2_000
ABI = packaged_contract("RequestManager")["abi"]


def make_logs(count: int) -> list[RawLog]:
    """Logs of transfers, each with its own request."""
    logs: list[RawLog] = []
    for nonce in range(1, count // 4 + 2):
        created = make_request_created(nonce=nonce, block_number=4 * nonce)
        own = {"request_id": created.request_id}
        claim = {"claim_id": nonce} | own
        events = (
            created,
            make_claim_made(block_number=4 * nonce + 1, **claim),
            make_claim_stake_withdrawn(block_number=4 * nonce + 2, **claim),
            make_deposit_withdrawn(block_number=4 * nonce + 2, **own),
        )
        logs.extend(map(make_log, events))
    return logs[:count]


def web3_decode(logs: list[RawLog]) -> list[Any]:
    """The same with web3's own decoder."""
    contract = Web3().eth.contract(abi=ABI)
    names = ("RequestCreated", "ClaimMade", "ClaimStakeWithdrawn", "DepositWithdrawn")
    events = [contract.events[name]() for name in names]
    return [events[i % 4].process_log(_receipt_log(log)) for i, log in enumerate(logs)]


def _receipt_log(log: RawLog) -> Any:
    numbers = ("blockNumber", "logIndex", "transactionIndex")
    return log | {
        "address": to_checksum_address(log["address"]),
        "topics": [HexBytes(topic) for topic in log["topics"]],
        **{key: int(log[key], 16) for key in numbers},
        **{key: HexBytes(log[key]) for key in ("data", "blockHash", "transactionHash")},
    }


def timed(work: Callable[[], Any], count: int) -> tuple[float, Any]:
    """Microseconds per item, and the result."""
    started = time.perf_counter()
    result = work()
    return (time.perf_counter() - started) / count * 1e6, result


def main(count: int) -> None:
    """Measure and print."""
    logs = make_logs(count)
    text = json.dumps(logs)
    parse_us, logs = timed(lambda: json.loads(text), count)
    decode_us, events = timed(lambda: EventDecoder(SOURCE, [ABI]).decode(logs), count)
    fold = Fold(DIRECTION, US)
    fold_us, _ = timed(lambda: [fold.apply(event) for event in events], count)
    sample = logs[:WEB3_LOGS]
    web3_us, _ = timed(lambda: web3_decode(sample), len(sample))
    total = (parse_us + decode_us + fold_us) * count / 1e6
    lines = (
        f"decoder       {decode_us:8.2f} us per log",
        f"web3          {web3_us:8.2f} us per log, {web3_us / decode_us:.0f} times as long",
        f"json.loads    {parse_us:8.2f} us per log",
        f"fold          {fold_us:8.2f} us per event",
        f"{count} logs from text to state: {total:.2f} s",
    )
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_LOGS)
