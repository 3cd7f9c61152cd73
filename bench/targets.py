"""What rtpng is to reach: the one list of it."""

from dataclasses import dataclass
from enum import Enum

SIDE = "rtpng-kernel"  # whose figures are judged
SEARCHED_CALLS = 200
MOST = f"most packets/s over {SEARCHED_CALLS} calls"
AFTERWARDS = "afterwards at 50 packets/s: delivered %"
COUNTING = "20000 calls: reading the counters as often as the daemon does, % of a core"


class Measure(Enum):
    """What is compared with the limit, and in which direction; the value is how the limit is written."""

    RATIO_AT_LEAST = ">= {:g} times"  # the ratio to the better reference
    RATIO_AT_MOST = "<= {:g} times"
    AT_LEAST = ">= {:g}"  # the figure as it is
    AT_MOST = "<= {:g}"

    @property
    def is_ratio(self) -> bool:
        return self in (Measure.RATIO_AT_LEAST, Measure.RATIO_AT_MOST)

    @property
    def more_is_better(self) -> bool:
        return self in (Measure.RATIO_AT_LEAST, Measure.AT_LEAST)


@dataclass(frozen=True, slots=True)
class Target:
    """``label`` is a figure of ``work``, in each of its tasks: SRTP has one per suite.

    ``why``: the section of docs/decisions/0015 that tells what stands in the way, for where it is missed.
    """

    what: str
    work: str
    label: str
    measure: Measure
    limit: float
    why: str = ""

    def reached(self, value: float) -> bool:
        return value >= self.limit if self.measure.more_is_better else value <= self.limit

    @property
    def wanted(self) -> str:
        return self.measure.value.format(self.limit)


_MORE, _LESS, _FROM, _UP_TO = Measure.RATIO_AT_LEAST, Measure.RATIO_AT_MOST, Measure.AT_LEAST, Measure.AT_MOST

_WAKING, _PYTHON, _STEPS, _SOCKETS = "waking", "srtp", "signalling", "memory"

TARGETS = (
    Target("RTP: packets/s on one core", "rtp-plain", MOST, _MORE, 4.5),
    Target("RTP: CPU us per packet, 200 calls", "rtp-plain", "200 calls: CPU us per packet", _LESS, 0.45, _WAKING),
    Target("RTP: CPU us per packet, 500 calls", "rtp-plain", "500 calls: CPU us per packet", _LESS, 0.45),
    Target("RTP: median latency us, 50 calls", "rtp-plain", "50 calls: latency p50 us", _LESS, 0.7),
    Target("RTP: median latency us, 200 calls", "rtp-plain", "200 calls: latency p50 us", _LESS, 0.7),
    Target("RTP: median latency us, 500 calls", "rtp-plain", "500 calls: latency p50 us", _LESS, 0.7),
    Target("RTP: % delivered after overload", "rtp-plain", AFTERWARDS, _FROM, 100),
    Target("SDES-SRTP: packets/s on one core", "rtp-sdes", MOST, _MORE, 1.5, _PYTHON),
    Target("SDES-SRTP: CPU us per packet, 200 calls", "rtp-sdes", "200 calls: CPU us per packet", _LESS, 0.7, _PYTHON),
    Target("SDES-SRTP: % delivered after overload", "rtp-sdes", AFTERWARDS, _FROM, 100),
    Target("DTLS-SRTP: packets/s on one core", "rtp-dtls", MOST, _MORE, 1.5, _PYTHON),
    Target("DTLS-SRTP: CPU us per packet, 200 calls", "rtp-dtls", "200 calls: CPU us per packet", _LESS, 0.7, _PYTHON),
    Target("DTLS-SRTP: % delivered after overload", "rtp-dtls", AFTERWARDS, _FROM, 100),
    Target("plain calls/s, one at a time", "ng-calls", "plain, one at a time: calls/s", _MORE, 0.7, _STEPS),
    Target("plain calls/s, 64 in flight", "ng-calls", "plain, 64 in flight: calls/s", _MORE, 0.7, _STEPS),
    Target("WebRTC calls/s, one at a time", "ng-calls", "webrtc, one at a time: calls/s", _MORE, 1.0, _STEPS),
    Target("WebRTC calls/s, 64 in flight", "ng-calls", "webrtc, 64 in flight: calls/s", _MORE, 1.0, _STEPS),
    Target("KB per held plain call, kernel included", "ng-calls", "plain, held: KB per call", _LESS, 0.5, _SOCKETS),
    Target("KB per held WebRTC call, kernel included", "ng-calls", "webrtc, held: KB per call", _LESS, 0.5),
    Target("idle CPU % with held plain calls", "ng-calls", "plain, held: idle CPU %", _UP_TO, 2),
    Target("idle CPU % with held WebRTC calls, after ICE has ended", "ng-calls", "webrtc, held: idle CPU %", _UP_TO, 2),
    Target("start to first ping, ms", "restart", "exec to first pong ms", _UP_TO, 400),
    Target("counters of 20,000 calls, % of a core", "kernel-path", COUNTING, _UP_TO, 1),
)
