from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from beamer_agent.config import Config, load_config
from beamer_agent.errors import ConfigurationError

pytestmark = pytest.mark.unit

TOKEN = "0x5FbDB2315678afecb367f032d93F642f64180aa3"

TOP = 'artifacts-dir = "deployments"\n'
ACCOUNT = '[account]\npath = "account.json"\npassword = "test"\n'
NO_ADDRESS = "must be an IP address as text, such as 127.0.0.1, or 0.0.0.0 for all networks"
CHAIN = '[chains.a]\nrpc-url = "http://a"\n'


def faults(folder: Path, text: str | bytes, overrides: dict[str, Any] | None = None) -> list[str]:
    """The faults of a file, in which it is called FILE."""
    path = folder / "config.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigurationError) as caught:
        load_config(path, overrides or {})
    # Neither a traceback nor a debugger finds pydantic's error, which holds the inputs.
    assert caught.value.__cause__ is None
    assert not isinstance(caught.value.__context__, ValidationError)
    return [fault.replace(str(path), "FILE") for fault in caught.value.faults]


def raised(path: Path) -> str:
    """What is said about a path."""
    with pytest.raises(ConfigurationError) as caught:
        load_config(path, {})
    return str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """The operator sees which file was looked for."""
    assert raised(tmp_path / "none.toml") == f"{tmp_path}/none.toml: there is no such file"


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    """The system's reason is part of the sentence."""
    assert raised(tmp_path) == f"{tmp_path}: cannot be read: Is a directory"


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ('a = 1\nb = "x\n', "line 2, column 7"),
        ("a = 1\nb\n", "line 2, column 2"),
        ("a = 1\nb = [1,\n", "line 2, column 8"),
        ("a = 1\nb = [1,", "line 2, column 8"),
        ("a = 1\na = 2", "line 2, column 6"),
    ],
)
def test_broken_toml_is_shown_with_its_position(tmp_path: Path, text: str, position: str) -> None:
    """Line and column, also where the document ends too early."""
    (fault,) = faults(tmp_path, text)
    assert fault.startswith("FILE: is not valid TOML: ")
    assert fault.endswith(f"(at {position})")


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    """TOML is UTF-8."""
    assert faults(tmp_path, b"a = 1\nb = '\xff'") == ["FILE: is not UTF-8 text (at line 2)"]


def test_a_number_of_thousands_of_digits_is_refused(tmp_path: Path) -> None:
    """Python would not even read it."""
    text = f"confirmation-blocks = {'9' * 5_000}\n{TOP}"
    assert faults(tmp_path, text) == ["FILE: a number in it has thousands of digits"]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("log-levl = 'info'", 'log-levl: unknown key; did you mean "log-level"?'),
        ("poll_period = 1", 'poll_period: unknown key; did you mean "poll-period"?'),
        ("POLL_PERIOD = 1", 'POLL_PERIOD: unknown key; did you mean "poll-period"?'),
        ("xyzzy = 1", "xyzzy: unknown key"),
        ("fill-wait-time = 'soon'", "fill-wait-time: must be a whole number, not text"),
        ("fill-wait-time = '5'", "fill-wait-time: must be a whole number, not text"),
        (
            "unsafe-fill-time = 1.5",
            "unsafe-fill-time: must be a whole number, not a number with a fraction",
        ),
        ("unsafe-fill-time = -1", "unsafe-fill-time: must be at least 0"),
        (
            "confirmation-blocks = true",
            "confirmation-blocks: must be a whole number, not true or false",
        ),
        ("poll-period = 0", "poll-period: must be more than 0"),
        ("poll-period = inf", "poll-period: must be a finite number"),
        ("poll-period = '1'", "poll-period: must be a number, not text"),
        ("poll-period = [1]", "poll-period: must be a number, not a list"),
        ("poll-period = 2020-01-01", "poll-period: must be a number, not a date or time"),
        ("abi-dir = 5", "abi-dir: must be a path, not a whole number"),
        (
            "log-level = 'loud'",
            "log-level: must be 'debug', 'info', 'warning', 'error' or 'critical'",
        ),
        ("log-format = 'xml'", "log-format: must be 'auto', 'console' or 'json'"),
        (
            "min-source-balance = 'much'",
            "min-source-balance: must be an amount of ether, a number or a number as text",
        ),
        (
            "min-source-balance = true",
            "min-source-balance: must be an amount of ether, a number or a number as text",
        ),
        ("min-source-balance = -0.1", "min-source-balance: must be an amount of ether, 0 or more"),
        ("min-source-balance = nan", "min-source-balance: must be an amount of ether, 0 or more"),
        (
            "min-source-balance = 0.0000000000000000001",
            "min-source-balance: has more than the 18 decimals that ether has",
        ),
        ("fill = 'no'", "fill: must be true or false, not text"),
        ("fill = 1", "fill: must be true or false, not a whole number"),
        ("max-claim-stake = -1", "max-claim-stake: must be an amount of ether, 0 or more"),
        ("max-total-stake = 0.9", "max-total-stake: must be at least max-claim-stake"),
        ("max-claim-stake = 6", "max-total-stake: must be at least max-claim-stake"),
        (
            "chains.b = {rpc-url = 'http://b', max-claim-stake = 6}",
            "chains.b.max-total-stake: must be at least max-claim-stake",
        ),
        ("directions.'a->a' = false", "directions.a->a: must be a table, not true or false"),
        ("directions.'a->a'.min-fee-ppm = -1", "directions.a->a.min-fee-ppm: must be at least 0"),
        (
            "directions.'a->a' = {fil = true, fill = true}",
            'directions.a->a.fil: unknown key; did you mean "fill"?',
        ),
        ("metrics = 9000", "metrics: must be a table, not a whole number"),
        ("metrics.prometheus-port = 65536", "metrics.prometheus-port: must be at most 65535"),
        ("metrics.host = 'agent'", f"metrics.host: {NO_ADDRESS}"),
        ("metrics.host = ''", f"metrics.host: {NO_ADDRESS}"),
        ("metrics.host = 127", f"metrics.host: {NO_ADDRESS}"),
        ("metrics.port = 1", 'metrics.port: unknown key; did you mean "prometheus-port"?'),
        ("base-chain = {}", "base-chain.rpc-url: is missing"),
        (
            "chains.b = {rpc-url = 'http://b', confirmatoin-blocks = 1}",
            'chains.b.confirmatoin-blocks: unknown key; did you mean "confirmation-blocks"?',
        ),
        ("chains.b = 5", "chains.b: must be a table, not a whole number"),
        ("tokens = 5", "tokens: must be a table, not a whole number"),
    ],
)
def test_a_fault_has_its_path_and_a_sentence(tmp_path: Path, line: str, fault: str) -> None:
    """Each kind of mistake is one line that says where and what."""
    chains = "" if line.startswith("chains") else CHAIN
    assert faults(tmp_path, f"{TOP}{line}\n{ACCOUNT}{chains}") == [fault]


def test_the_wrong_type_of_a_secret_is_not_shown(tmp_path: Path) -> None:
    """Not even a number is repeated."""
    text = f"{TOP}[account]\npath = 'x'\npassword = 133713371337\n{CHAIN}"
    assert faults(tmp_path, text) == ["account.password: must be text, not a whole number"]


def test_pydantic_hides_inputs_by_itself() -> None:
    """Should one of its errors ever be shown, no secret is in it."""
    with pytest.raises(ValidationError) as caught:
        Config.model_validate({"chains": {"a": {"rpc-url": "ftp://hunter2"}}})
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("account", "sentence"),
    [
        ("path = 'x'\npassword = 'p'\npassword-file = 'f'", "give either password or "),
        ("path = 'x'", "give password or password-file here, or one of the environment "),
    ],
)
def test_an_account_has_one_password(tmp_path: Path, account: str, sentence: str) -> None:
    """Not two, and not none."""
    (fault,) = faults(tmp_path, f"{TOP}[account]\n{account}\n{CHAIN}")
    assert fault.startswith(f"account: {sentence}")


def test_one_chain_is_needed(tmp_path: Path) -> None:
    """Without a chain there is nothing to do."""
    sentence = "no chain is configured; add [chains.NAME] with its rpc-url"
    assert faults(tmp_path, TOP + ACCOUNT) == [f"chains: {sentence}"]
    assert faults(tmp_path, f"{TOP}{ACCOUNT}[chains]") == [f"chains: {sentence}"]


ENTRY = "must be [chain id, address] or [chain id, address, allowance]"
DECIMAL = "must be a whole number, plain or as decimal text"


@pytest.mark.parametrize(
    ("entry", "path", "sentence"),
    [
        ("5", "", ENTRY),
        ("['1']", "", ENTRY),
        (f"['1', '{TOKEN}', '1', '1']", "", ENTRY),
        (f"['0x1', '{TOKEN}']", ".chain-id", DECIMAL),
        (f"['1_0', '{TOKEN}']", ".chain-id", DECIMAL),
        (f"[true, '{TOKEN}']", ".chain-id", DECIMAL),
        (f"['0', '{TOKEN}']", ".chain-id", "0 is not a chain id: they go from 1 to 2^64 - 1"),
        (f"['1', '{TOKEN}', 'all']", ".allowance", DECIMAL),
        (f"['1', '{TOKEN}', 1.5]", ".allowance", DECIMAL),
        (
            f"['1', '{TOKEN}', '-2']",
            ".allowance",
            "must be -1 (unlimited) or an amount of base units, at most 2^256 - 1",
        ),
        (
            f"['1', '{TOKEN.lower()}']",
            ".address",
            f"{TOKEN.lower()} has no checksum; with it, it is written {TOKEN}",
        ),
        (
            f"['1', '{TOKEN.replace('F', 'f')}']",
            ".address",
            f"{TOKEN.replace('F', 'f')} fails its checksum: "
            "a digit or the case of a letter is wrong",
        ),
        (
            "['1', '0x12']",
            ".address",
            "0x12 is not an address: 0x and 40 hex digits are needed",
        ),
        (
            f"['1', '0x{'1' * 64}']",
            ".address",
            "a text of 66 characters is not an address: 0x and 40 hex digits are needed",
        ),
    ],
)
def test_an_unusable_token_entry_is_named(
    tmp_path: Path, entry: str, path: str, sentence: str
) -> None:
    """The list and the position in it are part of the path."""
    text = f"{TOP}{ACCOUNT}{CHAIN}[tokens]\nUSDC = [['1', '{TOKEN}'], {entry}]"
    assert faults(tmp_path, text) == [f"tokens.USDC.1{path}: {sentence}"]


def test_a_token_is_listed_once(tmp_path: Path) -> None:
    """Twice in a list is a mistake, in two lists it would be worth two things."""
    text = (
        f"{TOP}{ACCOUNT}{CHAIN}[tokens]\n"
        f"USDC = [['1', '{TOKEN}'], ['1', '{TOKEN}', '-1']]\n"
        f"DAI = [['1', '{TOKEN}'], ['2', '{TOKEN}']]\n"
    )
    assert faults(tmp_path, text) == [
        f"tokens.USDC.1: {TOKEN} of chain 1 is already at tokens.USDC.0",
        f"tokens.DAI.0: {TOKEN} of chain 1 is already at tokens.USDC.0",
    ]


def test_all_faults_are_reported_together(tmp_path: Path) -> None:
    """Nobody has to start the agent once per mistake."""
    text = (
        "log-levl = 'info'\nfill-wait-time = 'x'\n"
        "[account]\npath = 5\npassword = 'x'\n"
        "[chains.a]\npoll-period = -1\n"
        f"[tokens]\nUSDC = [['x', '{TOKEN}']]\nDAI = 5\n"
    )
    assert sorted(faults(tmp_path, text)) == [
        "account.path: must be a path, not a whole number",
        "artifacts-dir: is missing",
        "chains.a.poll-period: must be more than 0",
        "chains.a.rpc-url: is missing",
        "fill-wait-time: must be a whole number, not text",
        'log-levl: unknown key; did you mean "log-level"?',
        "tokens.DAI: must be a list, not a whole number",
        f"tokens.USDC.0.chain-id: {DECIMAL}",
    ]


def test_a_fault_of_the_top_is_not_repeated_for_each_chain(tmp_path: Path) -> None:
    """What chains inherit is checked where it stands."""
    text = f"{TOP}poll-period = 0\n{ACCOUNT}{CHAIN}[chains.b]\nrpc-url = 'http://b'"
    assert faults(tmp_path, text) == ["poll-period: must be more than 0"]


def test_a_fault_of_an_override_has_its_path_too(tmp_path: Path) -> None:
    """Options are checked as the file is."""
    found = faults(tmp_path, TOP + ACCOUNT + CHAIN, {"poll-period": 0.0})
    assert found == ["poll-period: must be more than 0"]
