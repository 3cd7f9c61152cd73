"""RTCP that passes through a call: into the book of qualities, and to whoever else wants to know."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from rtpng.calls.model import Call, MediaStream
from rtpng.calls.registry import Owner, Registry
from rtpng.media.relay import SocketStats
from rtpng.quality.book import QualityBook
from sipcore import rtcp
from sipcore.address import Address
from sipcore.rtcp import Compound
from sipcore.sdp.codec import Codec, codecs_of

USUAL_RATE = 8000  # Hz, where SDP says nothing

Onlooker = Callable[[Call, Address, Address, Compound], None]  # our port, the source


def nobody(_call: Call, _local: Address, _source: Address, _compound: Compound) -> None:
    """The onlooker where RTCP is told to nobody."""


@dataclass(slots=True)
class Reports:
    """``stats`` are userspace's: what has been seen of the RTP that reaches a port of ours."""

    calls: Registry
    book: QualityBook
    stats: Callable[[Address], SocketStats]
    onlooker: Onlooker = field(default=nobody)

    def __call__(self, local: Address, source: tuple[Any, ...], data: bytes, now: float) -> None:
        """One packet that is relayed, decrypted; ``source`` as recvfrom() gives it, ``now`` is monotonic."""
        owner = self.calls.owner(local)
        if owner is None:
            return
        call, compound = owner.call, rtcp.read(data)
        self.book.hear(call.call_id, local.host, compound, lambda ssrc: self._rate(owner, ssrc), now)
        self.onlooker(call, local, Address(source[0], source[1]), compound)

    def _rate(self, owner: Owner, ssrc: int) -> int:
        """The clock of what an SSRC sends; if we have not seen any of it, of what its hearer has agreed on first."""
        for stream in (stream for party in owner.call.parties for stream in party.streams):
            user = self.stats(stream.rtp.local) if stream.rtp is not None else None
            if user is not None and user.ssrc == ssrc:
                return _clock(stream, user.payload_type)
        return _clock(owner.stream, None)


def _clock(stream: MediaStream, payload_type: int | None) -> int:
    codecs: list[Codec] = list(codecs_of(stream.described)) if stream.described is not None else []
    rates = [codec.rate for codec in codecs if codec.rate and payload_type in (None, codec.payload_type)]
    return rates[0] if rates else USUAL_RATE
