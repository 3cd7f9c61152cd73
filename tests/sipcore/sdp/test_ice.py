"""ICE attributes and fragments."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipcore.address import Address
from sipcore.errors import ParseError
from sipcore.sdp.ice import (
    MAX_CANDIDATES,
    Candidate,
    CandidateType,
    Credentials,
    RemoteCandidate,
    candidate_attributes,
    candidates_of,
    credentials_of,
    ice_of,
    ice_options_of,
    is_complete,
    parse_candidate,
    parse_fragment,
    priority_of,
    remote_candidates_attribute,
    remote_candidates_of,
)
from tests.sipcore.sdp.samples import FRAGMENTS, RECORDED, media_with, session_with

words = st.text(st.characters(categories=("Ll", "Lu", "Nd"), max_codepoint=127), min_size=1, max_size=32)
hosts = st.one_of(st.ip_addresses(v=4).map(str), st.ip_addresses(v=6).map(str), st.just("a1b2.local"))
ports = st.integers(0, 65535)
candidates = st.builds(
    Candidate,
    words,
    st.integers(1, 256),
    st.sampled_from(["UDP", "udp", "TCP"]),
    st.integers(0, 2**32 - 1),
    hosts,
    ports,
    st.sampled_from(CandidateType),
    st.none() | st.tuples(hosts, ports),
    st.lists(st.tuples(st.sampled_from(["generation", "network-id", "ufrag"]), words), max_size=3).map(
        lambda pairs: tuple(word for pair in pairs for word in pair)
    ),
)


@given(candidates)
def test_a_candidate_survives_its_line(candidate: Candidate) -> None:
    assert parse_candidate(candidate.value) == candidate


@given(st.lists(candidates, max_size=5))
def test_candidates_survive_a_section(found: list[Candidate]) -> None:
    media = media_with(*(attribute.text for attribute in candidate_attributes(found)))
    assert candidates_of(media) == tuple(found)


@given(st.lists(st.builds(RemoteCandidate, st.integers(1, 256), st.builds(Address, st.ip_addresses().map(str), ports))))
def test_remote_candidates_survive_their_line(chosen: list[RemoteCandidate]) -> None:
    assert remote_candidates_of(media_with(remote_candidates_attribute(chosen).text)) == tuple(chosen)


@given(st.text(st.characters(exclude_characters="\r\n"), max_size=60))
def test_any_line_is_a_candidate_or_is_ignored(text: str) -> None:
    assert len(candidates_of(media_with(f"candidate:{text}"))) <= 1


def test_what_rtpengine_prints() -> None:
    line = "Y1aRdr4bLFdpYRPy 1 UDP 2130706431 198.51.100.7 30040 typ host"
    candidate = parse_candidate(line)
    assert candidate.value == line
    assert candidate.address == Address("198.51.100.7", 30040)
    assert candidate.priority == priority_of(CandidateType.HOST, 0, 1)


@pytest.mark.parametrize(
    ("kind", "preference", "component", "expected"),
    [
        (CandidateType.HOST, 0, 1, 2130706431),
        (CandidateType.HOST, 1, 1, 2130706175),
        (CandidateType.HOST, 0, 2, 2130706430),
        (CandidateType.RELAYED, 0, 1, 16777215),
        (CandidateType.RELAYED, 1, 1, 16776959),
    ],
)
def test_priorities_are_those_of_rtpengine(kind: CandidateType, preference: int, component: int, expected: int) -> None:
    assert priority_of(kind, preference, component) == expected


@pytest.mark.parametrize(
    "line",
    [
        "",
        "1 1 UDP 1 192.0.2.1 4000",
        "1 0 UDP 1 192.0.2.1 4000 typ host",
        "1 1 UDP x 192.0.2.1 4000 typ host",
        "1 1 UDP 4294967296 192.0.2.1 4000 typ host",
        "1 1 UDP 1 192.0.2.1 65536 typ host",
        "1 1 UDP 1 192.0.2.1 4000 typ magic",
        "1 1 UDP 1 192.0.2.1 4000 type host",
        f"{'x' * 300} 1 UDP 1 192.0.2.1 4000 typ host",
        "1 1 UDP 1 192.0.2.1 4000 typ srflx raddr 10.0.0.1 rport many",
    ],
)
def test_what_is_no_candidate_is_ignored(line: str) -> None:
    with pytest.raises(ParseError):
        parse_candidate(line)
    good = "1 1 UDP 1 192.0.2.1 4000 typ host"
    assert [found.value for found in candidates_of(media_with(f"candidate:{line}", f"candidate:{good}"))] == [good]


@pytest.mark.parametrize(
    "line",
    [
        "1 1 TCP 1 192.0.2.1 9 typ host tcptype active",
        "1 1 UDP 1 3cb8.local 4000 typ host",
        "1 1 UDP 1 192.0.2.1 0 typ host",
        "1 1 UDP 1 fe80::1%eth0 4000 typ host",
    ],
)
def test_only_udp_to_a_numeric_address_can_be_checked(line: str) -> None:
    assert parse_candidate(line).address is None


def test_candidates_are_read_up_to_a_limit() -> None:
    line = "candidate:1 1 UDP 1 192.0.2.1 4000 typ host"
    assert len(candidates_of(media_with(*([line] * (MAX_CANDIDATES + 5))))) == MAX_CANDIDATES


def test_credentials_of_the_media_win() -> None:
    session = session_with(
        "a=ice-ufrag:out",
        "a=ice-pwd:outer",
        "m=audio 1 RTP/AVP 0",
        "a=ice-ufrag:in",
        "a=ice-pwd:inner",
        "m=audio 1 x 0",
    )
    first, second = session.media
    assert credentials_of(session, first) == Credentials("in", "inner")
    assert credentials_of(session, second) == Credentials("out", "outer")


@pytest.mark.parametrize("lines", [(), ("ice-ufrag:a",), ("ice-pwd:b",)])
def test_half_of_the_credentials_is_no_ice(lines: tuple[str, ...]) -> None:
    assert ice_of(session_with(), media_with(*lines)) is None


@pytest.mark.parametrize("pair", [("", "b"), ("a", ""), ("a b", "b"), ("a", "\x07"), ("a:c", "b"), ("a" * 257, "b")])
def test_broken_credentials_are_refused_without_being_shown(pair: tuple[str, str]) -> None:
    with pytest.raises(ParseError) as error:
        credentials_of(session_with(), media_with(f"ice-ufrag:{pair[0]}", f"ice-pwd:{pair[1]}"))
    assert "a=ice-" in str(error.value)


def test_a_password_is_not_in_the_repr() -> None:
    assert "secret" not in repr(Credentials("ufrag", "secret"))


def test_options_of_both_levels_count() -> None:
    session = session_with("a=ice-options:Trickle ice2")
    assert ice_options_of(session, media_with("ice-options:rtp+ecn")) == {"trickle", "ice2", "rtp+ecn"}


def test_end_of_candidates_and_lite_may_stand_in_the_session() -> None:
    session = session_with("a=ice-lite", "a=end-of-candidates")
    media = media_with("ice-ufrag:a", "ice-pwd:b")
    assert is_complete(session, media)
    described = ice_of(session, media)
    assert described is not None
    assert (described.lite, described.complete, described.trickle) == (True, True, False)


@pytest.mark.parametrize("text", ["1", "1 192.0.2.1", "x 192.0.2.1 4000", "1 host 4000", "1 192.0.2.1 4000 2"])
def test_broken_remote_candidates(text: str) -> None:
    with pytest.raises(ParseError):
        remote_candidates_of(media_with(f"remote-candidates:{text}"))


def test_no_remote_candidates() -> None:
    assert remote_candidates_of(media_with()) == ()


def test_recorded_fragments() -> None:
    ((mid, first),) = parse_fragment(FRAGMENTS["trickle-ice-offer-peer-1"])
    assert mid == "1"
    assert first.credentials == Credentials("fdVN", "wnDRtfi42BpY/Q3KfAqztML/")
    assert [candidate.address for candidate in first.candidates] == [Address("198.51.100.20", 51800)]
    assert not first.complete
    ((_, last),) = parse_fragment(FRAGMENTS["trickle-ice-offer-peer-2"])
    assert last.complete
    assert not last.candidates


def test_a_fragment_of_an_early_draft_has_no_media_lines() -> None:
    candidate = "a=candidate:1 1 UDP 1 192.0.2.1 4000 typ host"
    fragment = parse_fragment(f"a=ice-ufrag:a\na=ice-pwd:b\na=mid:0\n{candidate}\na=mid:1\na=end-of-candidates\n")
    assert [(mid, len(ice.candidates), ice.complete) for mid, ice in fragment] == [("0", 1, False), ("1", 0, True)]
    assert {ice.credentials for _, ice in fragment} == {Credentials("a", "b")}


def test_a_fragment_may_name_no_media_at_all() -> None:
    ((mid, ice),) = parse_fragment("a=ice-ufrag:a\r\na=ice-pwd:b\r\na=candidate:1 1 UDP 1 192.0.2.1 4000 typ host\r\n")
    assert mid is None
    assert len(ice.candidates) == 1


@pytest.mark.parametrize("text", ["nonsense", "m=audio\r\n", "a=ice-ufrag:a b\r\na=ice-pwd:b\r\n"])
def test_a_broken_fragment(text: str) -> None:
    with pytest.raises(ParseError, match="ICE fragment"):
        parse_fragment(text)


@given(st.text(max_size=80))
def test_any_text_is_a_fragment_or_a_parse_error(text: str) -> None:
    with suppress(ParseError):
        parse_fragment(text)


def test_every_recorded_candidate_is_read() -> None:
    lines = [line for text in RECORDED.values() for line in text.splitlines() if line.startswith("a=candidate:")]
    assert len(lines) > 20
    for line in lines:
        assert f"a=candidate:{parse_candidate(line.removeprefix('a=candidate:')).value}" == line
