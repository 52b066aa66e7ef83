"""Who acts on the local chains: one well-known account per role."""

from functools import cache

from eth_account import Account
from eth_account.signers.local import LocalAccount

MNEMONIC = "test test test test test test test test test test test junk"
"""Of every anvil; its first ten accounts own 10 000 ether on each chain. Worthless elsewhere."""

_ROLES = ("deployer", "agent", "user", "relayer", "rival")


@cache
def account_of(role: str) -> LocalAccount:
    """The account of a role: "deployer", "agent", "user", "relayer" or "rival".

    Raises:
        ValueError: there is no such role.
    """
    Account.enable_unaudited_hdwallet_features()
    path = f"m/44'/60'/0'/0/{_ROLES.index(role)}"
    account: LocalAccount = Account.from_mnemonic(MNEMONIC, account_path=path)
    return account
