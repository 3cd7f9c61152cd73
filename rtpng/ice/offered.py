"""Our side of ICE in an SDP: credentials, foundations, and candidates in each of the forms that rtpengine prints."""

import secrets
import string
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from rtpng.ice.pair import Base
from sipcore.sdp.ice import Candidate, CandidateType, Credentials, priority_of

_CHARACTERS: Final = string.digits + string.ascii_letters
_UFRAG, _PWD, _FOUNDATION = 8, 26, 16  # characters
_STEP: Final = 256  # between the priorities of two addresses
_LOWEST, _HIGHEST = 0, 0xFFFF  # local preferences


def new_credentials() -> Credentials:
    """Unguessable ones: 48 and 155 bits."""
    return Credentials(_random_text(_UFRAG), _random_text(_PWD))


@dataclass(slots=True)
class Foundations:
    """One per interface address, the same in all calls of a process (RFC 8445 5.1.1.3)."""

    _known: dict[str, str] = field(default_factory=dict)

    def of(self, host: str) -> str:
        return self._known.get(host) or self._known.setdefault(host, _random_text(_FOUNDATION))


def host_candidates(bases: Iterable[Base]) -> tuple[Candidate, ...]:
    """Our addresses alone: all of RTP, then all of RTCP, in the order of the interface."""
    return tuple(base.candidate for base in sorted(bases, key=lambda base: (base.component, base.index)))


def relay_candidates(bases: Iterable[Base]) -> tuple[Candidate, ...]:
    """As a last resort beside the peer's own (``ICE=force-relay``)."""
    return tuple(
        replace(
            candidate,
            type=CandidateType.RELAYED,
            priority=priority_of(CandidateType.RELAYED, base.index, base.component),
            related=(candidate.host, candidate.port),
        )
        for base in sorted(bases, key=lambda base: (base.component, base.index))
        for candidate in (base.candidate,)
    )


def inserted_candidates(bases: Iterable[Base], others: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """Beside the peer's own (``ICE=optional``), with priorities around its lowest host candidate.

    rtpengine 26's observed behaviour, but that its priorities of second addresses may wrap round to the highest of all.
    """
    hosts = [candidate.priority for candidate in others if candidate.type is CandidateType.HOST]
    first = _beside(min(hosts)) if hosts else None
    if first is None:
        return host_candidates(bases)
    return tuple(
        replace(candidate, priority=max(first - _STEP * base.index, 0) + _STEP - base.component)
        for base in sorted(bases, key=lambda base: (base.component, base.index))
        for candidate in (base.candidate,)
    )


def _beside(priority: int) -> int:
    """The priority of our first address, without its component, for that of the lowest host candidate."""
    kind, preference = priority >> 24, priority >> 8 & _HIGHEST
    if preference == _HIGHEST:
        return max(kind - 1, 0) << 24
    return kind << 24 | preference + 1 << 8


def _random_text(size: int) -> str:
    number = secrets.randbits(8 * size)  # 2 bits a character more than needed: no character is likelier than others
    text = []
    for _ in range(size):
        number, place = divmod(number, len(_CHARACTERS))
        text.append(_CHARACTERS[place])
    return "".join(text)
