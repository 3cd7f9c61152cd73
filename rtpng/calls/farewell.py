"""The lines that the log keeps of a finished call; the form is rtpengine's."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rtpng.calls.bundle import leader
from rtpng.calls.model import Call, Endpoint, MediaStream, Party
from rtpng.calls.report import PortStats, codec_in_use
from rtpng.quality.call import CallQuality
from rtpng.quality.telling import lines as quality_lines
from sipcore.address import Address


@dataclass(frozen=True, slots=True)
class Farewell:
    """What is told of a call at its end. ``now`` is monotonic, ``wall`` the time of day, in seconds."""

    stats: Callable[[Address], PortStats]
    now: float
    wall: float
    quality: CallQuality

    def time_of_day(self, when: float | None, otherwise: float) -> float:
        """The wall time of a monotonic one."""
        return otherwise if when is None else self.wall - (self.now - when)

    def lines(self, call: Call) -> Iterator[str]:
        """What each port of each party has carried; starts with the line that operators look for."""
        yield "Final packet stats:"
        for party in call.parties:
            yield from self._party(call, party)

    def _party(self, call: Call, party: Party) -> Iterator[str]:
        minutes, seconds = divmod(max(0, int(self.wall - party.created)), 60)
        branch = party.branch or ""
        yield f"--- Tag '{party.tag or ''}', created {minutes}:{seconds:02} ago for branch '{branch}'"
        for peer in (*call.peers(party), *call.sources_of(party)):
            yield f"---     subscribed to '{peer.tag or ''}'"
        for index, stream in enumerate(party.streams, 1):
            yield f"------ Media #{index} ({stream.kind} over {stream.protocol}){self._codec(stream)}"
            yield from self._ports(party, index - 1)
        for ssrc in dict.fromkeys(self._ssrcs(party)):
            history = self.quality.history(ssrc)
            if history is not None:
                yield from quality_lines(ssrc, history, self.now - (self.wall - party.created))

    def _ports(self, party: Party, place: int) -> Iterator[str]:
        first = leader(party, place)
        if first != place:
            yield f"--------- Port of media #{first + 1}"
            return
        for endpoint in party.streams[place].endpoints:
            yield self._port(endpoint)

    def _ssrcs(self, party: Party) -> Iterator[int]:
        """Who has spoken at the ports of a party, or reported there."""
        for endpoint in (endpoint for stream in party.streams for endpoint in stream.endpoints):
            user = self.stats(endpoint.local).user
            yield from (ssrc for ssrc in (user.ssrc, user.first_ssrc) if ssrc is not None)

    def _codec(self, stream: MediaStream) -> str:
        heard = self.stats(stream.rtp.local).user.payload_type if stream.rtp is not None else None
        codec = codec_in_use(stream, heard)
        return f" using {codec}" if codec else ""

    def _port(self, endpoint: Endpoint) -> str:
        """``ts`` is seconds since the last packet; what follows it is ours."""
        stats = self.stats(endpoint.local)
        user = stats.user
        silent = f"{self.now - stats.last_packet:.0f}" if stats.last_packet is not None else "-"
        others = f", {user.others} of other sources" if user.others else ""
        return (
            f"--------- Port {endpoint.local} <> {endpoint.latch.target or '-'}, SSRC {user.first_ssrc or 0:x}, "
            f"{stats.packets} p, {stats.bytes} b, {user.errors} e, {silent} ts, "
            f"{stats.packets - user.packets} in kernel, {user.foreign} foreign, {user.held} held{others}"
        )
