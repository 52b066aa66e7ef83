"""Survey: chains read once, by hand; what one of them refuses costs only what it alone knows."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from beamer_agent.chain import Surroundings
from beamer_agent.cli.survey import Survey
from beamer_agent.config import AccountConfig, BaseChainConfig, ChainConfig, Config, TokenConfig
from beamer_agent.contracts.deployments import BaseDeployment, Deployments
from beamer_agent.errors import RpcConnectionError, RpcTimeoutError
from beamer_agent.events.model import Event
from beamer_agent.tokens import TokenPairs
from beamer_agent.types import Address, BlockNumber, ChainId, ClaimId
from tests.contract_answers import INTERFACES, ContractsChain
from tests.doubles import FakeClock, RecordingLogger, ScriptedTransport, block_json, make_line
from tests.factories import (
    ALICE,
    CLAIM_ID,
    FILL_ID,
    SOURCE,
    SOURCE_TOKEN,
    TARGET,
    TARGET_TOKEN,
    make_address,
    make_block,
    make_claim_made,
    make_request_created,
    make_request_filled,
)
from tests.fake_events import ACCOUNT
from tests.raw_logs import make_log

pytestmark = pytest.mark.unit

RESOLVER: Address = make_address(31)
DOWN = RpcConnectionError("Connection refused")
FALSE_CLAIM = (make_request_created(), make_claim_made(claimer=ALICE))
OTHERS_FILL = make_request_filled(filler=make_address(8), fill_id=FILL_ID)


class Chains:
    """Two chains and an L1 in memory, where all is well."""

    def __init__(self) -> None:
        self.log = RecordingLogger()
        self.source = chain(SOURCE, TARGET)
        self.target = chain(TARGET, SOURCE)
        self.base = ScriptedTransport(
            eth_chainId="0x1",
            eth_getCode="0x00",
            eth_getBalance=hex(10**18),
            eth_getBlockByNumber=block_json(make_block(100)),
        )

    def survey(self, around: Surroundings | None = None) -> Survey:
        """All of them, looked at."""
        endpoints = {"source": self.source, "target": self.target, "base-chain": self.base}
        around = around or self.around()
        with Survey(around, lambda name, _: make_line(endpoints[name], name)) as survey:
            survey.look()
        assert all(endpoint.is_closed for endpoint in endpoints.values())
        return survey

    def around(self) -> Surroundings:
        """What an agent knows of them."""
        config = Config(
            artifacts_dir=Path(),
            account=AccountConfig(path=Path(), password=SecretStr("")),
            base_chain=BaseChainConfig(rpc_url=(SecretStr("http://base"),)),
            chains={
                n: ChainConfig(rpc_url=(SecretStr(f"http://{n}"),)) for n in ("source", "target")
            },
            tokens={
                "TST": (
                    TokenConfig(chain_id=SOURCE, address=SOURCE_TOKEN),
                    TokenConfig(chain_id=TARGET, address=TARGET_TOKEN),
                )
            },
        )
        base_id = ChainId(int(self.base.answer_of("eth_chainId")(), 16))
        chains = (self.source.deployment, self.target.deployment)
        return Surroundings(
            config=config,
            account=ACCOUNT,
            deployments=Deployments(
                BaseDeployment(base_id, RESOLVER, BlockNumber(1)),
                {deployment.chain_id: deployment for deployment in chains},
            ),
            interfaces=INTERFACES,
            pairs=TokenPairs(config.tokens),
            clock=FakeClock(),
            logger=self.log.logger,
        )


def chain(chain_id: ChainId, other: ChainId) -> ContractsChain:
    """A chain where nothing has happened."""
    endpoint = ContractsChain(chain_id, ACCOUNT.address)
    endpoint.target_chain(other)
    for token in (SOURCE_TOKEN, TARGET_TOKEN):
        endpoint.token(token, balance=10**18)
    endpoint.request_manager("claimRequestExtension", result=86_400)
    endpoint.always("eth_getBlockByNumber", block_json(make_block(100)))
    endpoint.always("eth_getLogs", [])
    return endpoint


def emit(endpoint: ScriptedTransport, events: Iterable[Event]) -> None:
    """Let these be all that has happened on a chain."""
    endpoint.always("eth_getLogs", [make_log(event) for event in events])


def claims_in(survey: Survey) -> list[ClaimId]:
    """Of all directions."""
    return [n.claim_id for direction in survey.directions for n in direction.arithmetic()]


@pytest.fixture
def chains() -> Chains:
    """All is well."""
    return Chains()


def test_events_of_both_chains_are_put_together(chains: Chains) -> None:
    """A claim on the source chain is false by a fill on the target chain."""
    emit(chains.source, FALSE_CLAIM)
    emit(chains.target, [OTHERS_FILL])
    survey = chains.survey()
    assert survey.faults == []
    assert claims_in(survey) == [CLAIM_ID]
    (numbers,) = survey.directions[0].arithmetic()
    assert numbers.judgement.ground.value == "another fill is on the target chain"


def test_only_questions_are_asked(chains: Chains) -> None:
    """Whatever there would be to do."""
    emit(chains.source, FALSE_CLAIM)
    emit(chains.target, [OTHERS_FILL])
    chains.survey()
    endpoints = (chains.source, chains.target, chains.base)
    asked = {method for endpoint in endpoints for method in endpoint.methods()}
    assert not {method for method in asked if method.startswith("eth_send")}


def test_chain_that_does_not_answer(chains: Chains) -> None:
    """A sentence; its directions cannot be shown, the other chain's funds can."""
    emit(chains.source, FALSE_CLAIM)
    around = chains.around()
    chains.target.always("eth_chainId", DOWN)
    survey = chains.survey(around)
    assert survey.faults == ["chains.target.rpc-url: it does not answer: Connection refused"]
    assert survey.directions == []
    assert survey.chains["source"].account.wallet.funds() is not None


def test_events_that_cannot_be_read(chains: Chains) -> None:
    """A sentence, after a few attempts."""
    chains.target.always("eth_getLogs", DOWN)
    survey = chains.survey()
    assert survey.faults == ["chains.target.rpc-url: it cannot be read: Connection refused"]
    assert 1 < chains.target.methods().count("eth_getLogs") < 20


def test_range_that_was_too_much_is_asked_again(chains: Chains) -> None:
    """As the agent's own thread would."""
    logs: list[Any] = [make_log(event) for event in FALSE_CLAIM]
    slow = RpcTimeoutError("no answer")
    chains.source.in_turn("eth_getLogs", [slow, slow, logs, *[[]] * 99])
    survey = chains.survey()
    assert survey.faults == []
    assert claims_in(survey) == [CLAIM_ID]


def test_chain_without_a_deployment_file(chains: Chains) -> None:
    """All faults are told, as at a start."""
    around = chains.around()
    chains.source.always("eth_chainId", hex(778))
    chains.target.request_manager("allowedLps", ACCOUNT.address, result=False)
    survey = chains.survey(around)
    missing, permission = survey.faults
    assert "no deployment file for chain id 778" in missing
    assert ACCOUNT.address in permission


def test_two_names_for_one_chain(chains: Chains) -> None:
    """The claims are not shown twice."""
    emit(chains.source, FALSE_CLAIM)
    chains.target = chains.source
    chains.source.target_chain(SOURCE)
    survey = chains.survey()
    assert survey.faults == [
        f"chains.target.rpc-url: serves chain id {SOURCE}, as that of another chain does"
    ]


def test_l1_that_does_not_answer_is_a_warning(chains: Chains) -> None:
    """The agent works without."""
    chains.base.always("eth_getCode", DOWN)
    survey = chains.survey()
    assert (survey.faults, survey.slot.account) == ([], None)
    assert chains.log.sentences("warning") == ["No L1 resolution"]


def test_l1_that_is_a_chain_of_transfers_has_one_account(chains: Chains) -> None:
    """What is reserved there comes from one balance."""
    chains.base.always("eth_chainId", hex(TARGET))
    survey = chains.survey()
    assert survey.slot.account is survey.chains["target"].account
