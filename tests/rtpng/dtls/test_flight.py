"""When the last flight is sent again."""

import pytest

from rtpng.dtls.flight import Flight

FLIGHT = [b"one", b"two"]


def repeats(flight: Flight, until: float) -> list[float]:
    times = []
    while flight.due is not None and flight.due <= until:
        times.append(round(flight.due, 3))
        assert flight.on_time(flight.due) == FLIGHT
    return times


def test_repeats_become_rarer() -> None:
    flight = Flight()
    assert flight.send(FLIGHT, 0.0) == FLIGHT
    assert repeats(flight, 7.0) == [0.1, 0.3, 0.7, 1.5, 3.1, 4.7, 6.3]


def test_nothing_goes_out_before_its_time() -> None:
    flight = Flight()
    flight.send(FLIGHT, 0.0)
    assert flight.on_time(0.05) == []


def test_records_that_openssl_made_anew_keep_the_schedule() -> None:
    flight = Flight()
    flight.send([b"old"], 0.0)
    flight.renew(FLIGHT, 0.09)
    assert repeats(flight, 0.5) == [0.1, 0.3]


@pytest.mark.parametrize("answered", [True, False])
def test_a_settled_or_forgotten_flight_is_not_repeated(answered: bool) -> None:
    flight = Flight()
    flight.send(FLIGHT, 0.0)
    (flight.forget if answered else flight.settle)()
    assert flight.on_time(10.0) == []
    assert flight.asked_for(10.0) == ([] if answered else FLIGHT)


def test_what_is_asked_for_goes_out_every_50_milliseconds_at_most() -> None:
    flight = Flight()
    flight.send(FLIGHT, 0.0)
    flight.settle()
    assert [flight.asked_for(now) for now in (0.04, 0.06, 0.1, 0.12)] == [[], FLIGHT, [], FLIGHT]
