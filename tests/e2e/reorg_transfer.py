"""ReorgTransfer: one transfer that a reorganisation strikes, from its request to its end."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Final

from beamer_agent.actions.model import Reason, fill_key
from beamer_agent.devnet.deployment import L2Contracts
from beamer_agent.devnet.participant import Request
from beamer_agent.errors import RpcResponseError
from beamer_agent.types import BlockNumber, Wei
from tests.agent_process import LogLine
from tests.e2e.reorg_cells import Again, Cell, Stage
from tests.e2e.reorg_site import FILL_WAIT_TIME, ReorgSite
from tests.e2e.replacement import Dropped, replace_blocks
from tests.e2e.story import counts, history, resume_mining, sent_by, stop_mining
from tests.stage import FILLED, MADE_UP, UNFILLED

MARGIN_BLOCKS: Final = 32
"""Between two transfers: no blow reaches the one before."""

_AFTER_CLAIM_PERIOD: Final = {"ClaimStakeWithdrawn", "DepositWithdrawn"}
_AMOUNT: Final = 10**6


class ReorgTransfer:
    """Plays one cell.

    Args:
        number: different for every transfer of a site: a request that has gone for good must not
            come back as the next one.
    """

    def __init__(self, site: ReorgSite, cell: Cell, number: int) -> None:
        self.site = site
        self.cell = cell
        self._amount = _AMOUNT + number
        self._approval_block: BlockNumber | None = None
        self._losses: Counter[str] = Counter()

    @property
    def source(self) -> L2Contracts:
        """Where the request is made."""
        return self.site.l2s[0]

    @property
    def target(self) -> L2Contracts:
        """Where it is filled."""
        return self.site.l2s[1]

    def play(self) -> None:
        """To its stage, through the blow, to its end.

        Raises:
            AssertionError: something did not happen.
        """
        self.site.mine(MARGIN_BLOCKS)
        self._losses = self.site.losses()
        _APPROACHES[self.cell.scene.stage](self)
        dropped = self._strike()
        self._wait_for_notice()
        if self.cell.again is Again.LATER:
            self._send_again([each for each in dropped if not self._is_agents(each)])
        self.site.resume_mining()
        self._settle()

    def complaint(self) -> str:
        """What is wrong at the end; empty when nothing is."""
        wrong = []
        if (found := counts(self.request)) != self.cell.events:
            wrong.append(f"{found} instead of {self.cell.events}")
        if self.site.agent.exit_code is not None:
            wrong.append(f"the agent ended with code {self.site.agent.exit_code}")
        if self._has_challenged_honest_claim():
            wrong.append("an honest claim was challenged")
        return "; ".join(wrong)

    # --- up to the stage

    def ask(self, symbol: str = FILLED) -> None:
        """The user makes the request."""
        user = self.site.world.participant("user")
        self.request: Request = user.create_request(self.source, self.target, symbol, self._amount)

    def wait_for(self, name: str, times: int = 1) -> None:
        """Wait for an event; no blocks are made."""
        self.site.agent.wait_until(
            lambda: counts(self.request).get(name, 0) >= times, f"{times} {name}"
        )

    def reach_request(self) -> None:
        """The fill waits in the pool."""
        stop_mining(self.target.chain)
        self.ask()
        self._wait_for_sending("fill")

    def reach_approval(self) -> None:
        """The fill has got lost, the approval is mined."""
        self.reach_request()
        client = self.target.chain.client
        account = self.site.world.participant("agent").address
        pool = {k.lower(): v for k, v in client.call("txpool_content")["pending"].items()}
        mine = pool[account.lower()]
        client.call("anvil_dropTransaction", mine[max(mine, key=int)]["hash"])
        self.target.chain.mine()
        self._approval_block = self.target.chain.height()

    def reach_fill(self) -> None:
        """The claim waits in the pool."""
        stop_mining(self.target.chain)
        self.ask()
        stop_mining(self.source.chain)
        self.site.resume_mining_of(self.target)
        self._wait_for_sending("claim")

    def reach_claim(self) -> None:
        """The claim is mined."""
        self.ask()
        self.wait_for("ClaimMade")

    def reach_challenge(self) -> None:
        """The thief's claim is challenged, the absence of its fill proven."""
        self.ask(UNFILLED)
        self.site.world.participant("rival").claim(self.request, MADE_UP)
        self.site.world.increase_time(FILL_WAIT_TIME)
        self.wait_for("FillInvalidated")
        self.wait_for("ClaimMade", 2)

    def reach_counter(self) -> None:
        """The agent is ahead in the game of its own claim."""
        self.reach_claim()
        claim_id = next(log["claimId"] for log in history(self.request) if log.name == "ClaimMade")
        bid = Wei(self.site.world.settings.claim_stake + 1)
        self.site.world.participant("rival").challenge(self.source, claim_id, bid)
        self.wait_for("ClaimMade", 3)

    def reach_withdraw(self) -> None:
        """All is done."""
        self.reach_claim()
        self.site.world.increase_time(self.site.world.settings.claim_period)
        self.wait_for("DepositWithdrawn")

    def _wait_for_sending(self, transaction: str) -> None:
        """Wait until a transaction is in the pool, behind whatever else may be there."""
        agent = self.site.agent
        client = (self.target if transaction == "fill" else self.source).chain.client

        def is_there() -> bool:
            lines = agent.lines("Sent transaction", transaction=transaction)
            hashes = [line["tx_hash"] for line in lines if self._id in line["action"]]
            return any(client.call("eth_getTransactionByHash", each) for each in hashes)

        agent.wait_until(is_there, f"the {transaction} to be sent")

    # --- the blow

    def _strike(self) -> Sequence[Dropped]:
        self.site.let_agent_look()
        self._bury()
        self.site.let_agent_look()
        return self._replace()

    def _bury(self) -> None:
        """Put blocks on the struck event until a blow reaches just down to it."""
        chain, struck = self.site.chain(self.cell.scene.side), self._struck_block()
        if struck is not None:
            missing = self.cell.depth - (chain.height() - struck + 1)
            assert missing >= 0, f"the struck event is {-missing} blocks too deep"
            if missing:
                # In two steps: what only one answer has shown makes nothing final.
                chain.mine(missing - 1)
                self.site.let_agent_look()
                chain.mine()

    def _replace(self) -> Sequence[Dropped]:
        cell = self.cell
        meanwhile = self._send_again if cell.again is Again.POOL else (lambda _: None)
        return replace_blocks(self.site.chain(cell.scene.side), cell.depth, cell.means, meanwhile)

    def _struck_block(self) -> BlockNumber | None:
        name = self.cell.scene.struck
        if name == "Approval":
            return self._approval_block
        blocks = [log.block for log in history(self.request) if log.name == name]
        return max(blocks) if blocks else None

    def _send_again(self, dropped: Sequence[Dropped]) -> None:
        """All are there before one is mined: what was in one block may be in one again."""
        chain = self.site.chain(self.cell.scene.side)
        is_mining = chain.client.call("anvil_getAutomine")
        stop_mining(chain)
        for transaction in dropped:
            # The agent may have been faster with its own.
            with suppress(RpcResponseError):
                transaction.send_again(chain)
        if is_mining:
            resume_mining(chain)

    def _wait_for_notice(self) -> None:
        """Wait until the agent has undone what must be undone."""
        stage, scene = self.cell.scene.stage, self.cell.scene
        is_gone = scene.strikes_request and self.cell.again is not Again.POOL
        if is_gone and scene.held == "target":
            self._wait_for_cancellation(fill_key(self.request.request_id))
        elif is_gone:
            self.site.wait_for_line("Lost a deposit", request_id=self._id)
        if stage is Stage.FILL and (is_gone or self.cell.is_fill_moved):
            self._wait_for_cancellation(f"claim:{self._id}")

    def _wait_for_cancellation(self, key: str) -> None:
        def is_meant(line: LogLine) -> bool:
            return bool(line["action"].startswith(key))

        self.site.wait_for_line("Sent transaction again", is_meant, transaction="cancel")

    # --- to the end

    def _settle(self) -> None:
        cell, wanted = self.cell, self.cell.events
        if not cell.is_vanished:
            for name in wanted.keys() - _AFTER_CLAIM_PERIOD:
                self._wait_for_count(name)
            self.site.world.increase_time(self.site.world.settings.claim_period)
            for name in wanted:
                self._wait_for_count(name)
        self.site.wait_until(self._nothing_is_pending, "nothing to be in the pools")
        self.site.mine(1)
        self.site.let_agent_look()
        assert not (complaint := self.complaint()), complaint
        if cell.again is not Again.POOL or not cell.scene.strikes_request:
            assert (losses := self._losses_told()) == cell.losses, f"told as lost: {losses}"
            assert (losses := self._losses_counted()) == cell.losses, f"counted as lost: {losses}"

    def _losses_told(self) -> Mapping[str, int]:
        lines = self.site.agent.lines(request_id=self._id)
        reasons = [line["reason"] for line in lines if line["event"].startswith("Lost a ")]
        return Counter(Reason(reason).name.lower() for reason in reasons)

    def _losses_counted(self) -> Mapping[str, int]:
        return self.site.losses() - self._losses

    def _wait_for_count(self, name: str) -> None:
        wanted = self.cell.events[name]
        self.site.wait_until(
            lambda: counts(self.request).get(name, 0) >= wanted, f"{wanted} {name}"
        )

    def _nothing_is_pending(self) -> bool:
        counted = [sent_by(l2, self.site.world) for l2 in self.site.l2s]
        return all(mined == pending for mined, pending in counted)

    def _has_challenged_honest_claim(self) -> bool:
        us = self.site.world.participant("agent").address
        return self.cell.scene.stage is not Stage.CHALLENGE and any(
            log.name == "ClaimMade" and log["lastChallenger"] == us
            for log in history(self.request)
        )

    def _is_agents(self, dropped: Dropped) -> bool:
        return dropped.sender.lower() == self.site.world.participant("agent").address.lower()

    @property
    def _id(self) -> str:
        return "0x" + self.request.request_id.hex()


_APPROACHES: Final[Mapping[Stage, Callable[[ReorgTransfer], None]]] = {
    Stage.REQUEST: ReorgTransfer.reach_request,
    Stage.APPROVAL: ReorgTransfer.reach_approval,
    Stage.FILL: ReorgTransfer.reach_fill,
    Stage.CLAIM: ReorgTransfer.reach_claim,
    Stage.CHALLENGE: ReorgTransfer.reach_challenge,
    Stage.COUNTER: ReorgTransfer.reach_counter,
    Stage.WITHDRAW: ReorgTransfer.reach_withdraw,
}
