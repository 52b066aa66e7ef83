"""A last look and a plan for one action, as a sender's turn makes them."""

from beamer_agent.actions.model import Action
from beamer_agent.transactions.allowances import AllowanceBook
from beamer_agent.transactions.draft import Draft
from beamer_agent.transactions.flight import Flight
from beamer_agent.transactions.model import ExpectedAllowance
from beamer_agent.transactions.preparation import Preparation
from beamer_agent.transactions.queue import ActionQueue
from beamer_agent.transactions.reasons import AllowanceUnknownError
from tests.doubles import FakeClock
from tests.made_sent import make_sent


def make_book(in_flight: int | None = None) -> AllowanceBook:
    """Of a sender that has this much allowance on its way, and knows nothing else."""
    flight = Flight()
    if in_flight is not None:
        flight.add(make_sent(1, in_flight))
    return AllowanceBook(flight, ActionQueue(FakeClock()))


def draft_of(preparation: Preparation, action: Action, book: AllowanceBook | None = None) -> Draft:
    """What is to be sent for an action; raises as a preparation does."""
    book = book or make_book()
    head = preparation.client.head()
    questions = preparation.questions([action], head)
    results = preparation.client.batch(questions.requests)
    preparation.check(action, preparation.look(questions, results), head)
    try:
        return preparation.plan(action, book.draft())
    except AllowanceUnknownError as unknown:
        allowed = preparation.client.read(preparation.allowance(unknown.token))
        book.learn(ExpectedAllowance(unknown.token, allowed))
        return preparation.plan(action, book.draft())
