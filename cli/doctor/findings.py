"""What measured facts mean for an operator, and what to do about them. Pure."""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto

from cli.target import Target

PORTS_PER_CALL = 4  # two parties, RTP and RTCP each
OTHER_FILES = 64  # what the daemon opens besides media ports
CROWDED = 0.9  # of the ports: below this share of free ones it is worth a word


class Level(Enum):
    """How bad it is; the value is the word that is printed."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class Control(Enum):
    """What is found at the control port."""

    ANSWERS = auto()
    FREE = auto()
    TAKEN = auto()  # by something that does not speak ng
    FOREIGN = auto()  # no address of this host, and no answer


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report; ``advice`` is empty where nothing needs to be done."""

    subject: str
    level: Level
    text: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Ports:
    """A range of media ports on one address, inclusive, and how many of them can be bound."""

    low: int
    high: int
    free: int

    @property
    def total(self) -> int:
        return self.high - self.low + 1


def kernel(obstacle: str | None) -> Finding:
    """``obstacle``: why the kernel cannot forward, and what to do; None if it can."""
    subject = "kernel"
    if obstacle is None:
        return Finding(subject, Level.OK, "plain RTP can be forwarded in the kernel (nftables)")
    return Finding(subject, Level.WARN, "all media will be forwarded in userspace", obstacle)


def address(host: str | None, *, usable: bool) -> Finding:
    """The address of media; None without a default route."""
    subject = "address"
    if host is None:
        return Finding(
            subject, Level.FAIL, "there is no default route", "name an address of this host with --interface"
        )
    if not usable:
        advice = f"take one that `ip address` shows, and after ! the one for SDP: --interface=ADDRESS!{host}"
        return Finding(subject, Level.FAIL, f"{host} is no address of this host", advice)
    if _is_private(host):
        advice = f"if peers reach this host through NAT, say so: --interface={host}!PUBLIC-ADDRESS"
        return Finding(subject, Level.WARN, f"media uses {host}, which only its own network can reach", advice)
    return Finding(subject, Level.OK, f"media uses {host}")


def _is_private(host: str) -> bool:
    parsed = ipaddress.ip_address(host)
    return parsed.is_private or parsed.is_link_local


def media_ports(ports: Ports) -> Finding:
    subject = "media ports"
    text = f"{ports.free} of {ports.total} ports from {ports.low} to {ports.high} are free"
    if ports.free < PORTS_PER_CALL:
        advice = "not one call fits: choose others with --port-min and --port-max"
        return Finding(subject, Level.FAIL, text, advice)
    if ports.free < CROWDED * ports.total:
        advice = "fine if these are calls of a running daemon; else move one of the two with --port-min and --port-max"
        return Finding(subject, Level.WARN, text, advice)
    return Finding(subject, Level.OK, f"{text}: room for {ports.free // PORTS_PER_CALL} calls")


def control(target: Target, found: Control) -> Finding:
    subject = "control port"
    match found:
        case Control.ANSWERS:
            return Finding(subject, Level.OK, f"a daemon answers at {target}")
        case Control.FREE:
            advice = "start one with `rtpng serve`"
            return Finding(subject, Level.OK, f"{target} is free, no daemon runs there", advice)
        case Control.TAKEN:
            advice = f"see who has it with `ss -lunp sport = :{target.port}`, or use another with --listen-ng"
            return Finding(subject, Level.FAIL, f"{target} is taken by something that does not answer", advice)
        case Control.FOREIGN:
            advice = "check the address, that a daemon runs there, and the firewall between"
            return Finding(subject, Level.FAIL, f"nothing answers at {target}, which is not this host", advice)


def open_files(limit: int, ports: int) -> Finding:
    """``limit``: how many files a process may open; ``ports``: how many media ports there are."""
    subject = "open files"
    calls = max(limit - OTHER_FILES, 0) // PORTS_PER_CALL
    text = f"the limit of {limit} allows {calls} calls"
    if limit >= ports + OTHER_FILES:
        return Finding(subject, Level.OK, f"the limit of {limit} allows all ports to be in use")
    advice = f"raise it: LimitNOFILE={ports + OTHER_FILES} in the systemd unit, or ulimit -n {ports + OTHER_FILES}"
    return Finding(subject, Level.WARN if calls else Level.FAIL, text, advice)


def report(findings: Iterable[Finding]) -> str:
    """One line for each finding, and one for each advice."""
    lines = []
    for finding in findings:
        lines.append(f"{finding.level.value:<4}  {finding.subject:<12}  {finding.text}")
        if finding.advice:
            lines.append(f"{'':<20}{finding.advice}")
    return "\n".join(lines)


def healthy(findings: Iterable[Finding]) -> bool:
    """Whether the daemon can work."""
    return all(finding.level is not Level.FAIL for finding in findings)
