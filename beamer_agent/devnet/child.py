"""Child processes that do not outlive this one, however it ends."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import IO

STOP_SECONDS = 5.0
"""How long a child may take to obey SIGTERM before it is killed."""

_GUARD = """
import ctypes, os, signal, sys
ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: the kernel kills us with our parent
if os.getppid() != int(sys.argv[1]): sys.exit("the parent is gone already")
os.execvp(sys.argv[2], sys.argv[2:])
"""


def start_child(
    command: Sequence[str],
    *,
    stdout: int | IO[bytes] = subprocess.DEVNULL,
    stderr: int | IO[bytes] = subprocess.DEVNULL,
    environment: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own, so that Ctrl-C reaches only us.

    On Linux the kernel kills it when the calling *thread* ends, even by SIGKILL: call this from a
    thread that lives as long as the child shall. The guard is a program and not a `preexec_fn`,
    which must not be used beside threads.

    Args:
        command: the program, with its path, and its arguments.
        stdout: a file or one of subprocess's constants.
        stderr: the same.
        environment: all of the child's variables; None for our own.
    """
    if sys.platform == "linux":
        command = [sys.executable, "-I", "-S", "-c", _GUARD, str(os.getpid()), *command]
    return subprocess.Popen(  # noqa: S603 - the callers name fixed programs, no shell
        command,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        env=environment,
        start_new_session=True,
    )


def stop_child(child: subprocess.Popen[bytes], seconds: float = STOP_SECONDS) -> int:
    """Ask a child to stop, kill what is left of its process group, and return its exit code.

    Args:
        child: from `start_child`.
        seconds: how long it may take after SIGTERM.
    """
    child.terminate()
    try:
        return child.wait(seconds)
    except subprocess.TimeoutExpired:
        return _kill_group(child)


def _kill_group(child: subprocess.Popen[bytes]) -> int:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    return child.wait()
