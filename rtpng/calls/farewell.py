"""The lines that the log keeps of a finished call."""

from collections.abc import Callable, Iterator

from rtpng.calls.model import Call, Endpoint
from rtpng.calls.report import PortStats
from sipcore.address import Address


def final_lines(call: Call, stats: Callable[[Address], PortStats]) -> Iterator[str]:
    """What each port of each party has carried; starts with the line that operators look for."""
    yield "Final packet stats:"
    for party in call.parties:
        yield f"--- Tag '{party.tag or ''}', branch '{party.branch or ''}'"
        for index, stream in enumerate(party.streams, 1):
            yield f"------ Media #{index} ({stream.kind} over {stream.protocol})"
            for endpoint in stream.endpoints:
                yield _port(endpoint, stats(endpoint.local))


def _port(endpoint: Endpoint, stats: PortStats) -> str:
    user = stats.user
    return (
        f"--------- Port {endpoint.local} <> {endpoint.latch.target}, SSRC {user.first_ssrc or 0:x}, "
        f"{stats.packets} p ({stats.packets - user.packets} in the kernel), {stats.bytes} b, {user.errors} e, "
        f"{user.foreign} foreign, {user.held} held"
    )
