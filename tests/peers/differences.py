"""Where rtpng does not answer as rtpengine 10.5 does, and why: the only place where such a difference may be allowed."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Deliberate:
    """``where`` is a pattern (as of the shell) for ``CASE/STEP/FACT``."""

    where: str
    reason: str


DELIBERATE: tuple[Deliberate, ...] = ()
