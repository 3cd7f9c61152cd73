"""All checks in their order."""

from collections.abc import Iterator

from cli.ask import Daemon
from cli.doctor import facts, findings
from cli.doctor.findings import Finding
from kernel.probe import probe


def examine(daemon: Daemon, host: str | None, low: int, high: int) -> Iterator[Finding]:
    """``host``: where media shall be received, None if nobody knows; ``low`` to ``high``: media ports."""
    usable = host is not None and facts.usable(host)
    yield findings.kernel(probe())
    yield findings.address(host, usable=usable)
    if host is not None and usable:
        yield findings.media_ports(facts.media_ports(host, low, high))
    yield findings.control(daemon.target, facts.control(daemon))
    yield findings.open_files(facts.file_limit(), high - low + 1)
