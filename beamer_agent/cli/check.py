"""`beamer-agent check`: looks at everything, sends nothing, prints a table."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

import click
from rich.table import Table
from rich.text import Text

from beamer_agent.cli.console import table_console
from beamer_agent.cli.help import GroupedCommand
from beamer_agent.cli.options import agent_options
from beamer_agent.cli.set_code import CodeSetter
from beamer_agent.cli.startup import (
    EXIT_FATAL,
    Ingredients,
    LineOpener,
    line_opener,
    load_ingredients,
    sentences_for_errors,
)
from beamer_agent.clock import SystemClock
from beamer_agent.contracts.deployments import find_deployment
from beamer_agent.errors import ConfigurationError, RpcError
from beamer_agent.line import Line
from beamer_agent.logging import Redactor, secrets_of
from beamer_agent.preflight import (
    BASE_CHAIN,
    Finding,
    check_base_chain,
    check_chain,
    check_endpoints,
    check_prices,
    check_tokens,
)
from beamer_agent.service.alerts.delivery import open_all
from beamer_agent.tokens import TokenPairs
from beamer_agent.types import ChainId

_STYLES: Final = {"ok": "green", "warning": "yellow", "fault": "bold red"}


@click.command(cls=GroupedCommand)
@agent_options
@click.pass_context
def check(ctx: click.Context, /, **_options: object) -> None:
    """Check chains, permissions and balances; send nothing.

    Exit code 0: the agent can start, 1: something is in its way, 2: bad configuration.
    """
    with sentences_for_errors():
        ingredients = load_ingredients(ctx)
        open_all(ingredients.config.alerts.urls)
        findings = list(inspect(ingredients, line_opener(ingredients)))
    redactor = Redactor(secrets_of(ingredients.config))
    _print_table(findings, redactor)
    if any(finding.level == "fault" for finding in findings):
        raise SystemExit(EXIT_FATAL)


def inspect(ingredients: Ingredients, open_one: LineOpener) -> Iterator[Finding]:
    """All findings about all chains of a configuration."""
    tokens = TokenPairs(ingredients.config.tokens)
    names: dict[ChainId, str] = {}
    for name, chain in ingredients.config.chains.items():
        line = open_one(name, chain)
        try:
            yield from _inspect_chain(line, ingredients, tokens, names)
        except RpcError as error:
            remedy = f"check chains.{name}.rpc-url"
            yield Finding(name, "RPC", "fault", f"it does not answer: {error}", remedy)
        except ConfigurationError as error:
            for fault in error.faults:
                yield Finding(name, "configuration", "fault", fault, "correct the configuration")
        finally:
            line.pool.close()
    yield from _inspect_base_chain(ingredients, open_one)
    has_all = len(names) == len(ingredients.config.chains)
    yield from check_tokens(ingredients.config, tokens, names if has_all else None)


def _inspect_chain(
    line: Line,
    ingredients: Ingredients,
    tokens: TokenPairs,
    names: dict[ChainId, str],
) -> Iterator[Finding]:
    name, client = line.name, line.client
    yield from check_endpoints(line)
    chain_id = line.pool.identify().chain_id
    first = names.setdefault(chain_id, name)
    if first != name:
        detail = f"it serves chain id {chain_id}, as the RPC of chains.{first} does"
        yield Finding(name, "RPC", "fault", detail, "remove one of the two chains")
        return
    yield Finding(name, "RPC", "ok", f"chain id {chain_id}")
    deployment = find_deployment(ingredients.deployments, chain_id, name)
    yield from check_chain(
        name,
        client,
        deployment,
        ingredients.interfaces,
        ingredients.account.address,
        ingredients.config,
        tokens,
    )
    prices = ingredients.config.chains[name].prices
    yield from check_prices(name, client, chain_id, prices, tokens, SystemClock())
    if ingredients.config.chains[name].batch:
        yield _batches(name, CodeSetter(client, ingredients.account, chain_id))


def _batches(name: str, setter: CodeSetter) -> Finding:
    standing = setter.standing()
    if standing.is_ours:
        return Finding(name, "batches", "ok", str(standing))
    remedy = f"stop the agent, run beamer-agent delegate set {name}"
    return Finding(name, "batches", "warning", f"they are off: {standing}", remedy)


def _inspect_base_chain(ingredients: Ingredients, open_one: LineOpener) -> Iterator[Finding]:
    if ingredients.config.base_chain is None:
        detail = "no base chain is configured: disputes cannot be resolved on L1"
        yield Finding(BASE_CHAIN, "L1 resolution", "warning", detail, "add [base-chain]")
        return
    line = open_one(BASE_CHAIN, ingredients.config.base_chain)
    try:
        yield from check_endpoints(line)
        yield from check_base_chain(
            line.client, ingredients.deployments.base, ingredients.account.address
        )
    except RpcError as error:
        detail = f"it does not answer: {error}"
        yield Finding(BASE_CHAIN, "RPC", "warning", detail, "check base-chain.rpc-url")
    finally:
        line.pool.close()


def _print_table(findings: Sequence[Finding], redactor: Redactor) -> None:
    console = table_console()
    table = Table("Chain", "What", "", "Found", "Remedy")
    for finding in findings:
        cells = (finding.chain, finding.subject, finding.level, finding.detail, finding.remedy)
        style = _STYLES[finding.level]
        texts = [Text(redactor.text(cell), overflow="fold") for cell in cells]
        texts[2].stylize(style)
        table.add_row(*texts)
    console.print(table)
    count = Counter(finding.level for finding in findings)
    console.print(f"{count['ok']} ok, {count['warning']} warnings, {count['fault']} faults")
