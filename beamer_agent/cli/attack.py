"""`beamer-agent demo --attack`: every game between thief and agent, bid by bid, and who gained."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from beamer_agent.cli.screen import Screen
from beamer_agent.devnet.accounts import account_of
from beamer_agent.devnet.attack import Attack
from beamer_agent.devnet.attack_summary import AttackSummary, Outcome
from beamer_agent.devnet.expenses import expenses, heights, settle
from beamer_agent.devnet.games import Bid, Game, Payout, Turn
from beamer_agent.devnet.ploys import Ploy
from beamer_agent.devnet.summary import Holdings
from beamer_agent.devnet.thief import ROLE
from beamer_agent.devnet.world import LocalWorld
from beamer_agent.errors import FatalError
from beamer_agent.types import Address
from beamer_agent.units import units

ETHER_DECIMALS = 18
GWEI_DECIMALS = 9
NAMES = {"agent": "agent", ROLE: "thief", "deployer": "owner of the bridge"}
"""What the table calls the roles."""


class AttackScreen:
    """Plays the attack and shows it: a live table on a terminal, else a line for each turn."""

    def __init__(self, world: LocalWorld, console: Console) -> None:
        self._world = world
        self._screen = Screen(world, console)
        self._decimals = {token.symbol: token.decimals for token in world.settings.tokens}
        self._names = {account_of(role).address: name for role, name in NAMES.items()}
        self._agent = account_of("agent").address
        self._thief = account_of(ROLE).address

    def show(self) -> None:
        """Play it.

        Raises:
            FatalError: the thief has won something, the agent lost something, the games were not
                over in time, or the agent did not end in order.
        """
        self._screen.greet("The agent starts; a thief is among those who may claim.")
        since = heights(self._world)
        thief, agent = self._holdings()
        with self._screen.agent_at_work() as process:
            attack = Attack(self._world, process, lambda *turn: self._print_turn(attack, *turn))
            self._print_ploys(attack.ploys)
            with self._screen.live(lambda: self._table(attack)) as draw:
                attack.run(draw)
                draw()
        for account in (self._thief, self._agent):
            settle(self._world, account)
        thief_now, agent_now = self._holdings()
        summary = AttackSummary(
            outcomes=_outcomes(attack, self._agent),
            thief=thief_now - thief,
            agent=agent_now - agent,
            expenses=expenses(self._world, self._agent, since),
        )
        self._screen.console.print(self._summary_table(summary))
        self._screen.check_exit()
        if faults := summary.faults():
            raise FatalError("The attack was not repelled. " + " ".join(faults))

    def _holdings(self) -> tuple[Holdings, Holdings]:
        return Holdings.of(self._world, ROLE), Holdings.of(self._world, "agent")

    def _print_ploys(self, ploys: Sequence[Ploy]) -> None:
        for number, ploy in enumerate(ploys, start=1):
            self._screen.print_line(f"Game {number}: {self._describe(ploy)}")

    def _print_turn(self, attack: Attack, game: Game, turn: Turn) -> None:
        number = next(n for n, ploy in enumerate(attack.ploys, 1) if attack.game(ploy) is game)
        self._screen.print_line(f"Game {number}, {game.chain}: {self._sentence(turn)}")

    def _sentence(self, turn: Turn) -> str:
        if isinstance(turn, Bid):
            what = "claims" if turn.number == 1 else "bids"
            return (
                f"round {turn.number}, {self._name(turn.bidder)} {what} with "
                f"{ether_text(turn.amount)}, stakes {ether_text(turn.claimer_stake)}"
                f" : {ether_text(turn.challenger_stake)}"
            )
        if isinstance(turn, Payout):
            return f"{self._name(turn.receiver)} takes {ether_text(turn.amount)}"
        return turn.ground.value

    def _describe(self, ploy: Ploy) -> str:
        amount = f"{units(ploy.amount, self._decimals[ploy.symbol])} {ploy.symbol}"
        route = f"{ploy.source.chain.name} -> {ploy.target.chain.name}"
        return f"{route}, {amount}: the thief {ploy.trick.value}"

    def _name(self, account: Address) -> str:
        return self._names.get(account, account)

    def _table(self, attack: Attack) -> Table:
        table = Table(
            title=f"Games after {self._screen.seconds():.0f} s",
            caption="in ETH, stakes of claimer and challenger; +1: one wei more",
        )
        for name in ("game", "chain", "round", "who"):
            table.add_column(name)
        for name in ("bid", "stakes", "s"):
            table.add_column(name, justify="right")
        for number, ploy in enumerate(attack.ploys, start=1):
            table.add_section()
            title = f"[bold]thief {ploy.trick.value}[/bold]"
            table.add_row(str(number), ploy.source.chain.name, "", title)
            game = attack.game(ploy)
            for turn in game.turns if game is not None else ():
                table.add_row("", "", *self._cells(turn), f"{turn.seconds:.1f}")
        return table

    def _cells(self, turn: Turn) -> tuple[str, str, str, str]:
        if isinstance(turn, Bid):
            stakes = f"{short_text(turn.claimer_stake)} : {short_text(turn.challenger_stake)}"
            return str(turn.number), self._name(turn.bidder), short_text(turn.amount), stakes
        if isinstance(turn, Payout):
            return "", f"{self._name(turn.receiver)} takes all", short_text(turn.amount), ""
        return "", turn.ground.value, "", ""

    def _summary_table(self, summary: AttackSummary) -> Table:
        table = Table(title="Summary", show_header=False)
        table.add_column()
        table.add_column(justify="right")
        for number, outcome in enumerate(summary.outcomes, start=1):
            table.add_row(f"game {number}", self._verdict(outcome))
        table.add_section()
        for name, holdings in (("thief", summary.thief), ("agent", summary.agent)):
            changes = {"ETH": signed_text(holdings.native, ETHER_DECIMALS)}
            for symbol, amount in holdings.tokens.items():
                changes[symbol] = signed_text(amount, self._decimals[symbol])
            for symbol, change in changes.items():
                table.add_row(f"change of the {name}, {symbol}", change)
        table.add_section()
        won, gas = summary.stakes_won, summary.expenses.gas
        table.add_row("stakes won by the agent, ETH", signed_text(won, ETHER_DECIMALS))
        table.add_row("gas of the agent on all chains, ETH", signed_text(-gas, ETHER_DECIMALS))
        table.add_section()
        for name, count in sorted(summary.expenses.transactions.items()):
            table.add_row(f"sent by the agent: {name}", str(count))
        table.add_row("refused of these", str(summary.expenses.failed))
        return table

    def _verdict(self, outcome: Outcome) -> str:
        ruling = outcome.game.ruling
        ground = ruling.ground.value if ruling is not None else "undecided"
        return f"{'won by the agent' if outcome.is_won else 'NOT WON'}, {ground}"


def short_text(wei: int) -> str:
    """An amount in ether; what is too small for a table stands behind it, in wei."""
    gwei, rest = divmod(wei, 10**GWEI_DECIMALS)
    return units(gwei, GWEI_DECIMALS) + (f" +{rest}" if rest else "")


def ether_text(wei: int) -> str:
    """The same in words."""
    amount, _, rest = short_text(wei).partition(" +")
    return f"{amount} ETH" + (f" + {rest} wei" if rest else "")


def signed_text(amount: int, decimals: int) -> str:
    """A change, with its sign."""
    return ("+" if amount > 0 else "") + units(amount, decimals)


def _outcomes(attack: Attack, agent: Address) -> list[Outcome]:
    games = [(ploy, attack.game(ploy)) for ploy in attack.ploys]
    return [Outcome(ploy, game, agent) for ploy, game in games if game is not None]
