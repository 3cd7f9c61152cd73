"""How a call is heard, from the RTCP that passes through it."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from rtpng.quality.history import History, Sample
from rtpng.quality.mos import opinion
from rtpng.quality.totals import Totals
from sipcore.rtcp import Block, Report

MAX_SOURCES: Final = 64  # SSRCs of one call; whoever speaks RTCP can make up more
_REMEMBERED: Final = 8  # sender reports of one SSRC, at intervals of about five seconds

Rate = Callable[[int], int]  # the clock rate, in Hz, of what an SSRC sends


@dataclass(slots=True)
class Source:
    """One SSRC: when its sender reports passed, what it reports of others, and how far away its hearer is."""

    passed: deque[tuple[int, float]] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))
    heard: History = field(default_factory=History)
    reported: bool = False
    leg: float | None = None  # ms, from the relay to who hears it and back; by the last report about it

    def since(self, middle: int, now: float) -> float | None:
        """Seconds since a sender report passed; None for one that is not remembered."""
        return next((now - when for known, when in self.passed if known == middle), None)


@dataclass(slots=True)
class CallQuality:
    """What is known of one call. ``listening``: scores tell how it sounds, without regard to delay (MOS-LQ)."""

    listening: bool = False
    sources: dict[int, Source] = field(default_factory=dict)

    @property
    def histories(self) -> Mapping[int, History]:
        """By the SSRC of who reports."""
        return {ssrc: source.heard for ssrc, source in self.sources.items() if source.reported}

    def history(self, ssrc: int) -> History | None:
        """What an SSRC has reported; None if it is not heard of, or only spoken of."""
        source = self.sources.get(ssrc)
        return source.heard if source is not None and source.reported else None

    def hear(self, report: Report, rate: Rate, now: float, *totals: Totals) -> None:
        """Takes in a report that passes at ``now`` (monotonic); ``totals`` get what it says as well."""
        source = self._source(report.ssrc)
        if source is None:
            return
        if report.sender is not None:
            source.passed.append((report.sender.middle, now))
        for block in report.blocks:
            about = self._source(block.ssrc)
            if about is not None:
                self._take(source, about, block, rate(block.ssrc), now, totals)

    def _take(
        self, source: Source, about: Source, block: Block, rate: int, now: float, totals: tuple[Totals, ...]
    ) -> None:
        sample = self._sample(block, rate, now, _leg(about, block, now), source.leg)
        about.leg = sample.leg if sample.leg is not None else about.leg
        source.reported = True
        source.heard.lost = block.lost
        source.heard.add(sample)
        for total in totals:
            total.add(sample)

    def _sample(self, block: Block, rate: int, now: float, leg: float | None, opposite: float | None) -> Sample:
        """rtpengine counts whole percents and milliseconds, so scores are of these."""
        round_trip = leg + opposite if leg is not None and opposite is not None else None
        loss, jitter = block.fraction * 100 / 256, block.jitter * 1000 / rate
        mos = None
        if self.listening or round_trip is not None:
            mos = opinion(int(loss), int(jitter), 0.0 if self.listening else round_trip or 0.0)
        return Sample(now, mos, round_trip, leg, jitter, loss)

    def _source(self, ssrc: int) -> Source | None:
        source = self.sources.get(ssrc)
        if source is None and len(self.sources) < MAX_SOURCES:
            source = self.sources[ssrc] = Source()
        return source


def _leg(about: Source, block: Block, now: float) -> float | None:
    """The way from here to who reports and back, in ms (RFC 3550 6.4.1, measured where the SR passed)."""
    if not block.lsr or not block.dlsr:
        return None
    since = about.since(block.lsr, now)
    return max(0.0, since - block.dlsr / 65536) * 1000 if since is not None else None
