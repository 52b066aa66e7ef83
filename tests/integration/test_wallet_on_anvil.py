"""Wallet on a real chain: balances are those of the account, at least as new as asked for."""

import pytest

from beamer_agent.devnet.world import LocalWorld
from beamer_agent.transactions.wallet import Promise, Wallet
from beamer_agent.types import Address

pytestmark = pytest.mark.integration


def test_balances_follow_the_chain(world: LocalWorld) -> None:
    """Native currency and every token, also one that returns nothing."""
    source, _ = world.pair
    us, user = world.participant("agent"), world.participant("user")
    tokens = {symbol: source.tokens[symbol] for symbol in ("DAI", "USDT")}
    wallet = Wallet(source.chain.client, us.address, [t.address for t in tokens.values()])
    wallet.refresh(source.chain.height())
    before = wallet.funds()
    assert before is not None
    assert before.native_balance == us.native_balance(source)
    for symbol, token in tokens.items():
        assert before.tokens_free[token.address] == us.balance(source, symbol) > 0
    transfer = tokens["USDT"].contract.call("transfer", us.address, 5)
    receipt = source.chain.wallet("user").execute(transfer)
    wallet.refresh(receipt.block_number)
    after = wallet.funds()
    assert after is not None
    assert after.block_number == receipt.block_number
    usdt = tokens["USDT"].address
    assert after.tokens_free[usdt] == before.tokens_free[usdt] + 5
    assert user.address != us.address


def test_address_without_a_token_is_worth_nothing(world: LocalWorld) -> None:
    """The real tokens are not hidden by it."""
    source, _ = world.pair
    us = world.participant("agent")
    nothing: Address = world.participant("user").address
    wallet = Wallet(source.chain.client, us.address, [nothing, source.tokens["DAI"].address])
    wallet.refresh(source.chain.height())
    assert not wallet.promise("a", "k", Promise(nothing, 1))
    assert wallet.promise("a", "k", Promise(source.tokens["DAI"].address, 1))
