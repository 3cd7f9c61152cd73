"""``python -m bench.profile``: to which stages of signalling a call's CPU time goes, in process, without ng sockets.

A timer that runs on CPU time interrupts the work and looks where it is. Nothing is slowed down by that, as it would be
by a profiler that follows every call of a function and so makes small functions look dear.
"""

import argparse
import asyncio
import gc
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType, MappingProxyType

from bench.cycles import OK, PATTERN, WHOLE, CallIds, Script, script
from bench.daemon import NG, PORTS
from bench.errors import BenchError
from bench.ng import Cookies, checked, decoded
from bench.options import COMMON, PROFILES
from kernel.table import NullTable
from rtpng import assemble, log
from rtpng.clock import Clock
from rtpng.config import Config
from rtpng.ng.responder import Responder
from rtpng.options.reader import parse_command_line
from sipcore.address import Address

INTERVAL = 0.001  # seconds of CPU time; the system may round it up to its tick
WARM_UP = 200  # calls
ROUND = 500  # calls that are timed together
HERE = {"A": "127.0.0.1", "B": "127.0.0.2", "ng": "{}:{}".format(*NG), "min": PORTS[0], "max": PORTS[1]}
PHONES = ("127.0.0.3", "127.0.0.4")  # nobody is there
PROXY = Address("127.0.0.5", 5060)

# The innermost of these on the stack counts: a module, or one of its functions.
STAGES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "ng messages read, and their words": (
            *("rtpng.ng.wire:split", "rtpng.ng.wire:decode", "rtpng.ng.flags"),
            *("rtpng.ng.unknown", "rtpng.ng.advice.journal"),
        ),
        "SDP read, and checked": ("rtpng.ng.commands.offer_answer:parsed", "rtpng.calls.admission"),
        "ports: four sockets opened and closed": ("rtpng.ports",),
        "negotiation: who talks with whom, codecs, keys, ICE, addresses": ("rtpng.calls.negotiate",),
        "plan, its comparison with what is, relays switched on and off": (
            *("rtpng.engine:Engine.reconcile", "rtpng.calls.plan", "rtpng.calls.loops", "rtpng.carrier"),
        ),
        "ICE agents and DTLS": ("rtpng.legs.legs", "rtpng.legs.leg"),
        "SDP written": ("rtpng.calls.write",),
        "statistics for the reply to delete": ("rtpng.ng.commands.lifecycle:_statistics",),
        "replies written": ("rtpng.ng.wire:encode",),
        "the call's timeline": ("rtpng.timeline", "rtpng.ng.asked"),
        "calls added and removed, timers, tallies, log lines that nobody wants": ("rtpng.ng.responder",),
    }
)
_STAGE_OF = {place: stage for stage, places in STAGES.items() for place in places}


@dataclass(frozen=True, slots=True)
class Profile:
    """``cpu``: seconds of one call in the quickest round, which other work has disturbed least; ``samples``: how often
    which stage was met in all of them.
    """

    cpu: float
    samples: Mapping[str, int]

    def share(self, stage: str) -> float:
        """Percent."""
        return 100 * self.samples.get(stage, 0) / max(1, sum(self.samples.values()))


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.profile", description="What a call costs to set up.")
    parser.add_argument("profile", nargs="?", choices=PROFILES, default=PROFILES[0])
    parser.add_argument("--rounds", type=int, default=40, help=f"of {ROUND} calls offered, answered and deleted")
    chosen = parser.parse_args(arguments)
    config = configuration()
    log.configure(config)
    try:
        found = asyncio.run(profiled(config, chosen.profile, chosen.rounds))
    except BenchError as error:
        sys.stderr.write(f"bench.profile: {error}\n")
        return 1
    print(table(found))
    return 0


def configuration() -> Config:
    """Of a relay without a kernel's table: no media comes that it could carry."""
    return parse_command_line([*COMMON.format(**HERE).split(), "--table=-1"])


async def profiled(config: Config, profile: str, rounds: int) -> Profile:
    """Sets calls up and takes them down, one after the other. Raises BenchError when one is refused."""
    loop = asyncio.get_running_loop()
    clock = Clock(loop.time, time.time)
    engine = assemble.engine(config, NullTable(), clock, loop)
    try:
        driver = _Driver(Responder(assemble.Handler(engine, config), clock.now), script(*PHONES, profile, WHOLE))
        await driver.carry_out(WARM_UP)
        gc.freeze()  # as the daemon does
        samples: Counter[str] = Counter()
        with _sampling(samples):
            cpu = [await driver.carry_out(ROUND) for _ in range(rounds)]
        return Profile(min(cpu), samples)
    finally:
        gc.unfreeze()
        engine.close()


def table(found: Profile) -> str:
    """As Markdown."""
    head = (
        f"{1000 * found.cpu:.2f} ms of CPU time per call in the quickest round; {sum(found.samples.values())} samples"
    )
    rows = [f"| {stage} | {found.share(stage):.0f} |" for stage in STAGES if stage in found.samples]
    return "\n".join((head, "", "| stage | % |", "|---|---|", *rows))


class _Driver:
    """The proxy, which asks the responder without a socket."""

    def __init__(self, responder: Responder, steps: Script) -> None:
        self._responder = responder
        self._steps = steps
        self._call_ids = CallIds()
        self._cookies = Cookies()

    async def carry_out(self, calls: int) -> float:
        """Seconds of CPU time per call."""
        loop, began = asyncio.get_running_loop(), time.process_time()
        for _ in range(calls):
            call_id = self._call_ids.next()
            for step, body in self._steps:
                datagram = self._cookies.next() + b" " + body.replace(PATTERN, call_id)
                reply = self._responder.respond(datagram, PROXY, loop.time()) or b""
                if OK not in reply:
                    checked(step.value, decoded(reply.partition(b" ")[2]))
            await asyncio.sleep(0)  # what the engine has left to the event loop
        return (time.process_time() - began) / calls


@contextmanager
def _sampling(samples: Counter[str]) -> Iterator[None]:
    def look(_: int, frame: FrameType | None) -> None:
        stage = stage_of(frame)
        if stage is not None:
            samples[stage] += 1

    before = signal.signal(signal.SIGPROF, look)
    signal.setitimer(signal.ITIMER_PROF, INTERVAL, INTERVAL)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def stage_of(frame: FrameType | None) -> str | None:
    """None outside of the relay's own work."""
    while frame is not None:
        module = frame.f_globals.get("__name__", "")
        stage = _STAGE_OF.get(f"{module}:{frame.f_code.co_qualname}") or _STAGE_OF.get(module)
        if stage is not None:
            return stage
        frame = frame.f_back
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
