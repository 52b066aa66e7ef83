"""What a look at a chain found: a value for a table, a sentence for an operator."""

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warning", "fault"]
"""How bad a finding is: fine, worth knowing, or in the way."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    `chain` is the configured name or a key of the configuration, `remedy` is empty when all is
    well.
    """

    chain: str
    subject: str
    level: Level
    detail: str
    remedy: str = ""

    def sentence(self) -> str:
        """The finding as one line for an operator."""
        remedy = f"; {self.remedy}" if self.remedy else ""
        return f"{self.chain}: {self.subject}: {self.detail}{remedy}"


@dataclass(frozen=True, slots=True)
class Findings:
    """Makes the findings of one chain."""

    chain: str

    def ok(self, subject: str, detail: str) -> Finding:
        """All is well."""
        return Finding(self.chain, subject, "ok", detail)

    def warning(self, subject: str, detail: str, remedy: str) -> Finding:
        """Worth knowing."""
        return Finding(self.chain, subject, "warning", detail, remedy)

    def fault(self, subject: str, detail: str, remedy: str) -> Finding:
        """In the way of a start."""
        return Finding(self.chain, subject, "fault", detail, remedy)
