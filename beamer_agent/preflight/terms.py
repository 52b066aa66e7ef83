"""Settings against a RequestManager's terms: do periods, stakes and the balance for them fit?"""

from dataclasses import dataclass

from beamer_agent.config import Config
from beamer_agent.preflight.finding import Finding, Findings
from beamer_agent.preflight.role import role_of
from beamer_agent.types import Address
from beamer_agent.units import ether

_LEAST_LEAD = 1  # wei by which a challenger has to be ahead of the claimer


@dataclass(frozen=True, slots=True)
class Terms:
    """What a RequestManager asks: MAX_VALIDITY_PERIOD and claimPeriod in s, claimStake in wei."""

    max_validity: int
    claim_period: int
    stake: int


@dataclass(frozen=True, slots=True)
class TermsCheck:
    """Compares what the operator decided for a chain with what the contract there asks."""

    name: str
    config: Config
    report: Findings

    def findings(self, terms: Terms, account: Address, balance: int) -> list[Finding]:
        """What fits and what does not; the balance is the account's native currency, in wei."""
        return [
            *self._unsafe_fill_time(terms.max_validity),
            self._fill_wait_time(terms.claim_period),
            *self._max_claim_stake(terms.stake),
            self._native_balance(terms.stake, account, balance),
        ]

    def _unsafe_fill_time(self, max_validity: int) -> list[Finding]:
        if not role_of(self.config, self.name).claims:
            return []
        subject, unsafe = "unsafe-fill-time", self.config.unsafe_fill_time
        if unsafe < max_validity:
            return [self.report.ok(subject, f"{unsafe} s of at most {max_validity} s validity")]
        detail = (
            f"{unsafe} s is not below the contract's MAX_VALIDITY_PERIOD, {max_validity} s: "
            "no request would ever be filled"
        )
        return [self.report.fault(subject, detail, f"set unsafe-fill-time below {max_validity}")]

    def _fill_wait_time(self, claim_period: int) -> Finding:
        # The proof that there is no fill needs its time too: a quarter of the claim period.
        subject, wait = "fill-wait-time", self.config.fill_wait_time
        longest = claim_period * 3 // 4
        if wait <= longest:
            return self.report.ok(subject, f"{wait} s of {claim_period} s claim period")
        detail = (
            f"{wait} s leaves less than a quarter of the claimPeriod, {claim_period} s: "
            "proofs against false claims come late"
        )
        return self.report.warning(subject, detail, f"set fill-wait-time to {longest} or less")

    def _max_claim_stake(self, stake: int) -> list[Finding]:
        limit, needed = self.config.chains[self.name].max_claim_stake, stake + _LEAST_LEAD
        if limit >= needed:
            return []
        detail = f"{ether(limit)} is too little to challenge a claim, which takes {ether(needed)}"
        remedy = f"set max-claim-stake to {ether(needed)} or more"
        return [self.report.warning("max-claim-stake", detail, remedy)]

    def _native_balance(self, stake: int, account: Address, balance: int) -> Finding:
        if role_of(self.config, self.name).claims:
            needed = self.config.chains[self.name].min_source_balance + stake
            purpose = "minimum and one claim stake"
        else:
            needed = stake + _LEAST_LEAD
            purpose = "one challenge: the claim stake and 1 wei; gas comes on top"
        detail = f"{ether(balance)} held, {ether(needed)} needed ({purpose})"
        if balance >= needed:
            return self.report.ok("native balance", detail)
        remedy = f"send at least {ether(needed - balance)} to {account}"
        return self.report.warning("native balance", detail, remedy)
