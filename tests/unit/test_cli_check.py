import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from eth_account import Account

from beamer_agent.cli import check, main
from beamer_agent.config import BaseChainConfig, ChainConfig
from beamer_agent.contracts.interface import packaged_contract
from beamer_agent.errors import RpcConnectionError
from beamer_agent.line import Line
from beamer_agent.transactions.delegation import PREFIX
from beamer_agent.types import ChainId
from tests.contract_answers import ContractsChain
from tests.doubles import ErrorObject, ScriptedTransport, make_line
from tests.factories import FILL_MANAGER, REQUEST_MANAGER, SOURCE_TOKEN, TARGET_TOKEN

pytestmark = [pytest.mark.unit, pytest.mark.usefixtures("restored_logging")]

ACCOUNT = Account.from_key(b"\x11" * 32)
L2A, L2B = ChainId(10), ChainId(20)
KEY = "0123456789abcdef0123456789abcdef"

CONFIGURATION = f"""
artifacts-dir = "deployments"
[account]
path = "account.json"
password = "the password"
[base-chain]
rpc-url = "http://base"
[chains.l2a]
rpc-url = "http://l2a/{KEY}"
[chains.l2b]
rpc-url = "http://l2b"
[tokens]
USDC = [["10", "{SOURCE_TOKEN}"], ["20", "{TARGET_TOKEN}"]]
"""

Endpoints = dict[str, ScriptedTransport]


def deployment(chain_id: ChainId) -> str:
    """A deployment file's content."""
    contracts = {"RequestManager": REQUEST_MANAGER, "FillManager": FILL_MANAGER}
    infos = {
        name: {"address": address, "deployment_block": 1} for name, address in contracts.items()
    }
    return json.dumps({"chain": {"chain_id": chain_id, **infos}})


@pytest.fixture
def endpoints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Endpoints:
    """Two chains and a base chain where all is well, and an agent's files for them."""
    monkeypatch.chdir(tmp_path)
    keystore = Account.encrypt(ACCOUNT.key, "the password", kdf="pbkdf2", iterations=2)
    Path("account.json").write_text(json.dumps(keystore))
    Path("agent.toml").write_text(CONFIGURATION)
    Path("deployments").mkdir()
    for chain_id in (L2A, L2B):
        Path("deployments", f"{chain_id}-x.deployment.json").write_text(deployment(chain_id))
    resolver = {"address": REQUEST_MANAGER, "deployment_block": 1}
    base = {"base": {"chain_id": 1, "Resolver": resolver}}
    Path("deployments", "base.deployment.json").write_text(json.dumps(base))
    endpoints: Endpoints = {
        f"http://l2a/{KEY}": contracts_chain(L2A, L2B),
        "http://l2b": contracts_chain(L2B, L2A),
        "http://base": ScriptedTransport(
            eth_chainId="0x1", eth_getCode="0x00", eth_getBalance="0x1"
        ),
    }

    def open_one(name: str, settings: ChainConfig | BaseChainConfig) -> Line:
        transports = [endpoints[url.get_secret_value()] for url in settings.rpc_url]
        return make_line(transports[0], name, *transports[1:])

    monkeypatch.setattr(check, "line_opener", lambda _parts: open_one)
    return endpoints


def contracts_chain(chain_id: ChainId, target: ChainId) -> ContractsChain:
    """A chain where all is well."""
    chain = ContractsChain(chain_id, ACCOUNT.address)
    chain.target_chain(target)
    for token in (SOURCE_TOKEN, TARGET_TOKEN):
        chain.token(token, balance=10**18)
    return chain


def invoke(*arguments: str) -> Result:
    """Run `beamer-agent check` in this process."""
    return CliRunner().invoke(main.cli, arguments or ("check", "--config", "agent.toml"))


def rows(result: Result, level: str) -> list[str]:
    """The rows of the table that are of a level."""
    return [line for line in result.stdout.splitlines() if f" {level} " in line and "│" in line]


def test_all_is_well(endpoints: Endpoints) -> None:
    """Every chain is looked at, nothing is wrong, every connection is given back."""
    result = invoke()
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    assert result.stdout.splitlines()[-1] == "18 ok, 0 warnings, 0 faults"
    assert f"│ l2b        │ USDC {TARGET_TOKEN} " in result.stdout
    assert all(endpoint.is_closed for endpoint in endpoints.values())


def test_every_endpoint_is_looked_at(endpoints: Endpoints) -> None:
    """Of transfer chains and of the base chain; one that is silent is not in the way."""
    text = CONFIGURATION.replace('"http://base"', '["http://base", "http://base2"]')
    Path("agent.toml").write_text(text.replace('"http://l2b"', '["http://l2b", "http://l2b2"]'))
    endpoints["http://l2b2"] = contracts_chain(L2B, L2A)
    endpoints["http://base2"] = ScriptedTransport(eth_chainId=RpcConnectionError("gone"))
    result = invoke()
    assert result.exit_code == 0, result.output
    shown = [row for row in result.stdout.splitlines() if "RPC " in row]
    looks = [("l2b/1", "ok"), ("l2b/2", "ok"), ("base-chain/1", "ok"), ("base-chain/2", "warning")]
    for name, level in looks:
        assert any(f"RPC {name} " in row and f" {level} " in row for row in shown), result.stdout
    assert all(endpoint.is_closed for endpoint in endpoints.values())


def test_nothing_is_sent(endpoints: Endpoints) -> None:
    """Only questions reach the chains."""
    invoke()
    asked = {method for endpoint in endpoints.values() for method in endpoint.methods()}
    looks = {"eth_chainId", "eth_getBlockByNumber", "eth_call", "eth_getCode", "eth_getBalance"}
    assert asked == looks


def test_options_may_stand_before_the_command(endpoints: Endpoints) -> None:
    """`beamer-agent --config FILE check` is what many will type; the nearer option counts."""
    assert invoke("--config", "agent.toml", "check").exit_code == 0
    assert invoke("--config", "none", "check", "--config", "agent.toml").exit_code == 0


def test_an_option_before_the_command_beats_the_environment(
    endpoints: Endpoints, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Command line beats environment, wherever on the line it stands."""
    monkeypatch.setenv("BEAMER_AGENT_CONFIG", "none")
    assert invoke("--config", "agent.toml", "check").exit_code == 0
    assert invoke("check").exit_code == 2


def test_a_warning_is_no_failure(endpoints: Endpoints) -> None:
    """The agent would start."""
    endpoints["http://l2b"].always("eth_getBalance", "0x0")
    result = invoke()
    assert result.exit_code == 0
    (row,) = rows(result, "warning")
    assert "native balance" in row
    assert "send at least 0.11 ether" in row


def test_batches_that_are_wanted_need_the_accounts_code(endpoints: Endpoints) -> None:
    """On each chain that wants them; without it nothing is wrong, and nothing goes together."""
    Path("agent.toml").write_text("batch = true\n" + CONFIGURATION)
    first, second = endpoints[f"http://l2a/{KEY}"], endpoints["http://l2b"]
    delegated = "0x" + PREFIX.hex() + REQUEST_MANAGER[2:].lower()
    codes = {
        ACCOUNT.address: delegated,
        REQUEST_MANAGER: packaged_contract("BatchExecutor")["runtime_code"],
    }
    first.on("eth_getCode", lambda address, _: codes.get(address, "0x00"))
    second.on("eth_getCode", lambda address, _: "0x" if address == ACCOUNT.address else "0x00")
    result = invoke()
    assert result.exit_code == 0
    (row,) = [row for row in rows(result, "ok") if "batches" in row]
    assert f"{ACCOUNT.address} delegates to the batch executor at {REQUEST_MANAGER}" in row
    (row,) = rows(result, "warning")
    assert f"they are off: {ACCOUNT.address} does not delegate" in row
    assert "beamer-agent delegate set l2b" in row


def test_a_watchtower_needs_neither_permission_nor_tokens(endpoints: Endpoints) -> None:
    """It may hold stakes only."""
    for chain in endpoints.values():
        if isinstance(chain, ContractsChain):
            chain.request_manager("allowedLps", ACCOUNT.address, result=False)
            chain.fill_manager("allowedLps", ACCOUNT.address, result=False)
    Path("agent.toml").write_text(CONFIGURATION.partition("[tokens]")[0])
    result = invoke("check", "--config", "agent.toml", "--no-fill")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1].endswith(" ok, 0 warnings, 0 faults")


def test_a_fault_has_a_remedy_and_an_exit_code(endpoints: Endpoints) -> None:
    """All chains are looked at all the same."""
    chain = endpoints[f"http://l2a/{KEY}"]
    assert isinstance(chain, ContractsChain)
    chain.fill_manager("allowedLps", ACCOUNT.address, result=False)
    result = invoke()
    assert result.exit_code == 1
    (row,) = rows(result, "fault")
    assert f"{ACCOUNT.address} is no allowed LP of the contract at {FILL_MANAGER}" in row
    assert f"addAllowedLp({ACCOUNT.address})" in row
    assert "│ l2b " in result.stdout


def test_an_endpoint_that_does_not_answer_is_a_fault(endpoints: Endpoints) -> None:
    """With the key to look at, and without any credential that the endpoint repeats."""
    text = f"no such project: http://l2a/{KEY}"
    endpoints[f"http://l2a/{KEY}"].always("eth_chainId", ErrorObject(text))
    result = invoke()
    assert result.exit_code == 1
    (row,) = rows(result, "fault")
    assert "it does not answer: no such project: http://l2a/***" in row
    assert "check chains.l2a.rpc-url" in row
    assert KEY not in result.output


def test_a_chain_without_a_deployment_file_is_a_fault(endpoints: Endpoints) -> None:
    """The sentence says which file is missing."""
    Path("deployments", "20-x.deployment.json").unlink()
    result = invoke()
    assert result.exit_code == 1
    (row,) = rows(result, "fault")
    assert "chains.l2b.rpc-url: no deployment file for chain id 20 in deployments" in row


def test_two_names_for_one_chain_are_a_fault(endpoints: Endpoints) -> None:
    """It would be served to itself by mistake."""
    endpoints["http://l2b"] = endpoints[f"http://l2a/{KEY}"]
    result = invoke()
    assert result.exit_code == 1
    (row,) = rows(result, "fault")
    assert "it serves chain id 10, as the RPC of chains.l2a does" in row
    # Which chain the second name should have led to is unknown, so no token is called useless.
    assert rows(result, "warning") == []


def test_tokens_of_no_configured_chain_are_a_warning(endpoints: Endpoints) -> None:
    """Existing files have them."""
    text = Path("agent.toml").read_text().replace('["10",', f'["30", "{TARGET_TOKEN}"], ["10",')
    Path("agent.toml").write_text(text)
    for chain in endpoints.values():
        if isinstance(chain, ContractsChain):
            chain.target_chain(ChainId(30))
    result = invoke()
    assert result.exit_code == 0
    (row,) = rows(result, "warning")
    assert "chain id 30" in row
    assert "none of [chains] has this id" in row


def test_a_base_chain_that_is_down_is_a_warning(endpoints: Endpoints) -> None:
    """Transfers go on without it."""
    endpoints["http://base"].always("eth_chainId", RpcConnectionError("Connection refused"))
    result = invoke()
    assert result.exit_code == 0
    (row,) = rows(result, "warning")
    assert "it does not answer: Connection refused" in row


def test_a_missing_base_chain_is_a_warning(endpoints: Endpoints) -> None:
    """It may be missing."""
    text = CONFIGURATION.replace('[base-chain]\nrpc-url = "http://base"\n', "")
    Path("agent.toml").write_text(text)
    result = invoke()
    assert result.exit_code == 0
    (row,) = rows(result, "warning")
    assert "no base chain is configured" in row


def test_names_are_shown_as_they_are_written(endpoints: Endpoints) -> None:
    """Square brackets are no mark-up."""
    Path("agent.toml").write_text(CONFIGURATION.replace("USDC =", '"[red]x" ='))
    assert f"[red]x {SOURCE_TOKEN}" in invoke().stdout


def test_a_bad_configuration_has_its_own_exit_code(endpoints: Endpoints) -> None:
    """There is nothing to look at."""
    result = invoke("check", "--config", "agent.toml", "--poll-period", "0")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "Error: poll-period: must be more than 0\n"
