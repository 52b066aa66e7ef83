"""The endpoints of a chain, one by one: does each answer, and what does it know?"""

from collections.abc import Iterator
from typing import Any, Final

from beamer_agent.errors import RpcError
from beamer_agent.line import Line
from beamer_agent.preflight.finding import Finding, Findings
from beamer_agent.preflight.others import BASE_CHAIN
from beamer_agent.rpc.endpoint import Endpoint
from beamer_agent.rpc.envelope import Request
from beamer_agent.rpc.heads import head_number
from beamer_agent.rpc.identity import QUESTIONS, identity_of
from beamer_agent.rpc.push import PushEndpoint

_HEAD: Final[Request] = ("eth_getBlockByNumber", ("latest", False))


def check_endpoints(line: Line) -> list[Finding]:
    """One finding for each endpoint where there are several, and for each that pushes.

    Warnings at most: what is wrong with all of them, or between them, whoever asks them finds out.
    """
    report, remedy = Findings(line.name), f"check {_key(line.name)}.rpc-url"
    findings: list[Finding] = []
    if len(line.pool.endpoints) > 1:
        findings = [_answer(report, endpoint, remedy) for endpoint in line.pool.endpoints]
        answering = sum(finding.level == "ok" for finding in findings)
        if answering < line.pool.quorum:
            findings.append(_short(report, answering, line.pool.quorum, remedy))
    return [*findings, *_pushes(report, line)]


def _short(report: Findings, answering: int, quorum: int, remedy: str) -> Finding:
    detail = f"{quorum} endpoints have to agree, but {answering} answer: nothing would be filled"
    return report.warning("quorum", detail, remedy)


def _answer(report: Findings, endpoint: Endpoint, remedy: str) -> Finding:
    subject = f"RPC {endpoint.name}"
    try:
        *who, head = endpoint.ask([*QUESTIONS, _HEAD])
        identity = identity_of(who)
    except RpcError as error:
        return report.warning(subject, f"it does not answer: {error}", remedy)
    return report.ok(subject, f"{identity.sentence()}, head {_number(head)}")


def _number(head: Any) -> str:
    number = head_number(head)
    return "unknown" if number is None else str(number)


def _pushes(report: Findings, line: Line) -> Iterator[Finding]:
    for push in line.pushes:
        yield _push(report, push, f"check {_key(line.name)}.ws-url; polls do without it")


def _push(report: Findings, push: PushEndpoint, remedy: str) -> Finding:
    subject = f"push {push.name}"
    try:
        push.open().close()
    except RpcError as error:
        return report.warning(subject, f"it cannot be opened: {error}", remedy)
    return report.ok(subject, "it can be opened")


def _key(name: str) -> str:
    return name if name == BASE_CHAIN else f"chains.{name}"
