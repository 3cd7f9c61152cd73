"""Handshakes over networks that lose, double and reorder: every one of them comes to its end."""

from statistics import quantiles

import pytest

from rtpng.dtls.identity import Identity
from sipcore.sdp.dtls import Role
from tests.rtpng.dtls.network import LossyNetwork, Weather
from tests.rtpng.dtls.pair import Pair

# handshakes, and by when 95 of 100 are done, in seconds
SEASONS = {
    "fair": (Weather(loss=0.0, copies=0.0, jitter=0.0), 20, 0.2),
    "rain": (Weather(loss=0.1), 200, 1.5),
    "storm": (Weather(loss=0.3), 250, 4.0),
    "flood": (Weather(loss=0.5, copies=0.3, jitter=0.2), 50, 30.0),
}


@pytest.mark.parametrize("season", SEASONS)
def test_every_handshake_ends_well(elliptic: tuple[Identity, Identity], season: str) -> None:
    weather, handshakes, soon = SEASONS[season]
    times = []
    for seed in range(handshakes):
        pair = Pair(*elliptic)
        times.append(LossyNetwork(pair, weather, seed).run())
        assert pair.keyed(Role.ACTIVE).local == pair.keyed(Role.PASSIVE).remote
    assert quantiles(times, n=20)[-1] < soon
