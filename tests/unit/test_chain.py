"""One chain: from its name to everything that works on it."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from beamer_agent.chain import Surroundings, build_chain, connect, log_warnings
from beamer_agent.config import AccountConfig, ChainConfig, Config, TokenConfig
from beamer_agent.contracts.deployments import Deployments
from beamer_agent.errors import (
    ConfigurationError,
    RpcResponseError,
    RpcTimeoutError,
    UndecodableLogError,
)
from beamer_agent.events.view import Batch
from beamer_agent.line import open_line
from beamer_agent.preflight import Finding
from beamer_agent.tokens import TokenPairs
from beamer_agent.types import BlockNumber, ChainId
from tests import doubles
from tests.contract_answers import INTERFACES, ContractsChain
from tests.doubles import ErrorObject, FakeClock, RecordingLogger, block_json
from tests.factories import (
    SOURCE,
    SOURCE_TOKEN,
    TARGET,
    TARGET_TOKEN,
    make_block,
    make_request_created,
)
from tests.fake_events import ACCOUNT
from tests.raw_logs import make_log

pytestmark = pytest.mark.unit

TOKENS = {
    "TST": (
        TokenConfig(chain_id=SOURCE, address=SOURCE_TOKEN),
        TokenConfig(chain_id=TARGET, address=TARGET_TOKEN),
    )
}


class Chains:
    """A chain in memory, and what its agent knows."""

    def __init__(self) -> None:
        self.log = RecordingLogger()
        self.endpoint = ContractsChain(SOURCE, ACCOUNT.address)
        self.endpoint.target_chain(TARGET)
        self.endpoint.target_chain(SOURCE)
        self.endpoint.token(SOURCE_TOKEN, balance=7)
        self.endpoint.request_manager("claimRequestExtension", result=86_400)
        self.endpoint.always("eth_getBlockByNumber", block_json(make_block(100)))
        self.endpoint.always("eth_getLogs", [])
        self.line = doubles.make_line(self.endpoint)

    def around(self, **changes: Any) -> Surroundings:
        """With a configuration whose chain can be changed."""
        config = Config(
            artifacts_dir=Path(),
            account=AccountConfig(path=Path(), password=SecretStr("")),
            chains={"l2a": ChainConfig(rpc_url=(SecretStr("http://h"),), **changes)},
            tokens=TOKENS,
        )
        return Surroundings(
            config=config,
            account=ACCOUNT,
            deployments=Deployments(None, {SOURCE: self.endpoint.deployment}),
            interfaces=INTERFACES,
            pairs=TokenPairs(config.tokens),
            clock=FakeClock(),
            logger=self.log.logger,
        )


@pytest.fixture
def chains() -> Chains:
    """All is well."""
    return Chains()


def test_connection_knows_the_chain_and_its_terms(chains: Chains) -> None:
    """By what the endpoint and the contract say, not by the name."""
    connection = connect(chains.line, chains.around())
    assert (connection.name, connection.chain_id) == ("l2a", SOURCE)
    assert connection.deployment == chains.endpoint.deployment
    assert (connection.terms.stake, connection.terms.request_extension) == (10**16, 86_400)


def test_connecting_takes_few_requests(chains: Chains) -> None:
    """Each is a way to the endpoint and back before the first fill.

    Which chain it is, what its contracts and tokens are, what they ask for, how it takes fees.
    """
    connect(chains.line, chains.around())
    assert chains.endpoint.posts == 4


def test_terms_that_are_not_told_are_asked_for_again(chains: Chains) -> None:
    """An attempt without them is none."""
    chains.endpoint.request_manager("claimRequestExtension", result=ErrorObject("starting"))
    with pytest.raises(RpcResponseError, match="starting"):
        connect(chains.line, chains.around())


def test_chain_without_deployment_cannot_be_worked_on(chains: Chains) -> None:
    """The sentence names the chain id."""
    chains.endpoint.always("eth_chainId", hex(777))
    with pytest.raises(ConfigurationError, match="777"):
        connect(chains.line, chains.around())


def test_faults_of_the_contracts_are_all_told(chains: Chains) -> None:
    """With what to do about each."""
    chains.endpoint.request_manager("allowedLps", ACCOUNT.address, result=False)
    chains.endpoint.fill_manager("allowedLps", ACCOUNT.address, result=False)
    with pytest.raises(ConfigurationError) as failure:
        connect(chains.line, chains.around())
    assert len(failure.value.faults) == 2
    assert all(ACCOUNT.address in fault for fault in failure.value.faults)


def test_silent_endpoint_is_tried_again_later(chains: Chains) -> None:
    """No fault of the operator's."""
    chains.endpoint.always("eth_chainId", RpcTimeoutError("no answer"))
    with pytest.raises(RpcTimeoutError):
        connect(chains.line, chains.around())


def test_only_warnings_are_logged(chains: Chains) -> None:
    """What is fine needs no line, faults end a start."""
    levels: tuple[Any, ...] = ("ok", "warning", "fault")
    findings = [Finding("l2a", f"subject {level}", level, "detail", "do") for level in levels]
    log_warnings(findings, chains.log.logger)
    assert chains.log.lines == [
        {
            "event": "Found something to mend",
            "log_level": "warning",
            "chain": "l2a",
            "subject": "subject warning",
            "detail": "detail",
            "remedy": "do",
        }
    ]


def test_workers_of_a_chain_are_wired(chains: Chains) -> None:
    """A head goes from the monitor to sender and subscribers; balances come with it, and wake."""
    batches: list[Batch] = []
    changes: list[int] = []
    around = chains.around(confirmation_blocks=3, poll_period=0.7)
    connection = connect(chains.line, around)
    chain = build_chain(connection, around, [batches.append], lambda: changes.append(1))
    assert chain.following.monitor.step() == 0.7
    (batch,) = batches
    assert (batch.view.chain_id, batch.view.events_until) == (SOURCE, 97)
    assert chain.sender_wake.is_set()
    chain.account.sender.step()
    assert changes == [1]
    funds = chain.account.wallet.funds()
    assert funds is not None
    assert (funds.block_number, funds.native_balance) == (BlockNumber(100), 10**18)
    assert funds.tokens_free == {SOURCE_TOKEN: 7}


def test_sender_signs_for_the_chain_that_answered(chains: Chains) -> None:
    """Whatever the name."""
    around = chains.around()
    chain = build_chain(connect(chains.line, around), around, [], lambda: None)
    assert chain.connection.chain_id == ChainId(SOURCE)
    signer = chain.account.sender._dispatch._delivery.signer
    assert (signer.chain_id, signer.address) == (SOURCE, ACCOUNT.address)


def test_line_connects_to_nothing_by_itself(chains: Chains) -> None:
    """Only a question would."""
    urls = (SecretStr("http://user:secret@127.0.0.1:9/key"), SecretStr("http://127.0.0.1:9"))
    settings = ChainConfig(rpc_url=urls, ws_url=(SecretStr("ws://127.0.0.1:9/key"),))
    around = chains.around()
    line = open_line("l2a", settings, INTERFACES, around.clock, around.logger)
    assert [endpoint.name for endpoint in line.pool.endpoints] == ["l2a/1", "l2a/2"]
    checks = {endpoint._exchange._check_log for endpoint in line.pool.endpoints}
    for check in checks:
        with pytest.raises(UndecodableLogError):
            check(make_log(make_request_created()) | {"data": "0x"})
    assert [push.name for push in line.pushes] == ["l2a/ws1"]
    assert line.pool.quorum == 2
    line.pool.close()
