"""PayoutBook: what all directions pay out together."""

import threading

import pytest

from beamer_agent.actions.model import Reason, Skip
from beamer_agent.transactions.payout_book import HOUR, NO_LIMITS, Payout, PayoutBook, PayoutLimits
from beamer_agent.types import RequestId, Timestamp, TokenAmount, Wei
from tests.factories import NOW, SOURCE, SOURCE_TOKEN, TARGET, TARGET_TOKEN

pytestmark = pytest.mark.unit

COIN = 10**18
HERE, THERE = (SOURCE, SOURCE_TOKEN), (TARGET, TARGET_TOKEN)


def make_book(
    *, hour: int | None = None, still_open: int | None = None, exposure: int | None = None
) -> PayoutBook:
    """With limits for USDC, and of all tokens; everything is known of its only direction."""
    limits = PayoutLimits(
        {} if hour is None else {"USDC": TokenAmount(hour)},
        {} if still_open is None else {"USDC": TokenAmount(still_open)},
        None if exposure is None else Wei(exposure),
    )
    book = PayoutBook(limits, ["a->b"])
    book.state("a->b", {}, is_known=True)
    return book


def payout(amount: int, symbol: str = "USDC", **changes: object) -> Payout:
    """That is about to be made on a request from the source chain."""
    values: dict[str, object] = {"token": HERE, "paid_at": None, "is_open": True}
    return Payout(symbol=symbol, amount=TokenAmount(amount), **(values | changes))  # type: ignore[arg-type]


def take(book: PayoutBook, number: int, amount: int, symbol: str = "USDC") -> Skip | None:
    """For the request with a number, now."""
    return book.take(request(number), payout(amount, symbol), NOW)


def request(number: int) -> RequestId:
    """An id of its own."""
    return RequestId(number.to_bytes(32, "big"))


def test_what_is_open_stays_within_its_limit() -> None:
    """The last unit of it may be paid; the refusal has its figures."""
    book = make_book(still_open=10)
    assert take(book, 1, 6) is None
    refusal = take(book, 2, 5)
    assert refusal == Skip(Reason.OPEN_LIMIT)
    assert refusal is not None
    assert dict(refusal.figures) == {"amount": 5, "paid_out": 6, "limit": 10}
    assert take(book, 3, 4) is None


def test_request_counts_once() -> None:
    """However often it is taken or noted."""
    book = make_book(still_open=10)
    for _ in range(3):
        assert take(book, 1, 6) is None
        book.note(request(1), payout(6), NOW)
    assert take(book, 2, 4) is None


def test_withdrawn_deposit_is_not_open_any_more() -> None:
    """Nor is one of which nothing will come, or a fill that was not made."""
    book = make_book(still_open=10)
    for end in range(3):
        assert take(book, 1, 10) is None
        if end == 0:
            book.note(request(1), payout(10, is_open=False), NOW)
        elif end == 1:
            book.close(request(1), NOW)
        else:
            book.note(request(1), None, NOW)
    assert take(book, 2, 10) is None


def test_what_was_paid_within_an_hour_stays_within_its_limit() -> None:
    """Whether the deposit is back or not; to the second."""
    for is_open in (True, False):
        book = make_book(hour=10)
        book.note(request(1), payout(6, paid_at=Timestamp(NOW - HOUR + 1), is_open=is_open), NOW)
        assert take(book, 2, 5) == Skip(Reason.HOUR_LIMIT)
        assert book.take(request(2), payout(5), Timestamp(NOW + 1)) is None


def test_payout_without_a_time_was_made_just_now() -> None:
    """It is not known to be older."""
    book = make_book(hour=10)
    book.note(request(1), payout(6), NOW)
    late = Timestamp(NOW + 5 * HOUR)
    assert book.take(request(2), payout(5), late) == Skip(Reason.HOUR_LIMIT)
    book.close(request(1), late)
    assert book.take(request(2), payout(5), late) == Skip(Reason.HOUR_LIMIT)
    assert book.take(request(2), payout(5), Timestamp(late + HOUR)) is None


def test_what_is_over_is_forgotten() -> None:
    """The book holds what is open, and an hour."""
    book = make_book(hour=10)
    book.note(request(1), payout(6, paid_at=Timestamp(NOW - HOUR), is_open=False), NOW)
    book.note(request(2), payout(6, paid_at=NOW, is_open=False), NOW)
    assert book._payouts.keys() == {request(2)}
    book.take(request(3), payout(1), Timestamp(NOW + HOUR))
    assert book._payouts.keys() == {request(3)}


def test_each_token_has_limits_of_its_own_or_none() -> None:
    """Others are neither counted nor refused."""
    book = make_book(hour=5, still_open=5)
    assert take(book, 1, 10**30, "DAI") is None
    assert take(book, 2, 5) is None
    assert [book.is_limited(symbol) for symbol in ("USDC", "DAI")] == [True, False]
    assert make_book(exposure=1).is_limited("DAI")
    assert not PayoutBook(NO_LIMITS, []).is_limited("DAI")


def test_book_without_limits_has_nothing_to_count() -> None:
    """Any limit is one."""
    assert PayoutBook(NO_LIMITS, []).is_empty
    for book in (make_book(hour=1), make_book(still_open=1), make_book(exposure=1)):
        assert not book.is_empty


def test_exposure_counts_all_tokens_at_their_prices() -> None:
    """Of requests from all chains; fractions of a wei count as one."""
    book = make_book(exposure=COIN)
    book.state("a->b", {HERE: 2_000, THERE: 3}, is_known=True)
    assert take(book, 1, 1_000) is None
    dear = payout(2, "DAI", token=THERE)
    assert book.take(request(2), dear, NOW) == Skip(Reason.EXPOSURE_LIMIT)
    assert book.take(request(2), payout(1, "DAI", token=THERE), NOW) is None
    refusal = take(book, 3, 334)
    assert refusal is not None
    assert dict(refusal.figures) == {
        "exposure": COIN // 2 + COIN // 3 + 1 + COIN * 334 // 2_000,
        "limit": COIN,
    }
    assert take(book, 3, 333) is None


def test_exposure_without_a_price_is_not_known() -> None:
    """Of the token itself, or of another that is paid out."""
    book = make_book(exposure=COIN)
    assert take(book, 1, 1) == Skip(Reason.UNPRICED)
    book.state("a->b", {HERE: 5}, is_known=True)
    assert take(book, 1, 1) is None
    book.state("a->b", {HERE: 0, THERE: 5}, is_known=True)
    assert take(book, 2, 1) == Skip(Reason.UNPRICED)
    assert book.take(request(3), payout(1, token=THERE), NOW) == Skip(Reason.UNPRICED)
    book.close(request(1), NOW)
    assert book.take(request(3), payout(1, token=THERE), NOW) is None


def test_nothing_is_taken_before_all_directions_know() -> None:
    """What an earlier life has paid out counts; other tokens need not wait."""
    book = PayoutBook(PayoutLimits({}, {"USDC": TokenAmount(9)}), ["a->b", "b->a"])
    refusal = take(book, 1, 1)
    assert refusal == Skip(Reason.PAYOUTS_UNKNOWN)
    assert refusal is not None
    assert refusal.figures == (("directions", "a->b, b->a"),)
    book.state("a->b", {}, is_known=True)
    assert take(book, 1, 1) == Skip(Reason.PAYOUTS_UNKNOWN)
    book.state("b->a", {}, is_known=True)
    assert take(book, 1, 1) is None
    book.state("a->b", {}, is_known=False)
    assert take(book, 2, 1) == Skip(Reason.PAYOUTS_UNKNOWN)


def test_no_two_threads_take_the_same_room() -> None:
    """Directions decide in threads of their own."""
    book = make_book(still_open=100)
    taken: list[bool] = []
    start = threading.Barrier(4)

    def fill(first: int) -> None:
        start.wait(5)
        taken.extend(take(book, first + n, 1) is None for n in range(50))

    threads = [threading.Thread(target=fill, args=(1_000 * n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert taken.count(True) == 100


def test_clock_that_was_set_back_keeps_nothing() -> None:
    """What counted into an hour is let go when our clock says so, whatever it has said before."""
    book = make_book(hour=10)
    assert book.take(request(1), payout(1), Timestamp(NOW + 10**9)) is None
    book.note(request(1), payout(10, paid_at=NOW), NOW)
    assert take(book, 2, 1) == Skip(Reason.HOUR_LIMIT)
    assert book.take(request(2), payout(1), Timestamp(NOW + HOUR)) is None
