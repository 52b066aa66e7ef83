"""ChainClient against a real node: every question, and every error that a node raises itself."""

import threading
from contextlib import closing
from typing import Any

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils.crypto import keccak

from beamer_agent.contracts.interface import ERC20_ABI, Contract, RevertReasons
from beamer_agent.devnet.accounts import account_of
from beamer_agent.devnet.chain import LocalChain
from beamer_agent.devnet.deployer import Deployed, Deployer
from beamer_agent.devnet.waiting import wait_until
from beamer_agent.errors import (
    CallRevertedError,
    RpcPayloadError,
    RpcResponseError,
)
from beamer_agent.rpc.client import ChainClient
from beamer_agent.rpc.transport import HttpTransport
from beamer_agent.types import Address, BlockNumber, ChainId, TransactionHash
from tests.doubles import make_endpoint
from tests.factories import US, make_address

pytestmark = pytest.mark.integration

GWEI = 10**9
REQUEST_MANAGER_ARGUMENTS = (10**17, 86_400, 3_600, 3_600)


@pytest.fixture
def client(anvil: LocalChain) -> ChainClient:
    """Of the bare chain."""
    return anvil.client


@pytest.fixture
def deployer(anvil: LocalChain) -> Deployer:
    """Owns what it deploys."""
    return Deployer(anvil)


@pytest.fixture
def manager(deployer: Deployer) -> Deployed:
    """A RequestManager of this test's own."""
    return deployer.deploy("RequestManager", *REQUEST_MANAGER_ARGUMENTS)


def signed_transfer(
    client: ChainClient, account: LocalAccount, nonce: int
) -> tuple[bytes, TransactionHash]:
    """A transfer of one wei, with its hash."""
    signed = account.sign_transaction(
        {
            "type": 2,
            "chainId": client.chain_id(),
            "nonce": nonce,
            "to": US,
            "value": 1,
            "gas": 21_000,
            "maxFeePerGas": 10 * GWEI,
            "maxPriorityFeePerGas": GWEI,
        }
    )
    return bytes(signed.raw_transaction), TransactionHash(bytes(signed.hash))


def test_a_chain_tells_its_id_and_its_blocks(anvil: LocalChain, client: ChainClient) -> None:
    """Every block names the one before it."""
    anvil.mine(2)
    head = client.head()
    assert client.chain_id() == ChainId(1337)
    assert client.block(head.number) == head
    before = client.block(BlockNumber(head.number - 1))
    assert head.parent_hash == before.hash
    assert head.timestamp >= before.timestamp
    assert head.base_fee is not None


def test_a_block_that_is_not_there_is_an_error(client: ChainClient) -> None:
    """The node answers null."""
    with pytest.raises(RpcPayloadError, match="does not have the block"):
        client.block(BlockNumber(10**9))


def test_accounts_tell_balance_and_code(client: ChainClient, manager: Deployed) -> None:
    """An account without a contract has none."""
    assert client.balance(make_address(1_000)) == 0
    assert client.balance(account_of("agent").address) > 10**18
    assert client.code(make_address(1_000)) == b""
    assert len(client.code(manager.address)) > 1_000


def test_views_are_read_one_by_one_or_all_at_once(client: ChainClient, manager: Deployed) -> None:
    """At the newest block, or at an older one, where the contract may not have been."""
    contract = manager.contract
    assert client.read(contract.call("claimStake")) == REQUEST_MANAGER_ARGUMENTS[0]
    assert client.read(contract.call("owner")) == account_of("deployer").address
    stake, period, chain = client.read_many(
        [contract.call("claimStake"), contract.call("claimPeriod"), contract.call("chains", 5)]
    )
    assert (stake, period, chain) == (10**17, 3_600, (0, 0, 0))
    with pytest.raises(RpcPayloadError, match="claimStake"):
        client.read(contract.call("claimStake"), hex(manager.block - 1))


def test_an_account_without_code_has_no_views(client: ChainClient) -> None:
    """A wrong address is told from a contract that refuses."""
    call = Contract(make_address(1_000), ERC20_ABI).call("decimals")
    with pytest.raises(RpcPayloadError, match="decimals"):
        client.read(call)


def test_a_custom_error_is_put_into_words(client: ChainClient, manager: Deployed) -> None:
    """Of a view, of a simulation, and beside good answers in a batch."""
    unknown = manager.contract.call("isWithdrawn", b"\x07" * 32)
    with pytest.raises(CallRevertedError) as caught:
        client.read(unknown)
    assert caught.value.reason == f"UnknownRequest(0x{'07' * 32})"
    refused, stake = client.read_many([unknown, manager.contract.call("claimStake")])
    assert isinstance(refused, CallRevertedError)
    assert refused.reason == caught.value.reason
    assert stake == 10**17
    claim = manager.contract.call("withdraw", 5)
    with pytest.raises(CallRevertedError) as simulated:
        client.estimate_gas({"from": US, "to": manager.address, "data": "0x" + claim.data.hex()})
    assert simulated.value.reason == "UnknownClaim(5)"


def test_an_unknown_custom_error_is_shown_as_it_is(anvil: LocalChain, manager: Deployed) -> None:
    """Of a token, for example, whose interface nobody has."""
    endpoint = make_endpoint(HttpTransport(anvil.url))
    with closing(ChainClient(endpoint, RevertReasons([]).describe)) as client:
        with pytest.raises(CallRevertedError) as caught:
            client.read(manager.contract.call("isWithdrawn", bytes(32)))
        selector = keccak(b"UnknownRequest(bytes32)")[:4]
        assert caught.value.reason == "0x" + (selector + bytes(32)).hex()


# PUSH the string, store Error(string) of it, revert: what `require(false, "no")` compiles to.
REQUIRE_NO = bytes.fromhex(
    "7f08c379a000000000000000000000000000000000000000000000000000000000600052"
    "6020600452600260245261" + "6e6f" + "60f01b60445260646000fd"
)
REVERT_EMPTY = bytes.fromhex("60006000fd")
PANIC = bytes.fromhex(
    "7f4e487b7100000000000000000000000000000000000000000000000000000000600052601160045260246000fd"
)


@pytest.mark.parametrize(
    ("code", "reason"),
    [(REQUIRE_NO, "no"), (REVERT_EMPTY, "execution reverted"), (PANIC, "Panic(17)")],
)
def test_strings_panics_and_silence_are_put_into_words(
    client: ChainClient, code: bytes, reason: str
) -> None:
    """As deployed contracts revert."""
    where = make_address(2_000)
    client.call("anvil_setCode", where, "0x" + code.hex())
    with pytest.raises(CallRevertedError) as caught:
        client.read(Contract(where, ERC20_ABI).call("decimals"))
    assert caught.value.reason == reason


def test_logs_are_those_of_the_contracts_and_blocks_asked_for(
    anvil: LocalChain, deployer: Deployer, manager: Deployed
) -> None:
    """Both ends of the range are included; topics narrow it down."""
    other = deployer.deploy("FillManager", make_address(5))
    owner = anvil.wallet("deployer")
    block = owner.execute(manager.contract.call("addAllowedLp", US)).block_number
    owner.execute(other.contract.call("addAllowedLp", US))
    topic = "0x" + keccak(b"LpAdded(address)").hex()
    client = anvil.client
    (log,) = client.logs([manager.address], block, block)
    assert log["topics"] == [topic]
    both = client.logs([manager.address, other.address], block, client.head().number, [topic])
    assert len(both) == 2
    before = BlockNumber(block - 1)
    assert client.logs([manager.address], before, before, [topic]) == []


def test_a_range_that_is_none_is_refused(client: ChainClient) -> None:
    """The end before the beginning."""
    with pytest.raises(RpcResponseError):
        client.logs([US], BlockNumber(10), BlockNumber(5))


def test_gas_of_a_transaction_is_estimated(client: ChainClient) -> None:
    """Of one that does nothing but pay."""
    account = account_of("agent").address
    assert client.estimate_gas({"from": account, "to": US, "value": "0x1"}) == 21_000


def test_a_transaction_is_sent_mined_and_has_a_receipt(
    anvil: LocalChain, client: ChainClient
) -> None:
    """Until it is mined it counts as pending, and has none."""
    account = account_of("agent")
    client.call("evm_setAutomine", False)
    try:
        mined, pending = client.transaction_counts(account.address)
        raw, hash_ = signed_transfer(client, account, pending)
        client.send_raw_transaction(raw)
        assert client.transaction_counts(account.address) == (mined, pending + 1)
        assert client.receipts([hash_]) == [None]
        anvil.mine()
    finally:
        client.call("evm_setAutomine", True)
    assert client.transaction_counts(account.address) == (mined + 1, pending + 1)
    receipt, missing = client.receipts([hash_, TransactionHash(bytes(32))])
    assert missing is None
    assert receipt is not None
    assert receipt.succeeded
    assert (receipt.transaction_hash, receipt.gas_used) == (hash_, 21_000)
    assert receipt.block_number == client.head().number
    assert receipt.effective_gas_price >= GWEI


def test_a_transaction_that_fails_has_a_receipt_that_says_so(
    client: ChainClient, manager: Deployed
) -> None:
    """It was mined all the same."""
    account = account_of("agent")
    _, nonce = client.transaction_counts(account.address)
    signed = account.sign_transaction(
        {
            "type": 2,
            "chainId": client.chain_id(),
            "nonce": nonce,
            "to": manager.address,
            "data": manager.contract.call("withdraw", 5).data,
            "gas": 100_000,
            "maxFeePerGas": 10 * GWEI,
            "maxPriorityFeePerGas": GWEI,
        }
    )
    client.send_raw_transaction(bytes(signed.raw_transaction))
    hash_ = TransactionHash(bytes(signed.hash))
    receipt = wait_until(lambda: client.receipts([hash_])[0], "the transaction to be mined")
    assert not receipt.succeeded


def test_a_refused_transaction_says_why(client: ChainClient) -> None:
    """A nonce that is used up, an account that owns nothing."""
    account = account_of("agent")
    _, nonce = client.transaction_counts(account.address)
    raw, _ = signed_transfer(client, account, nonce)
    client.send_raw_transaction(raw)
    with pytest.raises(RpcResponseError, match=r"nonce too low|already imported"):
        client.send_raw_transaction(raw)
    poor: LocalAccount = Account.from_key(b"\x09" * 32)
    raw, _ = signed_transfer(client, poor, 0)
    with pytest.raises(RpcResponseError, match=r"(?i)insufficient funds"):
        client.send_raw_transaction(raw)


def test_an_unknown_method_is_a_response_error(client: ChainClient) -> None:
    """Alone, and in a batch."""
    with pytest.raises(RpcResponseError) as caught:
        client.call("beamer_noSuchMethod")
    assert caught.value.code == -32601
    missing, chain_id = client.batch([("beamer_noSuchMethod", ()), ("eth_chainId", ())])
    assert isinstance(missing, RpcResponseError)
    assert chain_id == "0x539"


def test_many_threads_share_one_client(client: ChainClient) -> None:
    """Each gets the answer to its own question; more threads than connections wait their turn."""
    answers: dict[int, Any] = {}

    def ask(number: int) -> None:
        address = Address(make_address(3_000 + number))
        client.call("anvil_setBalance", address, hex(number))
        answers[number] = client.balance(address)

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(1, 21)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {n: n for n in range(1, 21)}
