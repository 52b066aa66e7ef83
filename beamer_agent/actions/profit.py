"""Profit: what filling a request is expected to earn, in the source chain's native currency.

    LP fee                 at the token's price on the source chain
  - fill, its approval     from the target chain by the token's prices on both chains
  - claim, withdraw        on the source chain
  - margin for the risk    a part of the amount, at the token's price on the source chain
  = profit                 every division is rounded against us

A price is what one whole native coin of a chain is worth in base units of the token there.
"""

from dataclasses import dataclass

from beamer_agent.actions.costs import ActionCosts
from beamer_agent.actions.depth import symbol_of
from beamer_agent.actions.model import Figures, Reason, Skip
from beamer_agent.actions.view import DirectionView
from beamer_agent.events.model import RequestCreated
from beamer_agent.types import TokenAmount, Wei
from beamer_agent.units import WEI_PER_COIN

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class ProfitSheet:
    """The arithmetic of one fill; wei are those of the source chain unless said otherwise."""

    amount: TokenAmount
    lp_fee: TokenAmount
    source_price: int
    target_price: int
    risk_ppm: int
    target_cost: Wei
    """Of the fill, and of its approval, in the target chain's native currency."""
    claim_cost: Wei
    withdraw_cost: Wei

    @property
    def fee(self) -> Wei:
        """The LP fee."""
        return Wei(self.lp_fee * WEI_PER_COIN // self.source_price)

    @property
    def fill_cost(self) -> Wei:
        """The fill."""
        return Wei(_divided_up(self.target_cost * self.target_price, self.source_price))

    @property
    def margin(self) -> Wei:
        """What the risk is taken to cost."""
        risk = self.amount * self.risk_ppm * WEI_PER_COIN
        return Wei(_divided_up(risk, MILLION * self.source_price))

    @property
    def profit(self) -> Wei:
        """What is left; may be negative."""
        costs = self.fill_cost + self.claim_cost + self.withdraw_cost
        return Wei(self.fee - costs - self.margin)

    @property
    def figures(self) -> Figures:
        """All of it, for the log."""
        return (
            ("amount", self.amount),
            ("lp_fee", self.lp_fee),
            ("source_price", self.source_price),
            ("target_price", self.target_price),
            ("fee", self.fee),
            ("fill_cost", self.fill_cost),
            ("claim_cost", self.claim_cost),
            ("withdraw_cost", self.withdraw_cost),
            ("margin", self.margin),
            ("profit", self.profit),
        )


def profit_sheet(created: RequestCreated, view: DirectionView) -> ProfitSheet | None:
    """The arithmetic of filling a request now; None while a price or a cost is not known."""
    source_price = view.source_prices.get(created.source_token_address, 0)
    target_price = view.target_prices.get(created.target_token_address, 0)
    if view.source_costs is None or view.target_costs is None:
        return None
    if source_price <= 0 or target_price <= 0:
        return None
    return ProfitSheet(
        created.amount,
        created.lp_fee,
        source_price,
        target_price,
        risk_ppm(created, view),
        target_cost=_target_cost(created, view, view.target_costs),
        claim_cost=view.source_costs.claim,
        withdraw_cost=view.source_costs.withdraw,
    )


def _target_cost(created: RequestCreated, view: DirectionView, costs: ActionCosts) -> Wei:
    token = created.target_token_address
    policy = view.policy.pairs.allowance(created.target_chain_id, token)
    return Wei(costs.fill + costs.approve) if policy.is_exact else costs.fill


def risk_ppm(created: RequestCreated, view: DirectionView) -> int:
    """What the risk of a request costs: by the highest tier of `confirmations` that says so."""
    tiers = view.depths.by_amount.get(symbol_of(created, view) or "", ())
    said = [t.risk_ppm for t in tiers if created.amount >= t.amount and t.risk_ppm is not None]
    return said[-1] if said else view.policy.earnings.risk_ppm


def unprofitable(created: RequestCreated, view: DirectionView) -> Skip | None:
    """Whether a request earns less than the operator wants; without a word of his, none does.

    Not for good: prices move, and so does the gas.
    """
    wanted = view.policy.earnings
    if wanted.is_any:
        return None
    sheet = profit_sheet(created, view)
    if created.lp_fee * MILLION < wanted.min_fee_ppm * created.amount:
        fee_ppm = created.lp_fee * MILLION // created.amount
        return _too_little(sheet, ("fee_ppm", fee_ppm), ("min_fee_ppm", wanted.min_fee_ppm))
    if wanted.min_profit is None:
        return None
    if sheet is None:
        return Skip(Reason.UNPRICED)
    if sheet.profit < wanted.min_profit:
        return _too_little(sheet, ("min_profit", wanted.min_profit))
    return None


def _too_little(sheet: ProfitSheet | None, *wanted: tuple[str, object]) -> Skip:
    known = () if sheet is None else sheet.figures
    return Skip(Reason.UNPROFITABLE, figures=(*known, *wanted))


def _divided_up(dividend: int, divisor: int) -> int:
    return -(-dividend // divisor)
