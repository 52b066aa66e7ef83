"""Approvals ahead of time: which tokens a starting chain lets the FillManager take."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from beamer_agent.actions.model import ApproveToken
from beamer_agent.approvals import ENOUGH_OF_UNLIMITED, approvals_ahead
from beamer_agent.config import AccountConfig, ChainConfig, Config
from beamer_agent.tokens import MAX_ALLOWANCE, TokenPairs
from tests.factories import ALICE, SOURCE, SOURCE_TOKEN, TARGET, TARGET_TOKEN

pytestmark = pytest.mark.unit


def ahead(allowance: str | None, **changes: Any) -> list[ApproveToken]:
    """Of the target chain, given the allowance of its token."""
    entry = [str(TARGET), TARGET_TOKEN, *([] if allowance is None else [allowance])]
    chain = ChainConfig(rpc_url=(SecretStr("http://h"),))
    settings: dict[str, Any] = {
        "chains": {"source": chain, "target": chain},
        "tokens": {"DAI": [[str(SOURCE), SOURCE_TOKEN], entry]},
    }
    account = AccountConfig(path=Path(), password=SecretStr(""))
    config = Config(artifacts_dir=Path(), account=account, **(settings | changes))
    return approvals_ahead(config, TokenPairs(config.tokens), "target", TARGET)


def test_unlimited_allowance_is_approved_unless_most_of_it_is_left() -> None:
    """Some tokens subtract from it, others do not."""
    assert ahead("-1") == [ApproveToken(TARGET_TOKEN, MAX_ALLOWANCE, ENOUGH_OF_UNLIMITED)]
    assert 2 * ENOUGH_OF_UNLIMITED - 1 == MAX_ALLOWANCE


def test_limited_allowance_is_renewed_when_half_is_spent() -> None:
    """Before it is too small for a request that may be filled."""
    (approval,) = ahead("1001")
    assert (approval.amount, approval.least) == (1001, 501)


def test_exact_allowance_is_not_approved_ahead() -> None:
    """Nobody knows how much it will be."""
    assert ahead(None) == []


def test_nothing_is_approved_where_nothing_is_filled() -> None:
    """Only watched, by the chain's setting or by that of its directions."""
    watched = ChainConfig(rpc_url=(SecretStr("http://h"),), fill=False)
    filling = ChainConfig(rpc_url=(SecretStr("http://h"),))
    assert ahead("-1", chains={"source": filling, "target": watched}) == []
    assert ahead("-1", directions={"source->target": {"fill": False}}) == []
    assert ahead("-1", chains={"source": watched, "target": filling}) != []


def test_token_without_a_partner_is_not_approved() -> None:
    """No request can ask for it, unless its chain is the only one."""
    tokens = {
        "DAI": [[str(SOURCE), SOURCE_TOKEN]],
        "USDC": [[str(TARGET), TARGET_TOKEN, "-1"], [str(TARGET), ALICE, "-1"]],
    }
    assert ahead("-1", tokens=tokens) == []
    alone = {"target": ChainConfig(rpc_url=(SecretStr("http://h"),))}
    assert len(ahead("-1", tokens=tokens, chains=alone)) == 2
