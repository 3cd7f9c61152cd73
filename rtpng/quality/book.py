"""How all calls are heard, and the totals over the daemon's life."""

from collections import defaultdict
from dataclasses import dataclass, field

from rtpng.quality.call import CallQuality, Rate
from rtpng.quality.totals import Totals
from sipcore.rtcp import Compound

SILENT = CallQuality()  # of a call without RTCP; nothing is ever put into it


@dataclass(slots=True)
class QualityBook:
    """By Call-ID what its RTCP says. ``listening`` as for ``CallQuality``."""

    listening: bool = False
    totals: Totals = field(default_factory=Totals)
    by_host: defaultdict[str, Totals] = field(default_factory=lambda: defaultdict(Totals))  # of our ports
    _calls: dict[str, CallQuality] = field(default_factory=dict)

    def hear(self, call_id: str, host: str, compound: Compound, rate: Rate, now: float) -> None:
        """Takes in what passes one of our ports at ``host``."""
        for report in compound.reports:
            call = self._calls.get(call_id)
            if call is None:
                call = self._calls[call_id] = CallQuality(self.listening)
            call.hear(report, rate, now, self.totals, self.by_host[host])

    def of(self, call_id: str) -> CallQuality:
        return self._calls.get(call_id, SILENT)

    def merge(self, call_id: str, other: str) -> None:
        """Two calls are one."""
        gone = self._calls.pop(other, None)
        if gone is not None:
            kept = self._calls.setdefault(call_id, CallQuality(self.listening))
            kept.sources = gone.sources | kept.sources

    def forget(self, call_id: str) -> CallQuality:
        """A call is over; how it was heard."""
        return self._calls.pop(call_id, SILENT)
