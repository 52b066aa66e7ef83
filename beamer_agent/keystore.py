"""The agent's account: a keystore file and its password in, a key that signs out."""

import json
from pathlib import Path
from typing import Any, Final

from eth_account import Account
from eth_account.signers.local import LocalAccount

from beamer_agent.config import AccountConfig
from beamer_agent.errors import ConfigurationError

_VERSIONS: Final = (3, 4)


def load_account(config: AccountConfig) -> LocalAccount:
    """The account of a keystore (web3 secret storage), opened. Takes about half a second.

    Raises:
        ConfigurationError: the keystore or its password cannot be used, the sentence says why.
    """
    keystore = _keystore(config.path)
    password = _password(config)
    try:
        key = Account.decrypt(keystore, password)
    except (ValueError, TypeError, KeyError, NotImplementedError):
        pass
    else:
        account: LocalAccount = Account.from_key(key)
        return account
    # Outside of the handler: no foreign text that may know the password comes along.
    raise ConfigurationError(
        [
            f"account.password: does not open the keystore {config.path} "
            "(wrong password, or the file is damaged)"
        ]
    )


def _keystore(path: Path) -> dict[str, Any]:
    text = _read(path, "account.path")
    try:
        keystore = json.loads(text)
    except ValueError:
        keystore = None
    if not isinstance(keystore, dict) or not _is_keystore(keystore):
        raise ConfigurationError(
            [f"account.path: {path} is not a keystore file (JSON, version 3 or 4, with `crypto`)"]
        )
    return keystore


def _is_keystore(content: dict[str, Any]) -> bool:
    # Some programs spell the keys with capitals.
    folded = {key.lower(): value for key, value in content.items()}
    return folded.get("version") in _VERSIONS and isinstance(folded.get("crypto"), dict)


def _password(config: AccountConfig) -> str:
    if config.password is not None:
        return config.password.get_secret_value()
    if config.password_file is None:
        raise ConfigurationError(["account.password: is missing"])
    # Editors and `echo` end a file with a line end that is not part of the password.
    return _read(config.password_file, "account.password-file").rstrip("\r\n")


def _read(path: Path, key: str) -> str:
    try:
        return path.read_bytes().decode()
    except FileNotFoundError:
        raise ConfigurationError([f"{key}: there is no file {path}"]) from None
    except OSError as error:
        raise ConfigurationError([f"{key}: {path} cannot be read: {error.strerror}"]) from None
    except UnicodeDecodeError:
        raise ConfigurationError([f"{key}: {path} is not text (UTF-8)"]) from None
