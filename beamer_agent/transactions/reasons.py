"""Why an action is not carried out although nothing is wrong with the chain."""

from beamer_agent.types import Address


class NotNeededError(Exception):
    """The action must not be carried out: the chain says that it is done, or cannot be."""


class AlreadyDoneError(NotNeededError):
    """Somebody prepared for what was prepared already: nothing to tell anybody of."""


class ContradictedError(NotNeededError):
    """The chain says the opposite of what the action is meant to prove."""


class NotNowError(NotNeededError):
    """The price of gas, or the balance, stands against it: the next block may change either."""


class AllowanceUnknownError(Exception):
    """An action cannot be planned before the chain has told the allowance of its token."""

    def __init__(self, token: Address) -> None:
        super().__init__(token)
        self.token = token
