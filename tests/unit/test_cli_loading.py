"""What is loaded for a command, and what only when it is used."""

import signal
import subprocess
import sys

import pytest

from beamer_agent.cli.libraries import LATER

pytestmark = pytest.mark.unit

AGENT = "from beamer_agent.cli import lazy; lazy.load('run')"
COMMAND_LINE = "import beamer_agent.cli.main"
LOADED = "import sys; print(*sys.modules)"

NOT_FOR_THE_AGENT = (
    *("py_ecc.bls", "py_ecc.optimized_bls12_381", "py_ecc.bls12_381.bls12_381_pairing"),
    *("rich.console", "rich.pretty", "rich.traceback", "rich.table", "rich.progress", "pygments"),
    *("eth_typing.networks", "eth_utils.network", "websockets"),
    *("web3", "aiohttp", "requests", "attr", "hypothesis", "apprise", "waitress"),
    *("beamer_agent.devnet", "beamer_agent.cli.demo", "beamer_agent.cli.check"),
    *("beamer_agent.cli.games", "beamer_agent.cli.devnet", "beamer_agent.cli.progress"),
)
"""All of these together take as long to load as everything else."""
NOT_FOR_THE_COMMAND_LINE = (
    *("eth_account", "eth_utils", "pydantic", "structlog", "urllib3"),
    *("beamer_agent.agent", "beamer_agent.config"),
)

USE_STAND_INS = """
from beamer_agent.cli.libraries import load_libraries
load_libraries()
import io, structlog, structlog.tracebacks
from eth_keyfile import create_keyfile_json, decode_keyfile_json
made = create_keyfile_json(b"\\x01" * 32, b"pw", version=4, iterations=2)
print(len(made["pubkey"]), decode_keyfile_json(made, b"pw") == b"\\x01" * 32)
print(structlog.tracebacks.to_repr([1] * 9, max_length=2))
try:
    1 / 0
except ZeroDivisionError as error:
    text = io.StringIO()
    structlog.dev.rich_monochrome_traceback(text, (type(error), error, None))
print("ZeroDivisionError" in text.getvalue())
from py_ecc.bls12_381 import pairing
import eth_typing, eth_utils
print(pairing.__name__, eth_utils.name_from_chain_id(1), eth_typing.ChainId.ETH.value)
"""
USE_WHILE_LOADING = """
import sys
from beamer_agent.cli.libraries import stand_ins
with stand_ins({"rich.console": ("Console",)}):
    stand_in = sys.modules["rich.console"]
    from rich.console import Console, ConsoleDimensions
    print(Console().is_terminal, ConsoleDimensions.__module__)
import rich.console
print(rich.console is stand_in, rich.console is sys.modules["rich.console"])
"""


def run(code: str) -> str:
    """What Python prints, in a process of its own."""
    command = [sys.executable, "-c", code]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.stderr == ""
    return result.stdout


def loaded(code: str) -> set[str]:
    """Everything that is loaded after some code, with the packages it is in."""
    return set(run(f"{code}; {LOADED}").split())


def test_agent_loads_nothing_that_it_does_not_use() -> None:
    """Each of these takes time between the start of the process and its first fill."""
    modules = loaded(AGENT)
    assert "beamer_agent.agent" in modules
    assert modules.isdisjoint(NOT_FOR_THE_AGENT)


def test_command_line_alone_loads_next_to_nothing() -> None:
    """Whoever wants the version, or has misspelt an option, hears so at once."""
    modules = loaded(COMMAND_LINE)
    assert "click" in modules
    assert modules.isdisjoint(NOT_FOR_THE_COMMAND_LINE)


def test_libraries_find_what_was_not_loaded_with_them() -> None:
    """Nothing is missing: what is used after all is loaded then."""
    assert run(USE_STAND_INS).splitlines() == [
        "96 True",
        "[1, 1, ... +7]",
        "True",
        "pairing Ethereum Mainnet 1",
    ]


def test_stand_ins_give_way_to_what_is_used_while_they_are_there() -> None:
    """A version of a library may use something else, or at once."""
    assert run(USE_WHILE_LOADING).splitlines() == ["False rich.console", "False True"]


def test_stand_ins_are_for_what_is_still_there() -> None:
    """A version that has put these elsewhere would be loaded with all of them."""
    for parts in LATER.values():
        for module, names in parts.items():
            code = f"import {module} as m; print(*(callable(getattr(m, n)) for n in {names!r}))"
            assert run(code).split() == ["True"] * len(names)


def test_recursion_limit_is_as_before() -> None:
    """Libraries raise it; an endpoint's nested answer could then overflow the stack."""
    code = f"import sys; before = sys.getrecursionlimit(); {AGENT}"
    assert run(f"{code}; print(sys.getrecursionlimit() == before)") == "True\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_mean_what_they_meant_after_loading(number: signal.Signals) -> None:
    """Only while something is loaded a stop just ends the process."""
    code = f"import signal; before = signal.getsignal({number:d}); {AGENT}"
    assert run(f"{code}; print(signal.getsignal({number:d}) is before)") == "True\n"
