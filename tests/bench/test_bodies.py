"""What is sent to the relay, and what is read from its SDP."""

import pytest

from bench import bodies
from bench.bodies import Told, told
from bench.cycles import PATTERN, CallIds
from bench.errors import BenchError, RefusedError
from bench.ng import checked, decoded, encoded
from bench.protection import SUITE_NAMES
from sipcore.sdp.dtls import Fingerprint, Role
from sipcore.srtp import SUITES, fresh

FINGERPRINT = Fingerprint.of(b"a certificate", "sha-256")


def test_told_reads_what_the_phone_wrote() -> None:
    assert told(bodies.phone("192.0.2.1", 4000)) == Told("192.0.2.1", 4000)


@pytest.mark.parametrize("suite", SUITE_NAMES)
def test_told_reads_the_keys_of_every_suite(suite: str) -> None:
    keys = fresh(SUITES[suite])
    sdp = bodies.sdes_phone("192.0.2.1", 4000, keys)
    assert told(sdp.encode()) == Told("192.0.2.1", 4000, keys)
    assert told(sdp.replace("=\r\n", "\r\n").replace("=\r\n", "\r\n")).keys == keys, "without padding"


def test_told_reads_the_part_in_dtls() -> None:
    answer = bodies.dtls_phone("192.0.2.1", 4000, FINGERPRINT).replace("actpass", "passive")
    assert told(answer) == Told("192.0.2.1", 4000, None, (FINGERPRINT,), Role.PASSIVE)
    assert told(answer).our_role() is Role.ACTIVE


@pytest.mark.parametrize("gone", ["a=setup:passive\r\n", "a=fingerprint:"])
def test_a_relay_that_takes_no_part_in_dtls_is_an_error(gone: str) -> None:
    answer = bodies.dtls_phone("192.0.2.1", 4000, FINGERPRINT).replace("actpass", "passive")
    with pytest.raises(BenchError, match="no DTLS"):
        told(answer.replace(gone, "a=x:")).our_role()


@pytest.mark.parametrize("line", ["a=crypto:1 ROT13 inline:AAAA", "a=fingerprint:sha-256 AB:CD"])
def test_keys_that_nobody_can_use_are_an_error(line: str) -> None:
    with pytest.raises(BenchError, match=r"ROT13|sha-256"):
        told(bodies.phone("192.0.2.1", 4000) + line + "\r\n")


def test_the_address_of_the_medium_beats_that_of_the_session() -> None:
    sdp = "v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 4000 RTP/AVP 0\r\nc=IN IP4 192.0.2.9\r\n"
    assert told(sdp).ip == "192.0.2.9"


@pytest.mark.parametrize("sdp", ["v=0\r\n", "v=0\r\nm=audio 4000 RTP/AVP 0\r\n"])
def test_an_sdp_without_audio_or_address_is_an_error(sdp: str) -> None:
    with pytest.raises(BenchError):
        told(sdp)


def test_call_ids_fit_into_prepared_commands() -> None:
    call_ids = CallIds()
    first, second = call_ids.next(), call_ids.next()
    assert first != second
    assert len(first) == len(second) == len(PATTERN)
    prepared = encoded(bodies.answer(PATTERN.decode(), bodies.phone("192.0.2.1", 4000), "192.0.2.1"))
    written = decoded(prepared.replace(PATTERN, first))
    assert (written["call-id"], written["from-tag"], written["to-tag"]) == (first, b"f" + first, b"t" + first)


def test_an_error_reply_is_raised_with_its_reason() -> None:
    with pytest.raises(RefusedError, match="offer refused: Ran out of ports"):
        checked("offer", decoded(encoded({"result": "error", "error-reason": "Ran out of ports"})))
