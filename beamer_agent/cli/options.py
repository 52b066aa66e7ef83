"""The agent's options: one table, from which click's options and their overrides are made.

Command line beats environment beats file. The environment variable of `--some-option` is
`BEAMER_AGENT_SOME_OPTION`, for the agent and for `check` alike.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

import click
from click.core import ParameterSource

from beamer_agent.cli.help import GroupedOption

ENVIRONMENT_PREFIX: Final = "BEAMER_AGENT"

C = TypeVar("C", bound=Callable[..., Any])


class NamedUrl(click.ParamType[tuple[str, str]]):
    """`NAME=URL`, without ever repeating the URL, which may hold a credential."""

    name = "NAME=URL"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        """The name and the URL."""
        if isinstance(value, tuple):
            return value
        name, equals, url = str(value).partition("=")
        if not (name and equals and url):
            self.fail("it must be NAME=URL", param, ctx)
        return name, url


@dataclass(frozen=True, slots=True)
class Setting:
    """An option of the agent and the key of the configuration that it overrides."""

    flag: str
    key: str | None
    group: str
    help: str
    type: click.ParamType[Any] | type = str
    metavar: str | None = None
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def parameter(self) -> str:
        """The name under which click hands the value over."""
        return self.flag.partition("/")[0].removeprefix("--").replace("-", "_")

    @property
    def variable(self) -> str:
        """The environment variable."""
        return f"{ENVIRONMENT_PREFIX}_{self.parameter.upper()}"


_PATH: Final = click.Path(path_type=Path)
_DEPRECATED: Final = ("--source-chain", "--target-chain")

SETTINGS: Final = (
    Setting(
        "--chain",
        "chains",
        "Chains",
        "a chain's RPC; once for each of its RPCs",
        NamedUrl(),
        more={"multiple": True},
    ),
    Setting("--base-chain", "base-chain.rpc-url", "Chains", "the L1's RPC", metavar="URL"),
    Setting("--poll-period", "poll-period", "Chains", "time between polls", float, "SECONDS"),
    Setting(
        "--confirmation-blocks",
        "confirmation-blocks",
        "Chains",
        "blocks before an event counts",
        int,
        "N",
    ),
    Setting("--account-path", "account.path", "Account", "keystore file", _PATH, "FILE"),
    Setting(
        "--account-password",
        "account.password",
        "Account",
        "the keystore's; shows in process lists",
        metavar="TEXT",
    ),
    Setting(
        "--account-password-file",
        "account.password-file",
        "Account",
        "holds the keystore's password",
        _PATH,
        "FILE",
    ),
    Setting(
        "--fill/--no-fill",
        "fill",
        "Filling",
        "fill requests, or only watch",
        bool,
        more={"default": None},
    ),
    Setting(
        "--unsafe-fill-time",
        "unsafe-fill-time",
        "Filling",
        "never fill this late before expiry",
        int,
        "SECONDS",
    ),
    Setting(
        "--min-source-balance",
        "min-source-balance",
        "Filling",
        "native currency to keep",
        metavar="ETHER",
    ),
    Setting(
        "--fill-wait-time",
        "fill-wait-time",
        "Challenges",
        "wait for a fill before a challenge",
        int,
        "SECONDS",
    ),
    Setting(
        "--max-claim-stake",
        "max-claim-stake",
        "Challenges",
        "own stake in one claim's game",
        metavar="ETHER",
    ),
    Setting(
        "--max-total-stake",
        "max-total-stake",
        "Challenges",
        "own stake in all of a chain's games",
        metavar="ETHER",
    ),
    Setting("--artifacts-dir", "artifacts-dir", "Files", "deployment files", _PATH, "DIR"),
    Setting("--abi-dir", "abi-dir", "Files", "ABI files; packaged ones serve", _PATH, "DIR"),
    Setting(
        "--log-level",
        "log-level",
        "Logging & metrics",
        "debug, info, warning or error",
        metavar="LEVEL",
    ),
    Setting(
        "--log-format",
        "log-format",
        "Logging & metrics",
        "auto, console or json",
        metavar="FORMAT",
    ),
    Setting(
        "--metrics-prometheus-port",
        "metrics.prometheus-port",
        "Logging & metrics",
        "serve metrics here",
        int,
        "PORT",
    ),
    *(
        Setting(flag, None, "Chains", "deprecated", metavar="NAME", more={"hidden": True})
        for flag in _DEPRECATED
    ),
)
"""Every option that the agent and `check` have beside `--config`."""

config_option: Final = click.option(
    "-c",
    "--config",
    "config",
    cls=GroupedOption,
    group="Files",
    type=_PATH,
    metavar="FILE",
    envvar=f"{ENVIRONMENT_PREFIX}_CONFIG",
    help="configuration (TOML)",
)
"""Alone for commands that need only a part of the configuration: see `load_as`."""


def agent_options(command: C) -> C:
    """Give a command the options of the agent."""
    for setting in reversed(SETTINGS):
        command = click.option(
            setting.flag,
            setting.parameter,
            cls=GroupedOption,
            group=setting.group,
            type=setting.type,
            metavar=setting.metavar,
            envvar=setting.variable,
            help=setting.help,
            **setting.more,
        )(command)
    return config_option(command)


def given_options(ctx: click.Context) -> tuple[Path | None, dict[str, Any]]:
    """The configuration file and what overrides it, from a command and the group above it.

    `beamer-agent --config FILE check` and `beamer-agent check --config FILE` mean the same; where
    both are given, the one nearer to the command counts.
    """
    values, sources = _collected(ctx)
    for name in _DEPRECATED:
        if values.pop(name[2:].replace("-", "_"), None):
            click.echo(
                f"Warning: {name} is deprecated and without effect: "
                "transfers between all configured chains are served",
                err=True,
            )
    _drop_weaker_password(values, sources)
    keys = {setting.parameter: setting.key for setting in SETTINGS}
    config = values.pop("config", None)
    return config, {key: _override(value) for name, value in values.items() if (key := keys[name])}


def _collected(ctx: click.Context) -> tuple[dict[str, Any], dict[str, ParameterSource | None]]:
    values: dict[str, Any] = {}
    sources: dict[str, ParameterSource | None] = {}
    known = {"config", *(setting.parameter for setting in SETTINGS)}
    for context in _from_the_root(ctx):
        for name, value in context.params.items():
            source = context.get_parameter_source(name)
            if name not in known or value in (None, ()):
                continue
            if sources.get(name) is ParameterSource.COMMANDLINE is not source:
                continue
            values[name], sources[name] = value, source
    return values, sources


def _from_the_root(ctx: click.Context) -> Iterator[click.Context]:
    if ctx.parent is not None:
        yield from _from_the_root(ctx.parent)
    yield ctx


def _drop_weaker_password(
    values: dict[str, Any], sources: Mapping[str, ParameterSource | None]
) -> None:
    # Both from one place is a fault that the configuration reports.
    names = {"account_password", "account_password_file"}
    given = {sources[name] for name in names & values.keys()}
    if given == {ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT}:
        for name in names:
            if sources[name] is ParameterSource.ENVIRONMENT:
                del values[name]


def _override(value: Any) -> Any:
    if isinstance(value, tuple):
        urls: dict[str, list[str]] = {}
        for name, url in value:
            urls.setdefault(name, []).append(url)
        return {name: {"rpc-url": given} for name, given in urls.items()}
    return str(value) if isinstance(value, Path) else value
