"""`beamer-agent delegate`: lets the agent's account carry out many actions in one transaction."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from beamer_agent.checksums import checksummed
from beamer_agent.cli.help import GroupedCommand
from beamer_agent.cli.options import agent_options
from beamer_agent.cli.set_code import NOBODY, CodeSetter, Standing
from beamer_agent.cli.startup import (
    Ingredients,
    line_opener,
    load_ingredients,
    sentences_for_errors,
)
from beamer_agent.config import ChainConfig
from beamer_agent.errors import ConfigurationError, FatalError, RpcError
from beamer_agent.faults import nearest
from beamer_agent.logging import Redactor, secrets_of
from beamer_agent.types import Address

C = TypeVar("C", bound=Callable[..., Any])

Deed = Callable[[str, ChainConfig, CodeSetter], None]
"""What is done on a chain, by its name, with its settings."""


def _on_chains(command: C) -> C:
    """The options of the agent, and the chains that a command is about."""
    return agent_options(click.argument("names", nargs=-1, metavar="[CHAIN]...")(command))


_yes = click.option("-y", "--yes", is_flag=True, help="do not ask")


@click.group()
def delegate() -> None:
    """Let fills, claims and withdrawals share transactions.

    The account's code becomes that of a small contract of ours (EIP-7702, docs/batches.md).
    """


@delegate.command(cls=GroupedCommand)
@_on_chains
@click.pass_context
def show(ctx: click.Context, /, names: Sequence[str], **_options: object) -> None:
    """Show the account's code; send nothing.

    On these chains, or on all.

    Exit code 0: it is said, 1: a chain does not answer, 2: bad configuration.
    """

    def look(name: str, settings: ChainConfig, setter: CodeSetter) -> None:
        standing = setter.standing()
        click.echo(f"{name}: {standing}{_use(standing, settings)}.")

    _for_each(ctx, names, look)


@delegate.command("set", cls=GroupedCommand)
@click.option("--executor", metavar="ADDRESS", help="a BatchExecutor that is there already")
@_yes
@_on_chains
@click.pass_context
def set_(
    ctx: click.Context,
    /,
    names: Sequence[str],
    executor: str | None,
    yes: bool,
    **_options: object,
) -> None:
    """Delegate the account to the batch executor.

    On these chains, or on all. The executor is deployed first, unless its address is given. Both
    are sent by the account: stop the agent before, or their nonces get in each other's way.

    Exit code 0: it is so, 1: it is not, 2: bad configuration.
    """

    def change(name: str, settings: ChainConfig, setter: CodeSetter) -> None:
        standing = setter.standing()
        is_meant = given is None or given == standing.delegate
        if not (standing.is_ours and is_meant):
            _check_before(setter, standing, given)
            _confirm(name, standing, f"will delegate to {given or 'a new batch executor'}", yes)
            setter.delegate(given or _deploy(name, setter))
            standing = setter.standing()
        click.echo(f"{name}: {standing}{_use(standing, settings)}.")

    with sentences_for_errors():
        given = None if executor is None else _address(executor)
    _for_each(ctx, names, change)


@delegate.command(cls=GroupedCommand)
@_yes
@_on_chains
@click.pass_context
def remove(ctx: click.Context, /, names: Sequence[str], yes: bool, **_options: object) -> None:
    """Take the account's code away again.

    On these chains, or on all. That is sent by the account: stop the agent before, or their
    nonces get in each other's way.

    Exit code 0: it has none, 1: it has, 2: bad configuration.
    """

    def change(name: str, settings: ChainConfig, setter: CodeSetter) -> None:
        standing = setter.standing()
        if standing.delegate is not None:
            _confirm(name, standing, "will have no code", yes)
            setter.delegate(NOBODY)
            standing = setter.standing()
        click.echo(f"{name}: {standing}{_use(standing, settings)}.")

    _for_each(ctx, names, change)


def _for_each(ctx: click.Context, names: Sequence[str], deed: Deed) -> None:
    with sentences_for_errors():
        ingredients = load_ingredients(ctx)
        _check_names(names, ingredients)
        redactor = Redactor(secrets_of(ingredients.config))
        for name in dict.fromkeys(names or ingredients.config.chains):
            try:
                _do(name, ingredients, deed)
            except RpcError as error:
                sentence = f"{name}: the chain did not do what it was asked: {error}"
                raise FatalError(redactor.text(sentence)) from None
            except ConfigurationError:
                raise
            except FatalError as error:
                raise FatalError(f"{name}: {error}") from None


def _do(name: str, ingredients: Ingredients, deed: Deed) -> None:
    settings = ingredients.config.chains[name]
    line = line_opener(ingredients)(name, settings)
    try:
        chain_id = line.pool.identify().chain_id
        deed(name, settings, CodeSetter(line.client, ingredients.account, chain_id))
    finally:
        line.pool.close()


def _check_names(names: Sequence[str], ingredients: Ingredients) -> None:
    chains = ingredients.config.chains
    faults = [f"{n} is no configured chain{nearest(n, chains)}" for n in names if n not in chains]
    if faults:
        raise ConfigurationError(faults)


def _address(text: str) -> Address:
    try:
        return checksummed(text)
    except ValueError as error:
        raise ConfigurationError([f"--executor: {error}"]) from None


def _check_before(setter: CodeSetter, standing: Standing, given: Address | None) -> None:
    if standing.code and standing.delegate is None:
        raise FatalError(f"{standing}, not an account with a key.")
    if not setter.is_supported():
        raise FatalError(
            "the chain does not support EIP-7702, or its endpoint does not let it be tried out "
            "(eth_call with the code of accounts replaced)."
        )
    if given is not None:
        setter.check_executor(given)


def _deploy(name: str, setter: CodeSetter) -> Address:
    executor = setter.deploy()
    # Should the next step fail, it need not be deployed once more.
    click.echo(f"{name}: the batch executor is at {executor}.")
    return executor


def _confirm(name: str, standing: Standing, change: str, yes: bool) -> None:
    click.echo(f"{name}: {standing}. It {change}. No agent may send from it meanwhile.")
    if not yes:
        click.confirm("Go on?", abort=True)


def _use(standing: Standing, settings: ChainConfig) -> str:
    if standing.is_ours:
        return "; batches are on" if settings.batch else "; without batch = true it is not used"
    return "; batch = true is without effect" if settings.batch else ""
