"""One configured token of a chain: is it there, how much is held, what may be spent?"""

from dataclasses import dataclass
from typing import Final

from beamer_agent.contracts.call import ContractCall
from beamer_agent.contracts.interface import ERC20_ABI, Contract
from beamer_agent.errors import CallRevertedError, RpcError
from beamer_agent.preflight.finding import Finding, Findings
from beamer_agent.preflight.sheet import Sheet
from beamer_agent.tokens import AllowancePolicy
from beamer_agent.types import Address
from beamer_agent.units import units

_CORRECT: Final = "correct it in [tokens]"


@dataclass(frozen=True, slots=True)
class TokenCheck:
    """Looks at a token with an account's and a spender's eyes."""

    token: Address
    account: Address
    spender: Address
    report: Findings

    def calls(self) -> list[ContractCall]:
        """What to ask the token if it is to be paid out: balance, allowance and decimals."""
        contract = Contract(self.token, ERC20_ABI)
        return [
            contract.call("balanceOf", self.account),
            contract.call("allowance", self.account, self.spender),
            contract.call("decimals"),
        ]

    def findings(self, symbol: str, policy: AllowancePolicy, sheet: Sheet) -> list[Finding]:
        """Code, balance and allowance; `symbol` is the operator's name for the token.

        Raises:
            RpcError: the endpoint does not answer.
        """
        subject = f"{symbol} {self.token}"
        if not sheet.has_code(self.token):
            return [self._no_contract(subject)]
        balance, allowance, decimals = sheet.values(self.calls())
        for answer in (balance, allowance):
            if isinstance(answer, CallRevertedError):
                return [self.report.warning(subject, "it is no ERC-20 token", _CORRECT)]
            if isinstance(answer, RpcError):
                raise answer
        # Tokens need not know their decimals; base units are shown then.
        shown = 0 if isinstance(decimals, RpcError) else decimals
        return [
            self._balance(subject, balance, shown),
            self._allowance(subject, allowance, policy, shown),
        ]

    def findings_unspent(self, symbol: str, sheet: Sheet) -> list[Finding]:
        """Code of a token of which the agent pays nothing out; balance and allowance are free.

        Raises:
            RpcError: the endpoint does not answer.
        """
        subject = f"{symbol} {self.token}"
        if not sheet.has_code(self.token):
            return [self._no_contract(subject)]
        return [self.report.ok(subject, "none is needed: no request to this chain is filled")]

    def _no_contract(self, subject: str) -> Finding:
        return self.report.fault(subject, "there is no contract", _CORRECT)

    def _balance(self, subject: str, balance: int, decimals: int) -> Finding:
        if balance:
            return self.report.ok(subject, f"{units(balance, decimals)} held")
        remedy = f"send some to {self.account} to fill requests to this chain"
        return self.report.warning(subject, "none is held", remedy)

    def _allowance(
        self, subject: str, allowance: int, policy: AllowancePolicy, decimals: int
    ) -> Finding:
        limit = policy.limit
        if limit is None:
            return self.report.ok(subject, "allowance: approved for each fill")
        if policy.is_unlimited:
            return self.report.ok(subject, "allowance: unlimited, approved when needed")
        detail = f"allowance: {units(allowance, decimals)}, limit {units(limit, decimals)}"
        if limit == 0:
            remedy = "raise the limit in [tokens]: with 0 nothing is filled"
            return self.report.warning(subject, detail, remedy)
        if allowance > limit:
            remedy = f"lower the allowance of {self.spender}, it exceeds the limit"
            return self.report.warning(subject, detail, remedy)
        return self.report.ok(subject, detail)
