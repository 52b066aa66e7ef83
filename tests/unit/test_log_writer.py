"""LogWriter: whoever logs does not wait for whoever reads."""

import os
import sys
import threading
from collections.abc import Iterator
from typing import TextIO

import pytest
import structlog

from beamer_agent import log_writer
from beamer_agent.devnet.waiting import wait_until
from beamer_agent.log_writer import LogWriter
from beamer_agent.logging import configure_logging, written_aside

pytestmark = pytest.mark.unit

SOON = 10.0


class Reader:
    """Takes a line at a time, when it is let."""

    def __init__(self) -> None:
        self.is_let = threading.Event()
        self.lines: list[str] = []
        self.dropped: list[int] = []

    def take(self, text: str) -> None:
        """Wait, then read."""
        assert self.is_let.wait(SOON)
        self.lines.append(text)


def test_lines_wait_in_order_for_a_reader_that_hangs() -> None:
    """Leaving waits until all of them are written."""
    reader = Reader()
    with LogWriter(reader.take, reader.dropped.append) as writer:
        for number in range(100):
            writer.write(str(number))
        assert reader.lines == []
        reader.is_let.set()
    assert reader.lines == [str(number) for number in range(100)]
    assert reader.dropped == []


def test_lines_that_find_no_room_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is bounded; that there were more is told once there is room."""
    monkeypatch.setattr(log_writer, "MOST_WAITING", 5)
    reader = Reader()
    with LogWriter(reader.take, reader.dropped.append) as writer:
        for number in range(50):
            writer.write(str(number))
        reader.is_let.set()
        wait_until(lambda: bool(reader.dropped), "the number", seconds=SOON)
    assert len(reader.lines) + sum(reader.dropped) == 50
    assert 5 <= len(reader.lines) <= 6


def test_a_reader_that_has_gone_ends_nothing() -> None:
    """There is nobody to tell; the next line is tried again."""
    tried: list[str] = []

    def fail(text: str) -> None:
        tried.append(text)
        raise BrokenPipeError

    with LogWriter(fail, lambda _: None) as writer:
        writer.write("a")
        writer.write("b")
    assert tried == ["a", "b"]


@pytest.fixture
def pipe() -> Iterator[tuple[int, TextIO]]:
    """Both ends of one that holds some hundred lines."""
    read_end, write_end = os.pipe()
    with os.fdopen(read_end, "rb"), os.fdopen(write_end, "w") as stderr:
        yield read_end, stderr


@pytest.mark.usefixtures("restored_logging")
def test_a_log_that_nobody_reads_holds_nobody_up(
    pipe: tuple[int, TextIO], monkeypatch: pytest.MonkeyPatch
) -> None:
    """All lines are there for whoever begins to read again."""
    read_end, stderr = pipe
    monkeypatch.setattr(sys, "stderr", stderr)
    configure_logging("info", "json")
    logger, count, read = structlog.get_logger(), 3_000, bytearray()

    def tell() -> None:
        for number in range(count):
            logger.info("told", number=number)

    def collect() -> None:
        while read.count(b"\n") < count + 1:
            read.extend(os.read(read_end, 65_536))

    reader = threading.Thread(target=collect, daemon=True)
    teller = threading.Thread(target=tell, daemon=True)
    with written_aside():
        teller.start()
        teller.join(SOON)
        is_held = teller.is_alive()
        reader.start()
    logger.info("after")
    reader.join(SOON)
    assert not is_held
    assert (read.count(b'"told"'), read.count(b'"after"')) == (count, 1)
