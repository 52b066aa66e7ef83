"""`docs/challenge-game.md`: its games are played by the rules, its words looked up."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from beamer_agent.actions.arithmetic import Arithmetic, arithmetic_of
from beamer_agent.actions.model import ChallengeClaim, InvalidateFill, Reason, RelayMessage, Skip
from beamer_agent.actions.proof import ProofProgress, Stage
from beamer_agent.actions.stakes import minimum_bid, payout
from beamer_agent.events.model import Event
from beamer_agent.planning.game_log import TOLD
from beamer_agent.state.claim import Claim
from beamer_agent.state.fold import Fold
from beamer_agent.types import BlockNumber, Seconds, Timestamp, Wei
from tests.factories import (
    ALICE,
    BOB,
    CLAIM_ID,
    DIRECTION,
    FILL_ID,
    NOBODY,
    NOW,
    OTHER_FILL_ID,
    REQUEST_ID,
    SOURCE,
    TARGET,
    US,
    make_block,
    make_claim,
    make_claim_made,
    make_fill_invalidated,
    make_request_created,
    make_request_filled,
)
from tests.made_games import make_progress, make_step
from tests.made_views import TERMS, make_chain_view, make_direction_view

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "challenge-game.md").read_text()

Row = dict[str, str]
"""The cells of a table's row, by heading."""

UNITS = {"min": 60, "h": 3_600, "d": 86_400}
THIEF = ALICE
ACCOUNTS = {"thief": THIEF, "agent": US}


def tables(heading: str) -> list[list[Row]]:
    """All tables of the page whose first column has a heading."""
    found = []
    for block in re.findall(rf"^\| {heading} \|.*(?:\n\|.*)+", PAGE, re.MULTILINE):
        names, _, *rows = [
            [cell.strip() for cell in line.strip("|").split("|")] for line in block.splitlines()
        ]
        found.append([dict(zip(names, row, strict=True)) for row in rows])
    return found


def wei(text: str) -> Wei:
    """What `0.01 + 1 wei` is; a number alone is ether."""
    amount = 0
    for sign, number, unit in re.findall(r"(-?) ?([\d.]+)( wei)?", text):
        whole, _, part = number.partition(".")
        value = int(whole + part) * (1 if unit else 10**18) // 10 ** len(part)
        amount += -value if sign else value
    return Wei(amount)


def seconds(text: str) -> Seconds:
    """What `7 d 1 h` is."""
    parts = re.findall(r"(\d+) (d|h|min)\b", text)
    return Seconds(sum(int(number) * UNITS[unit] for number, unit in parts))


FACTS = {row["what"]: row["value"] for row in tables("what")[-1]}
COST = wei(FACTS["price of carrying the proof over L1"])
FINALITY = seconds(FACTS["finality period of the target chain"])
REST_OF_THE_WAY = seconds(FACTS["the rest of a proof's way, once it is mature"])
GAME_TERMS = replace(
    TERMS,
    stake=wei(FACTS["claim stake"]),
    claim_period=seconds(FACTS["claim period"]),
    challenge_extension=seconds(FACTS["extension"]),
)


class Game:
    """One claim on one request, played row by row; the contract's part is done here."""

    def __init__(self, claimer: str) -> None:
        self.is_ours = claimer == "agent"
        self._claimer = ACCOUNTS[claimer]
        self._fill_id = FILL_ID if self.is_ours else OTHER_FILL_ID
        self._fold = Fold(DIRECTION, US)
        self._included_at = Timestamp(NOW)
        self._block = 30
        self._tell(make_request_created(valid_until=Timestamp(NOW + 2 * UNITS["d"])))
        if self.is_ours:
            self._tell(make_request_filled())

    @property
    def claim(self) -> Claim:
        """As it stands."""
        claim = self._fold.claims.get(CLAIM_ID)
        assert claim is not None
        return claim

    def play(self, row: Row) -> None:
        """Do what a row says; the agent's moves must be those of the rules."""
        time = Timestamp(NOW + seconds(row["time"]))
        verb, _, amount = row["does"].partition(" ")
        if verb == "claims":
            self._bid(row["who"], wei(amount), Timestamp(time + GAME_TERMS.claim_period))
            return
        assert time < self.claim.termination
        if row["who"] == "agent":
            self._check(verb, amount, self.numbers(time))
        else:
            assert wei(amount) == minimum_bid(self.claim, GAME_TERMS)
        if verb == "proves":
            self._included_at = time
            self._tell(make_fill_invalidated(fill_id=self._fill_id))
        elif verb == "bids":
            is_first = self.claim.challenger_stake_total == 0
            extension = GAME_TERMS.challenge_extension + (FINALITY if is_first else 0)
            end = Timestamp(max(self.claim.termination, time + extension))
            self._bid(row["who"], wei(amount), end)

    def numbers(self, time: Timestamp) -> Arithmetic:
        """Everything the rules say at a time."""
        head = make_block(timestamp=time)
        view = make_direction_view(
            source=make_chain_view(SOURCE, head=head),
            target=make_chain_view(TARGET, head=head),
            now=time,
            terms=GAME_TERMS,
        )
        request = self._fold.requests.get(REQUEST_ID)
        assert request is not None
        (numbers,) = arithmetic_of(
            request, self._fold.claims, view, lambda _: self._progress(time), self._staked()
        )
        return numbers

    @staticmethod
    def _check(verb: str, amount: str, numbers: Arithmetic) -> None:
        resolution = None if numbers.proof is None else numbers.proof.resolution
        if verb == "proves":
            assert isinstance(numbers.invalidation, InvalidateFill)
        elif verb == "bids":
            assert isinstance(numbers.bidding, ChallengeClaim)
            assert numbers.bidding.bid == wei(amount)
        else:
            assert verb == "carries"
            assert numbers.bidding == Skip(Reason.L1_DECIDES)
        assert isinstance(resolution, RelayMessage) is (verb == "carries")

    def _staked(self) -> Wei:
        stake = self.claim.claimer_stake if self.is_ours else self.claim.challenger_stake_total
        return Wei(stake)

    def _progress(self, time: Timestamp) -> ProofProgress:
        matures_at = Timestamp(self._included_at + FINALITY)
        is_mature = time >= matures_at
        return make_progress(
            included_at=self._included_at,
            matures_at=matures_at,
            margin=REST_OF_THE_WAY,
            stage=Stage.EXECUTABLE if is_mature else Stage.PROVEN,
            step=make_step() if is_mature else None,
            cost=COST,
        )

    def _bid(self, who: str, amount: Wei, termination: Timestamp) -> None:
        claim = self._fold.claims.get(CLAIM_ID)
        is_claimer = ACCOUNTS[who] == self._claimer
        before = (0, 0) if claim is None else (claim.claimer_stake, claim.challenger_stake_total)
        is_first = claim is None or (is_claimer and claim.challenger_stake_total == 0)
        self._tell(
            make_claim_made(
                claimer=self._claimer,
                fill_id=self._fill_id,
                claimer_stake=Wei(before[0] + (amount if is_claimer else 0)),
                challenger_stake_total=Wei(before[1] + (0 if is_claimer else amount)),
                last_challenger=NOBODY if is_first else self._challenger(),
                termination=termination,
            )
        )

    def _challenger(self) -> str:
        return THIEF if self.is_ours else US

    def _tell(self, event: Event) -> None:
        self._block += 1
        self._fold.apply(replace(event, block_number=BlockNumber(self._block)))


@pytest.mark.parametrize("number", [0, 1], ids=["false claim", "own claim"])
def test_example_is_played_as_written(number: int) -> None:
    """Every bid, stake and end of the page; nobody may move when the other is behind."""
    rows = tables("time")[number]
    game = Game(rows[0]["who"])
    for row in rows:
        game.play(row)
        claim = game.claim
        expected = (wei(row["C"]), wei(row["S"]), NOW + seconds(row["ends"]))
        assert (claim.claimer_stake, claim.challenger_stake_total, claim.termination) == expected


@pytest.mark.parametrize("number", [0, 1], ids=["false claim", "own claim"])
def test_example_pays_out_as_written(number: int) -> None:
    """What everybody put in, gets and keeps, with the right side proven right."""
    rows = tables("time")[number]
    game = Game(rows[0]["who"])
    for row in rows:
        game.play(row)
    claim, ends = game.claim, tables("who")[1 + number]
    assert {row["who"] for row in ends} == ACCOUNTS.keys()
    stakes = {claim.claimer: claim.claimer_stake, **claim.challenger_stakes}
    for row in ends:
        account = ACCOUNTS[row["who"]]
        back = payout(claim, account, is_valid=game.is_ours)
        cost = COST if account == US else 0
        numbers = [wei(row[key]) for key in ("put in", "gets", "pays for the proof", "in the end")]
        assert numbers == [stakes[account], back, cost, back - stakes[account] - cost]


def test_unanswered_bid_wins_as_written() -> None:
    """The sentence below the first game."""
    rows = tables("time")[0]
    game = Game("thief")
    for row in rows[:-2]:
        game.play(row)
    sentence = re.search(r"Had the thief not answered the bid of ([\d.]+), .* won (.*) at", PAGE)
    assert sentence is not None
    assert rows[-3]["does"] == f"bids {sentence[1]}"
    assert payout(game.claim, US, is_valid=False) - game._staked() == wei(sentence[2])


def test_shares_are_those_of_the_contract() -> None:
    """The table of Max, Alice and Bob."""
    rows = {row["who"]: row for row in tables("who")[0]}
    accounts = {"Max": US, "Alice": ALICE, "Bob": BOB}
    put_in = {accounts[who]: Wei(int(row["put in"])) for who, row in rows.items()}
    challengers = {who: stake for who, stake in put_in.items() if who != US}
    claim = make_claim(
        claimer=US,
        claimer_stake=put_in[US],
        challenger_stake_total=Wei(sum(challengers.values())),
        challenger_stakes=challengers,
        last_challenger=BOB,
    )
    totals = f"`C` is {claim.claimer_stake} and `S` is {claim.challenger_stake_total}"
    assert totals in PAGE
    for who, row in rows.items():
        for is_valid, key in ((True, "if the claim is valid"), (False, "if it is invalid")):
            assert int(row[key]) == payout(claim, accounts[who], is_valid=is_valid)


def test_every_reason_of_the_log_is_explained() -> None:
    """And no other: what the page explains is what the log says."""
    explained = {row["reason"] for row in tables("reason")[0]}
    assert explained == {reason.value for reason in TOLD}


def test_log_lines_are_those_of_the_code() -> None:
    """Each is a sentence of the package."""
    package = "\n".join(path.read_text() for path in (ROOT / "beamer_agent").rglob("*.py"))
    lines = [row["line"].strip("`") for row in tables("line")[0]]
    assert lines
    assert [line for line in lines if f'"{line}"' not in package] == []


def test_the_named_limits_are_the_defaults() -> None:
    """`max-claim-stake` and `max-total-stake` of an empty configuration."""
    view = make_direction_view()
    for key, limit in (
        ("max-claim-stake", view.game.max_claim_stake),
        ("max-total-stake", view.game.max_total_stake),
    ):
        assert f"`{key}` ({limit // 10**18} ether)" in PAGE


def test_words_of_the_command_are_explained() -> None:
    """All that `beamer-agent games` says of a claim but what speaks for itself."""
    rows = tables("time")[0]
    game = Game("thief")
    for row in rows:
        game.play(row)
    said = {word for word, _ in game.numbers(Timestamp(NOW + seconds(rows[-1]["time"]))).lines()}
    explained = {word for row in tables("word")[0] for word in re.findall(r"`(\w+)`", row["word"])}
    assert explained == said - {"claim", "claimer"}
