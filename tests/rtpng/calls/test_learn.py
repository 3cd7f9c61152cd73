"""Who may be the remote address: each rule has its test, then the properties that hold for any interleaving."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtpng.calls import learn
from rtpng.calls.learn import Candidate, Heard, Latch, Policy, Trust
from rtpng.media.relay import Verdict
from sipcore.address import Address

PHONE = Address("198.51.100.10", 4000)  # what the SDP says
NATTED = Address("203.0.113.7", 61000)  # where the same phone's packets come from behind a NAT
SIGNALLED = "203.0.113.7"
STRANGER = Address("192.0.2.66", 4000)
PRIVATE = Address("10.0.0.10", 4000)


def hear(latch: Latch, source: Address, now: float, count: int = 1, first: int = 100) -> tuple[list[Verdict], Latch]:
    """``count`` packets of one SSRC, 20 ms apart."""
    verdicts = []
    for number in range(count):
        decision = learn.judge(latch, Heard(source, 7, first + number, 0), now + number * 0.02)
        verdicts.append(decision.verdict)
        latch = decision.latch
    return verdicts, latch


def talking(**known: object) -> Latch:
    """A latch of a party that should have been sending since 0."""
    return Latch(sdp=PHONE, talks_since=0.0, **known)  # type: ignore[arg-type]  # test shorthand


def behind_nat(policy: Policy = Policy.NORMAL) -> Latch:
    return Latch(sdp=PRIVATE, signalled=SIGNALLED, doubtful=True, talks_since=0.0, policy=policy)


def test_rule_1_media_goes_to_the_sdp_address_until_something_is_proven() -> None:
    latch = talking()
    assert latch.target == PHONE
    _, probed = hear(latch, STRANGER, 0.0, count=learn.PROBATION_PACKETS + 3)
    assert probed.target == PHONE


def test_rule_1_a_candidate_gets_no_media_and_is_not_relayed() -> None:
    verdicts, latch = hear(behind_nat(), NATTED, 0.0, count=learn.PROBATION_PACKETS - 1)
    assert set(verdicts) == {Verdict.HOLD}
    assert latch.target == PRIVATE


def test_rule_2_the_sdp_address_is_believed_with_its_first_packet() -> None:
    verdicts, latch = hear(talking(), PHONE, 0.0)
    assert verdicts == [Verdict.FORWARD]
    assert (latch.remote, latch.trust) == (PHONE, Trust.EXACT)


def test_rule_2_the_sdp_address_ends_the_probation_of_others() -> None:
    _, latch = hear(behind_nat(), NATTED, 0.0, count=3)
    _, latch = hear(latch, PRIVATE, 0.1)
    assert latch.candidates == ()
    assert hear(latch, NATTED, 0.2, count=20)[0] == [Verdict.FOREIGN] * 20


def test_rule_3_an_impossible_sdp_address_gives_way_after_probation() -> None:
    verdicts, latch = hear(behind_nat(), NATTED, 0.0, count=learn.PROBATION_PACKETS)
    assert verdicts == [Verdict.HOLD] * (learn.PROBATION_PACKETS - 1) + [Verdict.FORWARD]
    assert (latch.remote, latch.trust) == (NATTED, Trust.SIGNALLED)


def test_rule_3_a_silent_peer_gives_way_to_the_signalling_host() -> None:
    latch = talking(signalled=SIGNALLED)
    assert hear(latch, NATTED, 0.0, count=10)[1].remote is None
    assert hear(latch, NATTED, learn.SIGNALLED_SILENCE, count=10)[1].remote == NATTED


def test_rule_3_a_stranger_waits_longest() -> None:
    latch = talking(signalled=SIGNALLED)
    _, waiting = hear(latch, STRANGER, learn.SIGNALLED_SILENCE, count=10)
    assert waiting.remote is None
    assert hear(latch, STRANGER, learn.STRANGE_SILENCE, count=10)[1].trust is Trust.STRANGE


def test_rule_3_the_signalling_host_beats_a_strange_one() -> None:
    latch = behind_nat()
    for number in range(learn.PROBATION_PACKETS):
        _, latch = hear(latch, STRANGER, number * 0.02, first=number)
        _, latch = hear(latch, NATTED, number * 0.02, first=number)
    assert latch.remote == NATTED


def test_rule_3_same_host_or_same_port_as_the_sdp_is_no_proof() -> None:
    latch = talking(signalled=SIGNALLED)
    assert learn.trust_in(latch, Address(PHONE.host, 9)) is Trust.STRANGE
    assert learn.trust_in(latch, Address(STRANGER.host, PHONE.port)) is Trust.STRANGE


def test_rule_3_probation_wants_one_ssrc() -> None:
    latch = behind_nat()
    for number in range(30):
        latch = learn.judge(latch, Heard(NATTED, number, number, 0), 0.0).latch
    assert latch.remote is None


@pytest.mark.parametrize("sequences", [[5] * 30, list(range(30, 0, -1)), [n * 1000 for n in range(30)]])
def test_rule_3_probation_wants_rising_sequence_numbers(sequences: list[int]) -> None:
    latch = behind_nat()
    for sequence in sequences:
        latch = learn.judge(latch, Heard(NATTED, 7, sequence, 0), 0.0).latch
    assert latch.remote is None


def test_rule_3_sequence_numbers_may_wrap() -> None:
    latch = behind_nat()
    for sequence in (65533, 65534, 65535, 0, 1):
        latch = learn.judge(latch, Heard(NATTED, 7, sequence, 0), 0.0).latch
    assert latch.remote == NATTED


def test_rule_3_probation_wants_a_negotiated_payload_type() -> None:
    latch = behind_nat()._replace(payload_types=frozenset({8, 101}))
    verdicts, latch = hear(latch, NATTED, 0.0, count=20)
    assert set(verdicts) == {Verdict.FOREIGN}
    assert latch.candidates == ()


def test_rule_3_a_spray_of_sources_does_not_keep_the_true_peer_out() -> None:
    latch = behind_nat()
    for number in range(learn.PROBATION_PACKETS):
        for host in range(30):
            latch = learn.judge(latch, Heard(Address(f"192.0.2.{host}", 9), host, number), 0.0).latch
        latch = learn.judge(latch, Heard(NATTED, 7, number), 0.0).latch
    assert latch.remote == NATTED
    assert len(latch.candidates) <= learn.MAX_CANDIDATES


def test_rule_4_after_the_lock_others_are_foreign() -> None:
    _, latch = hear(talking(), PHONE, 0.0)
    verdicts, after = hear(latch, STRANGER, 1000.0, count=100)
    assert set(verdicts) == {Verdict.FOREIGN}
    assert after == latch


def test_rule_4_only_a_better_proof_moves_the_lock() -> None:
    _, latch = hear(talking(signalled=SIGNALLED), STRANGER, learn.STRANGE_SILENCE, count=10)
    assert latch.remote == STRANGER
    _, latch = hear(latch, NATTED, 10.0, count=learn.PROBATION_PACKETS)
    assert latch.remote == NATTED
    _, latch = hear(latch, PHONE, 11.0)
    assert latch.remote == PHONE


def test_rule_5_signalling_alone_opens_nothing() -> None:
    _, latch = hear(talking(), PHONE, 0.0)
    again = learn.described(latch, PHONE, signalled="198.51.100.10", doubtful=False)
    assert (again.remote, again.trust) == (PHONE, Trust.EXACT)


def test_rule_5_hold_opens_nothing_and_silence_proves_nothing() -> None:
    latch = learn.expecting(talking(), talks=False, now=5.0)
    verdicts, after = hear(latch, STRANGER, 1000.0, count=250)
    assert Verdict.FORWARD not in verdicts
    assert after.remote is None


def test_rule_5_a_hold_without_address_keeps_the_lock() -> None:
    _, latch = hear(talking(), PHONE, 0.0)
    held = learn.described(latch, None, signalled=None, doubtful=False)
    assert held.remote == PHONE


def test_rule_5_a_changed_sdp_address_is_believed_at_once_and_the_old_one_until_then() -> None:
    _, latch = hear(talking(), PHONE, 0.0)
    moved = Address("198.51.100.11", 5000)
    latch = learn.described(latch, moved, signalled=None, doubtful=False)
    assert latch.target == moved
    assert hear(latch, PHONE, 1.0)[0] == [Verdict.FORWARD]
    _, latch = hear(latch, moved, 1.1)
    assert latch.remote == moved
    assert hear(latch, PHONE, 1.2)[0] == [Verdict.FOREIGN]


def test_rule_5_the_sdp_may_come_to_name_what_was_learned() -> None:
    _, latch = hear(behind_nat(), NATTED, 0.0, count=10)
    latch = learn.described(latch, NATTED, signalled=SIGNALLED, doubtful=False)
    assert (latch.remote, latch.trust) == (NATTED, Trust.EXACT)


def test_rule_5_an_impossible_new_address_does_not_stop_media_to_the_old_one() -> None:
    _, latch = hear(behind_nat(), NATTED, 0.0, count=10)
    latch = learn.described(latch, Address("10.0.0.10", 4002), signalled=SIGNALLED, doubtful=True)
    assert latch.target == NATTED


def test_rule_6_rtcp_is_expected_at_the_sdp_address_while_rtp_comes_from_there() -> None:
    rtcp = Latch(sdp=Address(PHONE.host, 4010))
    for rtp in (Latch(sdp=PHONE), Latch(sdp=PHONE, remote=PHONE, trust=Trust.EXACT)):
        decision = learn.judge_rtcp(rtp, rtcp, Heard(Address(PHONE.host, 4010), 1), 0.0)
        assert decision.verdict is Verdict.FORWARD


def test_rule_6_rtcp_follows_the_rtp_lock() -> None:
    rtp = behind_nat()._replace(remote=NATTED, trust=Trust.SIGNALLED)
    rtcp = Latch(sdp=Address(PRIVATE.host, 4001))
    assert learn.rtcp_target(rtp, rtcp) == Address(NATTED.host, NATTED.port + 1)
    decision = learn.judge_rtcp(rtp, rtcp, Heard(Address(NATTED.host, NATTED.port + 1), 1), 0.0)
    assert decision.verdict is Verdict.FORWARD


def test_rule_6_a_first_rtcp_packet_proves_nothing() -> None:
    rtp = behind_nat()._replace(remote=NATTED, trust=Trust.SIGNALLED)
    source = Address(NATTED.host, 50505)
    first = learn.judge_rtcp(rtp, Latch(), Heard(source, 1), 0.0)
    assert first.verdict is Verdict.HOLD
    assert learn.judge_rtcp(rtp, first.latch, Heard(source, 2), 0.0).verdict is Verdict.HOLD
    assert learn.judge_rtcp(rtp, first.latch, Heard(source, 1), 0.0).verdict is Verdict.FORWARD


def test_rule_6_rtcp_of_another_host_is_foreign() -> None:
    rtp = Latch(sdp=PHONE, remote=PHONE, trust=Trust.EXACT)
    for latch in (Latch(), Latch(sdp=Address(PHONE.host, 4001))):
        for _ in range(5):
            decision = learn.judge_rtcp(rtp, latch, Heard(STRANGER, 1), 0.0)
            assert decision.verdict is Verdict.FOREIGN
            latch = decision.latch


def test_rule_6_the_rtcp_lock_falls_with_the_rtp_lock() -> None:
    rtcp = Latch(remote=Address(NATTED.host, 61001), trust=Trust.EXACT)
    moved = Latch(sdp=PHONE, remote=PHONE, trust=Trust.EXACT)
    assert learn.rtcp_remote(moved, rtcp) is None


def test_rule_6_multiplexed_rtcp_locks_nothing() -> None:
    latch = talking()
    decision = learn.judge_muxed_rtcp(latch, PHONE)
    assert decision == learn.Decision(Verdict.FORWARD, latch)
    assert learn.judge_muxed_rtcp(latch, STRANGER).verdict is Verdict.FOREIGN


def authentic(latch: Latch, source: Address, now: float) -> learn.Decision:
    return learn.judge(latch, Heard(source, 7, authentic=True), now)


def test_an_authentic_packet_is_proof_enough() -> None:
    for latch in (Latch(sdp=PHONE), behind_nat(), hear(behind_nat(), NATTED, 0.0, count=5)[1]):
        decision = authentic(latch, STRANGER, 0.1)
        assert (decision.verdict, decision.latch.remote, decision.latch.target) == (Verdict.FORWARD, STRANGER, STRANGER)


def test_a_copy_that_comes_by_another_path_moves_no_lock_of_an_authentic_packet() -> None:
    latch = authentic(Latch(sdp=PHONE), NATTED, 0.0).latch
    assert authentic(latch, STRANGER, 10.0) == learn.Decision(Verdict.FOREIGN, latch)


def test_media_handover_follows_authentic_packets_at_once_but_not_to_and_fro() -> None:
    latch = authentic(Latch(sdp=PHONE, policy=Policy.HANDOVER), NATTED, 0.0).latch
    assert authentic(latch, STRANGER, 0.5).verdict is Verdict.FOREIGN
    assert authentic(latch, STRANGER, learn.HANDOVER_INTERVAL).latch.remote == STRANGER


def test_policy_off_ignores_authentic_packets_too() -> None:
    latch = Latch(sdp=PHONE, policy=Policy.OFF)
    assert authentic(latch, NATTED, 0.0) == learn.Decision(Verdict.FOREIGN, latch)


def test_policy_off_knows_the_sdp_address_only() -> None:
    latch = behind_nat()._replace(policy=Policy.OFF)
    assert hear(latch, NATTED, 100.0, count=50)[1] == latch
    assert hear(latch, PRIVATE, 0.0)[1].remote == PRIVATE


def test_policy_immediate_needs_one_packet() -> None:
    verdicts, _ = hear(behind_nat(Policy.IMMEDIATE), NATTED, 0.0)
    assert verdicts == [Verdict.FORWARD]


def test_policy_handover_follows_after_probation_and_once_a_second() -> None:
    _, latch = hear(talking()._replace(policy=Policy.HANDOVER), PHONE, 0.0)
    _, soon = hear(latch, STRANGER, 0.5, count=10)
    assert soon.remote == PHONE
    _, later = hear(latch, STRANGER, learn.HANDOVER_INTERVAL, count=10)
    assert later.remote == STRANGER


@pytest.mark.parametrize(
    ("host", "signalled", "local", "expected"),
    [
        ("10.0.0.1", "203.0.113.7", "10.0.0.2", True),
        ("169.254.1.1", "203.0.113.7", "10.0.0.2", True),
        ("100.64.3.4", "203.0.113.7", "10.0.0.2", True),
        ("fd00::1", "2001:db8::1", "fd00::2", True),
        ("fe80::1", "2001:db8::1", "fd00::2", True),
        ("10.0.0.1", "10.0.0.1", "8.8.4.4", False),
        ("10.0.0.1", None, "10.0.0.2", False),
        ("10.0.0.1", None, "8.8.4.4", True),
        ("8.8.8.8", "1.1.1.1", "8.8.4.4", False),
        ("8.8.8.8", None, "8.8.4.4", False),
    ],
)
def test_which_sdp_addresses_cannot_be_true(host: str, signalled: str | None, local: str, expected: bool) -> None:
    assert learn.doubtful(host, signalled, local) is expected


def test_rule_3_an_impossible_address_without_any_signalling_source_needs_probation_only() -> None:
    latch = Latch(sdp=PRIVATE, doubtful=True)
    assert hear(latch, NATTED, 0.0, count=learn.PROBATION_PACKETS)[1].remote == NATTED


def test_rule_4_a_roaming_phone_takes_its_lock_along() -> None:
    _, latch = hear(behind_nat(), NATTED, 0.0, count=10)
    home = Address("192.0.2.200", 4444)
    latch = learn.described(latch, PRIVATE, signalled=home.host, doubtful=True)
    assert latch.target == NATTED
    assert hear(latch, home, 1.0, count=10)[1].remote == home


def test_rule_6_the_rtcp_lock_does_not_move_to_another_port_of_its_host() -> None:
    rtp = Latch(sdp=PHONE, remote=PHONE, trust=Trust.EXACT)
    expected, other = Address(PHONE.host, 4001), Address(PHONE.host, 50505)
    rtcp = learn.judge_rtcp(rtp, Latch(sdp=expected), Heard(expected, 1), 0.0).latch
    for _ in range(10):
        decision = learn.judge_rtcp(rtp, rtcp, Heard(other, 2), 1.0)
        assert decision == learn.Decision(Verdict.FOREIGN, rtcp)


def test_what_is_forgotten_has_to_be_proven_from_the_start() -> None:
    _, latch = hear(talking(), PHONE, 0.0)
    latch = learn.forgotten(latch)
    assert (latch.remote, latch.previous, latch.talks_since) == (None, None, None)
    assert hear(latch, STRANGER, 1000.0, count=20)[1].remote is None


SOURCES = st.sampled_from([PHONE, NATTED, STRANGER, PRIVATE, Address("192.0.2.67", 1), Address(PHONE.host, 5)])
PACKETS = st.lists(
    st.tuples(SOURCES, st.integers(0, 2), st.integers(0, 65535), st.integers(0, 127), st.floats(0, 2)), max_size=80
)
LATCHES = st.builds(
    lambda **told: Latch(**told),
    sdp=st.sampled_from([PHONE, PRIVATE, None]),
    signalled=st.sampled_from([SIGNALLED, None]),
    doubtful=st.booleans(),
    policy=st.sampled_from([Policy.NORMAL, Policy.IMMEDIATE, Policy.OFF]),
    talks_since=st.sampled_from([None, 0.0]),
)


@given(LATCHES, PACKETS)
def test_nothing_is_sent_to_an_address_that_is_neither_in_sdp_nor_passed_probation(
    latch: Latch, packets: list[tuple[Address, int, int, int, float]]
) -> None:
    now = 0.0
    heard: dict[tuple[Address, int], int] = {}
    for source, ssrc, sequence, payload_type, pause in packets:
        now += pause
        heard[source, ssrc] = heard.get((source, ssrc), 0) + 1
        latch = learn.judge(latch, Heard(source, ssrc, sequence, payload_type), now).latch
        if latch.target not in (latch.sdp, None):
            needed = 1 if latch.policy is Policy.IMMEDIATE else learn.PROBATION_PACKETS
            assert max(count for (where, _), count in heard.items() if where == latch.target) >= needed


@given(LATCHES, PACKETS)
def test_once_locked_on_the_sdp_address_no_foreign_packet_changes_anything(
    latch: Latch, packets: list[tuple[Address, int, int, int, float]]
) -> None:
    latch = learn.locked(latch._replace(sdp=PHONE), PHONE, Trust.EXACT, 0.0)
    now = 0.0
    for source, ssrc, sequence, payload_type, pause in packets:
        now += pause
        decision = learn.judge(latch, Heard(source, ssrc, sequence, payload_type), now)
        if source != PHONE:
            assert decision == learn.Decision(Verdict.FOREIGN, latch)
        latch = decision.latch


@given(LATCHES, PACKETS)
def test_candidates_are_bounded(latch: Latch, packets: list[tuple[Address, int, int, int, float]]) -> None:
    for number, (source, ssrc, sequence, payload_type, _) in enumerate(packets):
        spread = Address(source.host, number)
        latch = learn.judge(latch, Heard(spread, ssrc, sequence, payload_type), 0.0).latch
        assert len(latch.candidates) <= learn.MAX_CANDIDATES


def test_a_candidate_says_what_it_is() -> None:
    assert hear(behind_nat(), NATTED, 0.0)[1].candidates == (Candidate(NATTED, 7, 100, 1),)
