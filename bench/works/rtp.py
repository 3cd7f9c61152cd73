"""Media: fixed numbers of calls at a normal rate, the highest rate that one core sustains, and overload."""

from bench import ramp
from bench.bench import Bench
from bench.daemon import Daemon
from bench.errors import BenchError
from bench.findings import Findings
from bench.load import Rate
from bench.protection import Protection
from bench.steps import NORMAL, Step, figures, measured
from bench.targets import AFTERWARDS, MOST, SEARCHED_CALLS

SLOWEST, FASTEST = 140.0, 6000.0  # packets per second of one stream
OVERLOAD = 1.5  # times the highest sustained rate


def media(bench: Bench, protection: Protection | None = None) -> Findings:
    """Plain RTP on both sides, or SRTP towards the caller. Raises BenchError."""
    if protection and not bench.generator.has_srtp:
        raise BenchError("the generator was built without libsrtp2 (install libsrtp2-dev)")
    steps: list[Step] = []
    rows: dict[str, float] = {}
    notes: list[str] = []
    with bench.running() as daemon:
        for calls in bench.options.secure_calls if protection else bench.options.calls:
            step = measured(bench, daemon, calls, bench.rate(NORMAL, bench.options.seconds), protection)
            steps.append(step)
            rows |= figures(step)
        if bench.options.search:
            search = _Search(bench, daemon, protection, steps)
            rows |= search.figures()
            notes += search.notes
    if noisy := [f"{step.calls} calls x {step.rate.pps:.0f}" for step in steps if step.noisy]:
        notes.append(f"other work used much of the machine during {', '.join(noisy)}")
    return Findings(rows, [step.as_json() for step in steps], notes)


class _Search:
    """The highest rate of a fixed number of calls, and what happens above it."""

    def __init__(self, bench: Bench, daemon: Daemon, protection: Protection | None, steps: list[Step]) -> None:
        self._bench = bench
        self._daemon = daemon
        self._protection = protection
        self._steps = steps
        self.notes: list[str] = []

    def figures(self) -> dict[str, float]:
        options = self._bench.options
        climb = ramp.Climb(SLOWEST, FASTEST, options.search_factor, options.search_halvings)
        found = ramp.highest(climb, self._step, self._passes)
        if found is None:
            return {MOST: 0.0}
        if found.limited or any(step.generator_bound and self._sustained(step) for step in self._steps):
            self.notes.append("the generator was the limit of the highest rate: it is a lower bound")
        rows = {MOST: found.measured.delivered} | self._there(found.measured)
        return rows | (self._overloaded(found.value) if options.overload else {})

    def _there(self, step: Step) -> dict[str, float]:
        return {
            "at that rate: CPU us per packet": step.cost(step.usage.relay),
            "at that rate: relay cores busy": step.usage.relay / step.usage.wall,
            "at that rate: latency p99 us": step.received.p99,
        }

    def _overloaded(self, pps: float) -> dict[str, float]:
        rate = self._rate(OVERLOAD * pps)
        over = self._measured(rate, recover=True)
        rows = {f"at {OVERLOAD:g} times that: packets/s delivered": over.delivered}
        return rows | ({} if over.afterwards is None else {AFTERWARDS: over.afterwards})

    def _step(self, pps: float) -> Step:
        return self._measured(self._rate(pps))

    def _rate(self, pps: float) -> Rate:
        return self._bench.rate(pps, self._bench.options.search_seconds)

    def _measured(self, rate: Rate, *, recover: bool = False) -> Step:
        step = measured(self._bench, self._daemon, SEARCHED_CALLS, rate, self._protection, recover=recover)
        self._steps.append(step)
        return step

    def _passes(self, step: Step) -> bool:
        """A generator that cannot keep up ends the search as well: what it asked for was not offered."""
        return self._sustained(step) and not step.generator_bound

    def _sustained(self, step: Step) -> bool:
        return step.sustained(self._bench.options.loss, self._bench.options.median)
