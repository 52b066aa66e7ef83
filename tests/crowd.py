"""Many transactions of one account handed over at once, and the requests and claims they make."""

from collections.abc import Sequence
from typing import Final

from beamer_agent.contracts.call import ContractCall
from beamer_agent.devnet.accounts import account_of
from beamer_agent.devnet.chain import LocalChain
from beamer_agent.devnet.deployment import L2Contracts
from beamer_agent.devnet.logs import Log, LogReader
from beamer_agent.devnet.participant import VALIDITY_PERIOD, Request
from beamer_agent.devnet.waiting import wait_until
from beamer_agent.devnet.world import LocalWorld
from beamer_agent.rpc.model import Receipt
from beamer_agent.types import (
    BlockNumber,
    FillId,
    RequestId,
    Timestamp,
    TokenAmount,
    TransactionHash,
    Wei,
)

MINED_SECONDS: Final = 60.0
FEE: Final = 10**11
"""Wei per gas: more than any base fee of these chains."""
TIP: Final = 10**9
NOTHING: Final = Wei(0)
KNOWN: Final = "already imported"


def send_all(
    chain: LocalChain, role: str, calls: Sequence[ContractCall], value: Wei = NOTHING
) -> list[TransactionHash]:
    """Hand a role's calls over in one request, so that the next blocks hold them all.

    Every call takes about the gas of the first one.
    """
    account, client = account_of(role), chain.client
    fields = {"from": account.address, "to": calls[0].address, "value": hex(value)}
    gas = client.estimate_gas({**fields, "data": "0x" + calls[0].data.hex()}) * 5 // 4
    mined, first = client.transaction_counts(account.address)
    assert mined == first, "an earlier transaction of the role is not mined yet"
    signed = [
        account.sign_transaction(
            {
                "type": 2,
                "chainId": chain.chain_id,
                "nonce": first + number,
                "to": call.address,
                "data": call.data,
                "value": value,
                "gas": gas,
                "maxFeePerGas": FEE,
                "maxPriorityFeePerGas": TIP,
            }
        )
        for number, call in enumerate(calls)
    ]
    raws = ["0x" + bytes(one.raw_transaction).hex() for one in signed]
    answers = client.batch([("eth_sendRawTransaction", (raw,)) for raw in raws])
    refusals = [answer for answer in answers if isinstance(answer, Exception)]
    # A busy chain is asked twice: it has them from the first time.
    assert all(KNOWN in str(refusal) for refusal in refusals), refusals[0]
    return [TransactionHash(bytes(one.hash)) for one in signed]


def wait_for_all(chain: LocalChain, hashes: Sequence[TransactionHash]) -> list[Receipt]:
    """The receipts of transactions that must all succeed."""

    def receipts() -> list[Receipt]:
        found = [receipt for receipt in chain.client.receipts(hashes) if receipt is not None]
        return found if len(found) == len(hashes) else []

    mined = wait_until(receipts, f"{len(hashes)} transactions", seconds=MINED_SECONDS)
    assert all(receipt.succeeded for receipt in mined)
    return mined


def create_requests(world: LocalWorld, symbol: str, amount: int, count: int) -> list[Request]:
    """Requests of the user, from the first to the second chain, as their events tell them."""
    user = world.participant("user")
    source, target = world.pair
    user.allow(source, symbol, source.request_manager)
    create = source.request_manager.contract.call(
        "createRequest",
        target.chain.chain_id,
        source.tokens[symbol].address,
        target.tokens[symbol].address,
        user.address,
        amount,
        VALIDITY_PERIOD,
    )
    hashes = send_all(source.chain, "user", [create] * count)
    wait_for_all(source.chain, hashes)
    return [
        Request(
            request_id=RequestId(log["requestId"]),
            source=source,
            target=target,
            symbol=symbol,
            receiver=log["targetAddress"],
            amount=TokenAmount(log["amount"]),
            nonce=log["nonce"],
            valid_until=Timestamp(log["validUntil"]),
        )
        for log in events(source, "RequestCreated")
        if log.transaction_hash in set(hashes)
    ]


def claim_all(
    world: LocalWorld, role: str, claims: Sequence[tuple[Request, FillId]]
) -> list[TransactionHash]:
    """Claim requests with these fill ids, all at once; returns before they are mined."""
    source, _ = world.pair
    manager = source.request_manager.contract
    calls = [manager.call("claimRequest", request.request_id, fill) for request, fill in claims]
    return send_all(source.chain, role, calls, world.settings.claim_stake)


def false_fill_id(number: int) -> FillId:
    """One that no fill will have."""
    return FillId(number.to_bytes(32, "big"))


def events(l2: L2Contracts, *names: str) -> list[Log]:
    """The events of a chain's managers with these names, oldest first."""
    contracts = [l2.request_manager.contract, l2.fill_manager.contract]
    logs = LogReader(l2.chain.client, contracts, BlockNumber(0)).read()
    return [log for log in logs if log.name in names]
