"""Control: the whole of it."""

import pwd
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import SecretStr

from beamer_agent.config import AccountConfig, ChainConfig, Config
from beamer_agent.devnet.waiting import wait_until
from beamer_agent.errors import ConfigurationError, FatalError
from beamer_agent.orders import Order, Stop
from beamer_agent.service import keeper
from beamer_agent.service.control import peers
from beamer_agent.service.control.asking import ask
from beamer_agent.service.control.control import Control, places_of, quiet_seconds
from beamer_agent.service.control.desk import DeskSources
from beamer_agent.service.control.words import Command, CommandOutcome, Verb
from beamer_agent.service.status import StateStatus, Status
from beamer_agent.switches import Switches
from tests.control_office import STATUS, WAIT_SECONDS
from tests.doubles import FakeClock, RecordingLogger
from tests.made_status import chain_status, made_status

pytestmark = pytest.mark.integration

KEY = "k0123456789abcdef"


def config_of(path: Path | None) -> Config:
    """Two chains; the slower one is looked at every three seconds."""
    url = (SecretStr(f"http://a/{KEY}"),)
    return Config(
        artifacts_dir=Path("deployments"),
        account=AccountConfig(path=Path("account"), password=SecretStr("")),
        chains={
            "a": ChainConfig(rpc_url=url, poll_period=1.0),
            "b": ChainConfig(rpc_url=url, poll_period=3.0),
        },
        control_socket=path,
    )


class Post:
    """Control of an agent that has no direction yet."""

    def __init__(self, path: Path | None, status: Callable[[], Status] = made_status) -> None:
        self.clock = FakeClock()
        self.orders: list[Order] = []
        self.fatal: list[FatalError] = []
        self.log = RecordingLogger()
        self.control = Control(
            config_of(path),
            Switches(),
            DeskSources(status, dict, dict),
            self.orders.append,
            self.fatal.append,
            self.clock,
            self.log.logger,
        )


def test_it_serves_and_drains_in_one_thread(tmp_path: Path) -> None:
    """From `start` to `stop`, when nobody is there any more."""
    path = tmp_path / "control.sock"
    post = Post(path)
    post.control.start()
    answer = ask(path, Command(Verb.DRAIN), WAIT_SECONDS)
    assert answer.outcome is CommandOutcome.DONE

    def is_over() -> bool:
        post.clock.advance(quiet_seconds(config_of(path)))
        return bool(post.orders)

    wait_until(is_over, "the end of the drain", seconds=WAIT_SECONDS)
    assert post.orders == [Stop("drained")]
    post.control.stop()
    post.control.stop()
    assert "Control" not in {thread.name for thread in threading.enumerate()}
    with pytest.raises(FileNotFoundError):
        ask(path, STATUS)


def test_a_thread_that_died_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise nobody could drain the agent any more, and no drain would ever end."""
    monkeypatch.setattr(keeper, "LOOK_SECONDS", 0.01)
    frail = [True]

    def look() -> Status:
        if frail:
            frail.clear()
            raise LookupError
        return made_status()

    path = tmp_path / "control.sock"
    post = Post(path, look)
    post.control.start()
    with pytest.raises(TimeoutError):
        ask(path, STATUS, 0.2)
    assert ask(path, STATUS, WAIT_SECONDS).outcome is CommandOutcome.DONE
    post.control.stop()
    assert post.log.sentences("error") == ["Worker failed"]


def test_what_endpoints_have_said_is_told_in_one_line_and_without_credentials(
    tmp_path: Path,
) -> None:
    """Whoever reads an answer from the socket may keep it, or send it to somebody."""
    words = f"no plan for key {KEY}, see https://rpc.example/v2/{KEY}\nservice: running\x1b[2J"
    chain = chain_status(state=StateStatus("down", 5.0, words))
    path = tmp_path / "control.sock"
    post = Post(path, lambda: made_status(chains=(chain,)))
    post.control.start()
    lines = ask(path, STATUS, WAIT_SECONDS).lines
    post.control.stop()
    told = "no plan for key ***, see https://rpc.example/*** service: running?[2J"
    assert f"chain l2a: down for 5 s: {told}, head 4200" in lines


def test_without_a_socket_there_is_nothing_to_do() -> None:
    """Nobody can ever come: there is no thread for them."""
    control = Post(None).control
    control.start()
    assert "Control" not in {thread.name for thread in threading.enumerate()}
    control.stop()


def test_a_socket_that_cannot_be_is_a_fault_of_the_configuration(tmp_path: Path) -> None:
    """Before anything else has begun."""
    with pytest.raises(ConfigurationError):
        Post(tmp_path / "missing" / "control.sock").control.start()


def test_its_words_are_those_of_the_configuration() -> None:
    """Directions, and what can be restarted; L1 where there is one."""
    config = config_of(None)
    assert places_of(config).directions == ("a->b", "b->a")
    assert places_of(config).parts == ("a", "b", "a->b", "b->a", "service")
    base = {"base_chain": config.chains["a"]}
    assert "base-chain" in places_of(config.model_copy(update=base)).parts


def test_a_drain_is_quiet_for_two_looks_at_the_slowest_chain() -> None:
    """And a report after it."""
    assert quiet_seconds(config_of(None)) == 8.0


def test_a_user_without_a_name_is_told_by_the_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in containers."""

    def nobody(uid: int) -> pwd.struct_passwd:
        raise KeyError(uid)

    monkeypatch.setattr(pwd, "getpwuid", nobody)
    assert peers._name(4_321) == "4321"
