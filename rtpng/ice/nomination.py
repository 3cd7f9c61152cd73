"""Which of the working pairs the controlling side nominates."""

from collections.abc import Collection, Iterable

from rtpng.ice.pair import Pair


def nominees(pairs: Iterable[Pair], components: Collection[int], *, together: bool) -> list[Pair]:
    """One working pair for each component; ``pairs`` come best first.

    rtpengine's observed behaviour: RTP and RTCP go between the same two hosts, so with ``together`` there is no
    nominee until one pair of hosts works for all components. Otherwise each component gets the best that it has.
    """
    working = [pair for pair in pairs if pair.works and pair.component in components]
    for way in dict.fromkeys(map(_way, working)):
        found = _best(pair for pair in working if _way(pair) == way)
        if len(found) == len(components):
            return found
    return [] if together else _best(working)


def _way(pair: Pair) -> tuple[str, str]:
    return pair.base.local.host, pair.remote.host


def _best(pairs: Iterable[Pair]) -> list[Pair]:
    """The first of each component."""
    found: dict[int, Pair] = {}
    for pair in pairs:
        found.setdefault(pair.component, pair)
    return list(found.values())
