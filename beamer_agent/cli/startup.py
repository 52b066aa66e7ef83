"""From options to everything that an agent is made of, or to sentences and an exit code."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn, TypeVar

import click
import structlog
from eth_account.signers.local import LocalAccount

from beamer_agent.cli.options import ENVIRONMENT_PREFIX, SETTINGS, given_options
from beamer_agent.clock import SystemClock
from beamer_agent.config import BaseChainConfig, ChainConfig, Config, load_config
from beamer_agent.contracts.deployments import Deployments, load_deployments
from beamer_agent.contracts.interface import ContractInterfaces, load_interfaces
from beamer_agent.errors import ConfigurationError, FatalError
from beamer_agent.keystore import load_account
from beamer_agent.line import Line, open_line
from beamer_agent.logging import configure_logging, secrets_of

EXIT_FATAL: Final = 1
EXIT_CONFIGURATION: Final = 2

LineOpener = Callable[[str, ChainConfig | BaseChainConfig], Line]
"""Makes the line to a chain of this name and with these settings; connects to nothing yet."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Ingredients:
    """What an agent is made of."""

    config: Config
    account: LocalAccount
    deployments: Deployments
    interfaces: ContractInterfaces


def load_ingredients(ctx: click.Context) -> Ingredients:
    """Configuration, logging, account and contract files of a command's options.

    Raises:
        ConfigurationError: with all faults of the configuration, or all of the files it names.
    """
    path, overrides = given_options(ctx)
    _warn_of_idle_variables()
    config = _with_runtime_socket(_load_config(path, overrides))
    configure_logging(config.log_level, config.log_format, secrets_of(config))
    faults: list[str] = []
    account = _try(lambda: load_account(config.account), faults)
    deployments = _try(lambda: load_deployments(config.artifacts_dir), faults)
    interfaces = _try(lambda: _load_interfaces(config), faults)
    if account is None or deployments is None or interfaces is None:
        raise ConfigurationError(faults)
    return Ingredients(config, account, deployments, interfaces)


def runtime_socket(environment: Mapping[str, str]) -> Path | None:
    """The control socket in the folder that systemd has made for the service; None: it has not."""
    # Of several folders, separated by colons, the first.
    folder = environment.get("RUNTIME_DIRECTORY", "").partition(":")[0]
    return Path(folder, "control.sock") if folder else None


def line_opener(ingredients: Ingredients) -> LineOpener:
    """What opens the line to a configured chain, for commands that look and leave."""

    def open_one(name: str, settings: ChainConfig | BaseChainConfig) -> Line:
        return open_line(
            name, settings, ingredients.interfaces, SystemClock(), structlog.get_logger()
        )

    return open_one


@contextmanager
def sentences_for_errors() -> Iterator[None]:
    """Turn the errors that end the process into sentences on stderr and an exit code."""
    try:
        yield
    except ConfigurationError as error:
        _exit(EXIT_CONFIGURATION, error.faults)
    except FatalError as error:
        _exit(EXIT_FATAL, [str(error)])


def _warn_of_idle_variables() -> None:
    """Whoever sets one believes in a limit that is not there: most keys have a variable."""
    options = {setting.variable for setting in SETTINGS}
    for field in Config.model_fields.values():
        key = str(field.alias)
        variable = f"{ENVIRONMENT_PREFIX}_{key.replace('-', '_').upper()}"
        if variable in os.environ and variable not in options:
            sentence = f"{variable} is without effect: {key} is set in the configuration file only"
            click.echo(f"Warning: {sentence}", err=True)


def _load_config(path: Path | None, overrides: Mapping[str, Any]) -> Config:
    try:
        return load_config(path, overrides)
    except ConfigurationError as error:
        if path is not None:
            raise
        hint = "no configuration file is given: --config FILE, see beamer-agent --help"
        raise ConfigurationError([*error.faults, hint]) from None


def _with_runtime_socket(config: Config) -> Config:
    path = config.control_socket or runtime_socket(os.environ)
    return config.model_copy(update={"control_socket": path})


def _load_interfaces(config: Config) -> ContractInterfaces:
    if config.abi_dir is not None and not config.abi_dir.is_dir():
        raise ConfigurationError([f"abi-dir: {config.abi_dir} is not a folder"])
    return load_interfaces(config.abi_dir)


def _try(load: Callable[[], T], faults: list[str]) -> T | None:
    try:
        return load()
    except ConfigurationError as error:
        faults.extend(error.faults)
        return None


def _exit(code: int, sentences: Sequence[str]) -> NoReturn:
    for sentence in sentences:
        click.echo(f"Error: {sentence}", err=True)
    raise SystemExit(code)
