"""What a transaction still stands for, when it carries several actions and some are settled."""

from collections.abc import Sequence

from beamer_agent.actions.model import Action
from beamer_agent.transactions.model import SentTransaction
from beamer_agent.transactions.queue import ActionQueue


def reduce(sent: SentTransaction, left: Sequence[Action], queue: ActionQueue) -> None:
    """Others stand for the rest of its actions, or have carried them out.

    As a whole it may not be mined any more, it would do those anew: it is undone, and what is left
    of it is planned anew then.
    """
    if len(left) == len(sent.actions):
        return
    if not left:
        sent.is_retired, sent.held_since = True, None
        return
    sent.actions = tuple(left)
    for key in sent.keys:
        queue.cancel(key)
