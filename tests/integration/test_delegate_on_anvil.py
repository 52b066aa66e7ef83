"""`beamer-agent delegate` on a real node: the code is set, shown and removed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import Result

from beamer_agent.devnet.accounts import account_of
from beamer_agent.devnet.anvil import Anvil
from beamer_agent.devnet.binary import find_anvil
from beamer_agent.devnet.chain import LocalChain
from beamer_agent.devnet.world import LocalWorld
from beamer_agent.transactions.delegation import delegate_of, is_executor
from beamer_agent.types import Address
from tests.chain_fixtures import BARE_CHAIN_ID
from tests.cli_runs import invoke

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("restored_logging")]

ACCOUNT = account_of("agent").address


def run(world: LocalWorld, command: str, *arguments: str, **more: str) -> Result:
    """`beamer-agent delegate` with the world's files."""
    return invoke("delegate", command, "-c", str(world.configuration), *arguments, **more)


def delegate(chain: LocalChain) -> Address | None:
    """Where the agent's code is."""
    return delegate_of(chain.client.code(ACCOUNT))


def executor(chain: LocalChain) -> Address:
    """Where the agent's code is, and it is the executor's."""
    found = delegate(chain)
    assert found is not None
    assert is_executor(chain.client.code(found))
    return found


def name(world: LocalWorld, place: int) -> str:
    """Of an L2."""
    return world.pair[place].chain.name


def test_code_is_set_shown_and_removed_chain_by_chain(world: LocalWorld) -> None:
    """What is said is so."""
    first, second = (l2.chain for l2 in world.pair)
    before = run(world, "show")
    assert before.stdout.splitlines() == [
        f"{chain.name}: {ACCOUNT} does not delegate." for chain in (first, second)
    ]
    done = run(world, "set", "--yes", first.name)
    assert (done.exit_code, done.stderr) == (0, "")
    assert f"{first.name}: {ACCOUNT} delegates to the batch executor at" in done.stdout
    assert "without batch = true it is not used" in done.stdout
    assert executor(first)
    assert delegate(second) is None
    assert run(world, "show", first.name).stdout in done.stdout
    gone = run(world, "remove", "--yes")
    assert gone.exit_code == 0
    assert gone.stdout.splitlines()[-2:] == before.stdout.splitlines()
    assert first.client.code(ACCOUNT) == b""


def test_code_that_is_set_is_left_alone(world: LocalWorld) -> None:
    """Neither a second executor nor a second transaction; but another one where it is named."""
    chain = world.pair[0].chain
    run(world, "set", "--yes", chain.name)
    nonces, there = chain.client.transaction_counts(ACCOUNT), executor(chain)
    assert run(world, "set", chain.name).exit_code == 0
    assert run(world, "set", chain.name, "--executor", there).exit_code == 0
    assert chain.client.transaction_counts(ACCOUNT) == nonces
    run(world, "remove", "--yes", chain.name)
    assert run(world, "set", "--yes", chain.name, "--executor", there).exit_code == 0
    assert executor(chain) == there


def test_nothing_is_sent_without_a_yes(world: LocalWorld) -> None:
    """It is said what would be, and asked."""
    chain = world.pair[0].chain
    asked = run(world, "set", chain.name)
    assert asked.exit_code == 1
    assert (
        f"{ACCOUNT} does not delegate. It will delegate to a new batch executor." in asked.stdout
    )
    assert delegate(chain) is None


def test_foreign_code_is_refused(world: LocalWorld) -> None:
    """It could do anything with what the account has."""
    l2 = world.pair[0]
    refused = run(world, "set", "-y", l2.chain.name, "--executor", l2.fill_manager.address)
    assert refused.exit_code == 1
    assert "is not the batch executor of this version" in refused.stderr
    assert delegate(l2.chain) is None


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["set", "l2x"], "l2x is no configured chain"),
        (["set", "--executor", "0x12"], "--executor: 0x12 is not an address"),
    ],
)
def test_misspelt_arguments_are_faults(
    world: LocalWorld, arguments: list[str], sentence: str
) -> None:
    """Before anything is asked of a chain."""
    refused = run(world, *arguments)
    assert refused.exit_code == 2
    assert sentence in refused.stderr


def test_account_with_transactions_on_their_way_is_left_alone(world: LocalWorld) -> None:
    """An agent runs: its nonces are not ours to give."""
    chain = world.pair[0].chain
    chain.client.call("evm_setAutomine", False)
    chain.wallet("agent").send(
        world.pair[0].tokens["DAI"].contract.call("approve", world.pair[0].fill_manager.address, 1)
    )
    refused = run(world, "set", "--yes", chain.name)
    chain.client.call("evm_setAutomine", True)
    assert refused.exit_code == 1
    assert "1 transactions of the account are still to be mined: stop the agent" in refused.stderr


class OldAnvil(Anvil):
    """A chain that knows no EIP-7702."""

    def _command(self, port: int) -> list[str]:
        return [*super()._command(port), "--hardfork", "cancun"]


@pytest.fixture
def old_chain() -> Iterator[str]:
    """The URL of such a chain."""
    with OldAnvil(find_anvil(), BARE_CHAIN_ID) as process:
        yield process.url


def test_chain_without_the_feature_is_refused(
    world: LocalWorld, old_chain: str, tmp_path: Path
) -> None:
    """Before a gas is spent."""
    text = world.configuration.read_text().replace(world.pair[0].chain.url, old_chain)
    configuration = tmp_path / "agent.toml"
    configuration.write_text(text)
    refused = invoke("delegate", "set", "-y", "-c", str(configuration), name(world, 0))
    assert refused.exit_code == 1
    assert "the chain does not support EIP-7702" in refused.stderr
