"""The contracts of one L2: are they there, do they know the account, do the settings fit?"""

from collections.abc import Sequence
from typing import Any

from beamer_agent.config import Config
from beamer_agent.contracts.call import ContractCall
from beamer_agent.contracts.deployments import ChainDeployment
from beamer_agent.contracts.interface import Contract, ContractInterfaces
from beamer_agent.errors import CallRevertedError, ConfigurationError, RpcError
from beamer_agent.preflight.finding import Finding, Findings
from beamer_agent.preflight.role import role_of
from beamer_agent.preflight.sheet import Sheet, ask
from beamer_agent.preflight.terms import Terms, TermsCheck
from beamer_agent.preflight.token import TokenCheck
from beamer_agent.rpc.client import ChainClient
from beamer_agent.tokens import TokenPairs
from beamer_agent.types import Address, ChainId


def check_chain(
    name: str,
    client: ChainClient,
    deployment: ChainDeployment,
    interfaces: ContractInterfaces,
    account: Address,
    config: Config,
    tokens: TokenPairs,
) -> list[Finding]:
    """Everything the agent needs of one L2. Sends nothing.

    Raises:
        RpcError: the endpoint does not answer; try again later.
        ConfigurationError: the interface of a contract lacks a function.
    """
    check = _ChainCheck(name, deployment, interfaces, account, config, tokens)
    sheet = ask(client, account, check.addresses, check.calls())
    return [
        *check.request_manager(sheet),
        *check.fill_manager(sheet),
        *check.all_tokens(sheet),
    ]


class _ChainCheck:
    """The checks of one chain; each returns what it found."""

    def __init__(
        self,
        name: str,
        deployment: ChainDeployment,
        interfaces: ContractInterfaces,
        account: Address,
        config: Config,
        tokens: TokenPairs,
    ) -> None:
        self._name = name
        self._findings = Findings(name)
        self._account = account
        self._config = config
        self._tokens = tokens
        self._role = role_of(config, name)
        self._chain_id = deployment.chain_id
        self._request_manager = Contract(deployment.request_manager, interfaces.request_manager)
        self._fill_manager = Contract(deployment.fill_manager, interfaces.fill_manager)
        self._token_checks = [
            TokenCheck(token, account, deployment.fill_manager, self._findings)
            for token in tokens.of_chain(self._chain_id)
        ]

    @property
    def addresses(self) -> list[Address]:
        """Where there have to be contracts."""
        managers = self._request_manager.address, self._fill_manager.address
        return [*managers, *(check.token for check in self._token_checks)]

    def calls(self) -> list[ContractCall]:
        """What the contracts are asked.

        Raises:
            ConfigurationError: the interface of a contract lacks a function.
        """
        checks = self._token_checks if self._role.pays_out else ()
        calls_of_tokens = (call for check in checks for call in check.calls())
        return [*self._claiming_calls(), *self._filling_calls(), *calls_of_tokens]

    def request_manager(self, sheet: Sheet) -> list[Finding]:
        """The contract, the permission to claim, its periods, the stake, its target chains."""
        address = self._request_manager.address
        answers, findings = self._look_up("RequestManager", address, self._claiming_calls(), sheet)
        if not answers:
            return findings
        allowed, max_validity, claim_period, stake, *chains = answers
        terms = Terms(max_validity, claim_period, stake)
        check = TermsCheck(self._name, self._config, self._findings)
        return [
            self._permission_to_claim(address, allowed),
            *check.findings(terms, self._account, sheet.balance()),
            *self._target_chains(dict(zip(self._targets(), chains, strict=True))),
        ]

    def fill_manager(self, sheet: Sheet) -> list[Finding]:
        """The contract and the permission to fill."""
        address = self._fill_manager.address
        answers, findings = self._look_up("FillManager", address, self._filling_calls(), sheet)
        return [self._permission_to_fill(address, *answers)] if answers else findings

    def all_tokens(self, sheet: Sheet) -> list[Finding]:
        """Code, balance and allowance of every configured token of the chain."""
        if not self._token_checks:
            detail = f"no token of chain id {self._chain_id} is configured: it is only watched"
            if not (self._role.claims or self._role.pays_out):
                return [self._findings.ok("tokens", detail)]
            return [self._findings.warning("tokens", detail, "add its tokens to [tokens]")]
        return [found for check in self._token_checks for found in self._token(check, sheet)]

    def _token(self, check: TokenCheck, sheet: Sheet) -> list[Finding]:
        symbol = self._tokens.symbol(self._chain_id, check.token)
        if not self._role.pays_out:
            return check.findings_unspent(symbol, sheet)
        policy = self._tokens.allowance(self._chain_id, check.token)
        return check.findings(symbol, policy, sheet)

    def _claiming_calls(self) -> list[ContractCall]:
        subject, contract = "RequestManager", self._request_manager
        return [
            _call(subject, contract, "allowedLps", self._account),
            _call(subject, contract, "MAX_VALIDITY_PERIOD"),
            _call(subject, contract, "claimPeriod"),
            _call(subject, contract, "claimStake"),
            *(_call(subject, contract, "chains", target) for target in self._targets()),
        ]

    def _filling_calls(self) -> list[ContractCall]:
        return [_call("FillManager", self._fill_manager, "allowedLps", self._account)]

    def _look_up(
        self, subject: str, address: Address, calls: Sequence[ContractCall], sheet: Sheet
    ) -> tuple[list[Any], list[Finding]]:
        # Answers or findings; one of the two is empty.
        remedy = f"check chains.{self._name}.rpc-url and the deployment file of {self._chain_id}"
        if not sheet.has_code(address):
            detail = f"there is no contract at {address}"
            return [], [self._findings.fault(subject, detail, remedy)]
        answers = sheet.values(calls)
        for call, answer in zip(calls, answers, strict=True):
            if isinstance(answer, CallRevertedError):
                detail = f"the contract at {address} does not know {call.name}"
                return [], [self._findings.fault(subject, detail, remedy)]
            if isinstance(answer, RpcError):
                raise answer
        return answers, []

    def _permission_to_claim(self, address: Address, allowed: bool) -> Finding:
        if allowed or self._role.claims:
            return self._permission("RequestManager", address, allowed)
        reason = "no request from this chain is filled"
        return self._no_permission_needed("RequestManager", address, reason)

    def _permission_to_fill(self, address: Address, allowed: bool) -> Finding:
        if allowed or self._role.pays_out:
            return self._permission("FillManager", address, allowed)
        reason = "no request to this chain is filled"
        return self._no_permission_needed("FillManager", address, reason)

    def _no_permission_needed(self, subject: str, address: Address, reason: str) -> Finding:
        detail = f"{address}: the account is no allowed LP and need not be: {reason}"
        return self._findings.ok(subject, detail)

    def _permission(self, subject: str, address: Address, allowed: bool) -> Finding:
        if allowed:
            return self._findings.ok(subject, f"{address}: the account is an allowed LP")
        watched = not self._tokens.of_chain(self._chain_id)
        report = self._findings.warning if watched else self._findings.fault
        return report(
            subject,
            f"{self._account} is no allowed LP of the contract at {address}",
            f"ask the contract's owner to call addAllowedLp({self._account}); "
            "until then, run with --no-fill to play and withdraw what is open",
        )

    def _targets(self) -> list[ChainId]:
        if len(self._config.chains) == 1:
            return [self._chain_id]
        return sorted(self._tokens.partners(self._chain_id))

    def _target_chains(self, settings: dict[ChainId, tuple[int, int, int]]) -> list[Finding]:
        return [
            self._findings.warning(
                f"target chain id {target}",
                "the RequestManager has no finality period for it: no request can be made",
                "ask the contract's owner to call updateChain",
            )
            for target, (finality_period, _, _) in settings.items()
            if finality_period == 0
        ]


def _call(subject: str, contract: Contract, function: str, *args: Address | int) -> ContractCall:
    try:
        return contract.call(function, *args)
    except LookupError as error:
        raise ConfigurationError([f"abi-dir: {subject}.json has {error}"]) from None
