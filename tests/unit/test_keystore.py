import json
from pathlib import Path

import pytest
from eth_account import Account
from pydantic import SecretStr

from beamer_agent.config import AccountConfig
from beamer_agent.errors import ConfigurationError
from beamer_agent.keystore import load_account

pytestmark = pytest.mark.unit

KEY = b"\x11" * 32
PASSWORD = "correct horse battery"
# Two rounds instead of 2^18: the same format, and no half second per test.
KEYSTORE = Account.encrypt(KEY, PASSWORD, kdf="pbkdf2", iterations=2)


@pytest.fixture
def keystore(tmp_path: Path) -> Path:
    """A keystore file."""
    path = tmp_path / "account.json"
    path.write_text(json.dumps(KEYSTORE))
    return path


def sentence(config: AccountConfig) -> str:
    """What is said when the account cannot be loaded."""
    with pytest.raises(ConfigurationError) as caught:
        load_account(config)
    assert caught.value.__context__ is None or caught.value.__suppress_context__
    return str(caught.value)


def with_password(path: Path, password: str = PASSWORD) -> AccountConfig:
    """An account whose password is in the configuration."""
    return AccountConfig(path=path, password=SecretStr(password))


def test_a_password_opens_the_keystore(keystore: Path) -> None:
    """The account signs with the key that was put in."""
    assert load_account(with_password(keystore)).address == Account.from_key(KEY).address


def test_keys_of_a_keystore_may_have_capitals(keystore: Path) -> None:
    """Some programs write `Crypto`."""
    keystore.write_text(json.dumps({"Crypto": KEYSTORE["crypto"], "version": 3}))
    assert load_account(with_password(keystore)).address == Account.from_key(KEY).address


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_the_password_may_be_in_a_file(keystore: Path, tmp_path: Path, end: str) -> None:
    """The line end that editors add is not part of it."""
    (tmp_path / "password").write_bytes((PASSWORD + end).encode())
    config = AccountConfig(path=keystore, password_file=tmp_path / "password")
    assert load_account(config).address == Account.from_key(KEY).address


def test_a_missing_keystore_is_named(tmp_path: Path) -> None:
    """With the key of the configuration that names it."""
    path = tmp_path / "none"
    assert sentence(with_password(path)) == f"account.path: there is no file {path}"


def test_a_missing_password_file_is_named(keystore: Path, tmp_path: Path) -> None:
    """With the key of the configuration that names it."""
    path = tmp_path / "none"
    config = AccountConfig(path=keystore, password_file=path)
    assert sentence(config) == f"account.password-file: there is no file {path}"


def test_a_folder_is_no_keystore(tmp_path: Path) -> None:
    """The system's reason is part of the sentence."""
    expected = f"account.path: {tmp_path} cannot be read: Is a directory"
    assert sentence(with_password(tmp_path)) == expected


def test_a_keystore_is_text(keystore: Path) -> None:
    """JSON is UTF-8."""
    keystore.write_bytes(b"\xff")
    assert sentence(with_password(keystore)) == f"account.path: {keystore} is not text (UTF-8)"


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", '{"version": 3}', '{"crypto": {}}', '{"version": 9, "crypto": {}}', "0x1"],
)
def test_another_file_is_no_keystore(keystore: Path, content: str) -> None:
    """The operator named the wrong file."""
    keystore.write_text(content)
    assert sentence(with_password(keystore)).startswith(
        f"account.path: {keystore} is not a keystore file"
    )


def test_a_wrong_password_is_said_and_not_shown(keystore: Path) -> None:
    """A password in a message would end up in a log."""
    text = sentence(with_password(keystore, "hunter2"))
    expected = f"account.password: does not open the keystore {keystore}"
    assert text == f"{expected} (wrong password, or the file is damaged)"


@pytest.mark.parametrize("crypto", [{}, {"kdf": "x"}, {**KEYSTORE["crypto"], "mac": 5}])
def test_a_damaged_keystore_is_said(keystore: Path, crypto: object) -> None:
    """What the library makes of it does not matter."""
    keystore.write_text(json.dumps({"version": 3, "crypto": crypto}))
    assert "or the file is damaged" in sentence(with_password(keystore))


def test_an_account_without_password_is_refused(keystore: Path) -> None:
    """A configuration cannot be so; a value made without validation can."""
    assert sentence(AccountConfig.model_construct(path=keystore)) == (
        "account.password: is missing"
    )
