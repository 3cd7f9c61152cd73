"""What opens a call to strangers by request is said and counted."""

import logging

import pytest

from sipcore.address import Address
from tests.rtpng.air import RelayOnAir
from tests.rtpng.harness import ALICE, audio, sdp
from tests.rtpng.media.rig import rtcp, rtp

A, STRANGER = Address(ALICE, 4000), Address("192.0.2.66", 4000)


def said(caplog: pytest.LogCaptureFixture, level: int, words: str) -> list[str]:
    told = (record.getMessage() for record in caplog.records if record.levelno == level)
    return [line for line in told if words in line]


def test_media_handover_is_one_warning_for_each_call(caplog: pytest.LogCaptureFixture) -> None:
    relay = RelayOnAir()
    for call_id in ("call", "other"):
        for _ in range(2):
            relay.offer(sdp(audio(4000)), call_id=call_id, flags=["media-handover"])
    assert len(said(caplog, logging.WARNING, "media-handover")) == 2
    relay.engine.close()


@pytest.mark.parametrize(("learning", "lines"), [("immediate", 1), ("heuristic", 0), (None, 0)])
def test_immediate_learning_is_one_line(learning: str | None, lines: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    relay = RelayOnAir()
    for _ in range(2):
        relay.offer(sdp(audio(4000)), endpoint_learning=learning)
    assert len(said(caplog, logging.INFO, "endpoint-learning=immediate")) == lines
    relay.engine.close()


def test_other_sources_of_an_asymmetric_party_are_counted_and_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    relay = RelayOnAir()
    relay.table.refusing = True
    to_a, _ = relay.talk(rtpp_flags="asymmetric")
    assert len([relay.send(A, to_a, rtp(number)) for number in range(3)]) == 3
    assert "other sources" not in relay.query()["tags"]["alice"]["medias"][0]["streams"][0]
    for number in range(5):
        assert relay.send(STRANGER, to_a, rtp(number))
    assert relay.send(STRANGER, Address(to_a.host, to_a.port + 1), rtcp())
    streams = relay.query()["tags"]["alice"]["medias"][0]["streams"]
    assert [each["other sources"] for each in streams] == [5, 1]
    assert streams[0]["stats"]["packets"] == 8
    relay.engine.close()
    assert len(said(caplog, logging.INFO, "5 of other sources")) == 1
