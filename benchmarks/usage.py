"""What a process uses, as Linux counts it."""

import os
from pathlib import Path
from typing import Final

_TICKS: Final = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """What a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def megabytes(pid: int) -> float:
    """The memory of a process, resident now."""
    return _status(pid, "VmRSS")


def peak_megabytes(pid: int) -> float:
    """The most memory a process had at once."""
    return _status(pid, "VmHWM")


def _status(pid: int, key: str) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    (found,) = (line for line in status.splitlines() if line.startswith(key + ":"))
    return int(found.split()[1]) / 1024
