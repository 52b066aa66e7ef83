"""`beamer-agent alerts`: whether messages arrive where the configuration sends them."""

from collections.abc import Callable, Iterator

import click
from pydantic import SecretStr

from beamer_agent.cli.help import GroupedCommand
from beamer_agent.cli.options import agent_options
from beamer_agent.cli.startup import EXIT_FATAL, load_ingredients, sentences_for_errors
from beamer_agent.config.alerts import AlertsConfig
from beamer_agent.errors import ConfigurationError, RecoverableError
from beamer_agent.logging import Redactor, secrets_of
from beamer_agent.service.alerts.delivery import AppriseDelivery, open_all
from beamer_agent.service.alerts.heartbeat import beat
from beamer_agent.service.alerts.message import AlertMessage, message_of_test
from beamer_agent.types import Address

Trial = tuple[str, Callable[[], None]]
"""A key of the configuration, and what raises a `RecoverableError` when it does not work."""


@click.group()
def alerts() -> None:
    """Tell of what is wrong, by any channel (docs/runbook.md)."""


@alerts.command(cls=GroupedCommand)
@agent_options
@click.pass_context
def test(ctx: click.Context, /, **_options: object) -> None:
    """Send a message to every channel, and one heartbeat.

    Exit code 0: all were taken, 1: one was not, 2: bad configuration.
    """
    with sentences_for_errors():
        ingredients = load_ingredients(ctx)
        trials = list(_trials(ingredients.config.alerts, ingredients.account.address))
    redactor = Redactor(secrets_of(ingredients.config))
    faults = [_try(key, trial, redactor) for key, trial in trials]
    if any(faults):
        raise SystemExit(EXIT_FATAL)


def _trials(config: AlertsConfig, account: Address) -> Iterator[Trial]:
    """Everything that can be tried.

    Raises:
        ConfigurationError: there is nothing, or a URL is none that apprise knows.
    """
    message = message_of_test(account)
    for position, delivery in enumerate(open_all(config.urls)):
        yield f"alerts.urls.{position}", _sending(delivery, message)
    if config.heartbeat_url is not None:
        yield "alerts.heartbeat-url", _beating(config.heartbeat_url)
    elif not config.urls:
        raise ConfigurationError(["alerts: there are neither urls nor a heartbeat-url"])


def _sending(delivery: AppriseDelivery, message: AlertMessage) -> Callable[[], None]:
    return lambda: delivery.send(message)


def _beating(url: SecretStr) -> Callable[[], None]:
    return lambda: beat(url)


def _try(key: str, trial: Callable[[], None], redactor: Redactor) -> bool:
    """Whether it failed, which is said."""
    try:
        trial()
    except RecoverableError as error:
        click.echo(f"Error: {key}: {redactor.text(str(error))}", err=True)
        return True
    click.echo(f"{key}: taken")
    return False
