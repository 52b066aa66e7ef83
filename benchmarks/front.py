"""An endpoint in front of real chains: it tells of their past, counts, and passes the rest on.

    agent --HTTP--> front --(blocks and logs before `until`)--> Past, encoded beforehand
                      |
                      +----(everything else, as it is)--------> anvil

It runs in a process of its own, so that what it costs is not counted as the agent's, and answers
`POST /NAME` for each chain. `GET /` tells how many HTTP requests each chain has had so far, and
how many JSON-RPC calls of each method were in them, each call of a batch counted.
"""

import json
import sys
import threading
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import urllib3

from beamer_agent.devnet.anvil import HOST, free_port
from beamer_agent.devnet.child import start_child, stop_child
from beamer_agent.devnet.waiting import wait_until
from benchmarks.past import Past, Tale

CONNECTIONS: Final = 16
START_SECONDS: Final = 60.0
"""A long past takes its time to be made up."""


class ChainBehind:
    """One chain behind the front.

    Args:
        url: of the real one.
        tale: what is told of the blocks before its first one.
    """

    def __init__(self, url: str, tale: Tale | None) -> None:
        self._url = url
        self._past = None if tale is None else Past(tale)
        self._until = 0 if tale is None else tale.until
        self._pool = urllib3.PoolManager(maxsize=CONNECTIONS, retries=False)

    def answer(self, body: bytes) -> bytes:
        """The body of the answer to a body."""
        if self._past is None:
            return self._pass_on(body)
        asked = json.loads(body)
        calls = asked if isinstance(asked, list) else [asked]
        results = [self._from_past(self._past, call) for call in calls]
        if not any(results):
            return self._pass_on(body)
        answers = [
            b'{"jsonrpc":"2.0","id":%d,"result":%b}' % (call["id"], result)
            if result
            else self._pass_on(json.dumps(call).encode())
            for call, result in zip(calls, results, strict=True)
        ]
        return b"[" + b",".join(answers) + b"]" if isinstance(asked, list) else answers[0]

    def _from_past(self, past: Past, call: dict[str, Any]) -> bytes | None:
        """The result of a call, when it is about the past, or partly so."""
        match call["method"], call["params"]:
            case "eth_getBlockByNumber", [number, *_] if _is_before(number, self._until):
                return json.dumps(past.block(int(number, 16))).encode()
            case "eth_getLogs", [filter_] if _is_before(filter_["fromBlock"], self._until):
                return self._logs(past, filter_)
        return None

    def _logs(self, past: Past, filter_: dict[str, Any]) -> bytes:
        first, last = int(filter_["fromBlock"], 16), filter_["toBlock"]
        if _is_before(last, self._until):
            return past.logs(first, int(last, 16))
        present = {**filter_, "fromBlock": hex(self._until)}
        call = {"jsonrpc": "2.0", "id": 1, "method": "eth_getLogs", "params": [present]}
        newer = json.loads(self._pass_on(json.dumps(call).encode()))["result"]
        older = past.logs(first, self._until - 1)
        if not newer:
            return older
        return older[:-1] + (b"," if len(older) > 2 else b"") + json.dumps(newer).encode()[1:]

    def _pass_on(self, body: bytes) -> bytes:
        headers = {"Content-Type": "application/json"}
        return self._pool.request("POST", self._url, body=body, headers=headers).data


def _is_before(number: str, until: int) -> bool:
    return number.startswith("0x") and int(number, 16) < until


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: "_Server"

    def do_POST(self) -> None:
        """JSON-RPC for the chain that the path names."""
        name = self.path.strip("/")
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.count(name, methods(body))
        self._send(self.server.chains[name].answer(body))

    def do_GET(self) -> None:
        """The counts."""
        self._send(self.server.told())

    def _send(self, body: bytes) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        self.wfile.write(head + body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is logged."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port: int, chains: dict[str, ChainBehind]) -> None:
        super().__init__((HOST, port), _Handler)
        self.chains = chains
        self._requests = Counter(dict.fromkeys(chains, 0))
        self._calls: dict[str, Counter[str]] = {name: Counter() for name in chains}
        self._lock = threading.Lock()  # protects both counts

    def count(self, name: str, calls: list[str]) -> None:
        with self._lock:
            self._requests[name] += 1
            self._calls[name].update(calls)

    def told(self) -> bytes:
        with self._lock:
            return json.dumps({"requests": self._requests, "calls": self._calls}).encode()


class Front:
    """A context manager: the endpoint answers inside, and is gone after.

    Args:
        urls: of the real chains, by name.
        tales: the past of some of them, by name.
        folder: for its settings.
    """

    def __init__(self, urls: Mapping[str, str], tales: Mapping[str, Tale], folder: Path) -> None:
        told = {name: asdict(tale) for name, tale in tales.items()}
        self._settings = folder / "front.json"
        self._settings.write_text(json.dumps({"urls": dict(urls), "tales": told}))
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Start the process and wait until it answers."""
        self._port = free_port()
        command = [sys.executable, "-m", "benchmarks.front", str(self._port), str(self._settings)]
        with self._stack:
            child = start_child(command, stderr=sys.stderr.fileno())
            self.pid = child.pid
            self._stack.callback(stop_child, child)
            wait_until(self._answers, "the endpoint in front", seconds=START_SECONDS)
            self._stack = self._stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop the process."""
        self._stack.close()

    def url(self, name: str) -> str:
        """Where a chain answers."""
        return f"http://{HOST}:{self._port}/{name}"

    def counts(self) -> dict[str, int]:
        """The HTTP requests for each chain so far."""
        requests: dict[str, int] = self._told()["requests"]
        return requests

    def calls(self) -> Counter[str]:
        """The JSON-RPC calls for all chains together so far, by method."""
        by_chain: dict[str, dict[str, int]] = self._told()["calls"]
        return sum(map(Counter, by_chain.values()), Counter())

    def _told(self) -> dict[str, Any]:
        told: dict[str, Any] = urllib3.request("GET", self.url(""), retries=False).json()
        return told

    def _answers(self) -> bool:
        try:
            return bool(self.counts())
        except urllib3.exceptions.HTTPError:
            return False


def methods(body: bytes) -> list[str]:
    """The methods that the body of a request calls, each call of a batch in its place."""
    asked = json.loads(body)
    return [call["method"] for call in (asked if isinstance(asked, list) else [asked])]


def serve(port: int, settings: Path) -> None:
    """Answer until the process is ended."""
    raw = json.loads(settings.read_text())
    tales = {name: Tale.from_json(tale) for name, tale in raw["tales"].items()}
    chains = {name: ChainBehind(url, tales.get(name)) for name, url in raw["urls"].items()}
    _Server(port, chains).serve_forever()


if __name__ == "__main__":
    serve(int(sys.argv[1]), Path(sys.argv[2]))
