"""SRTP contexts: the RFCs' vectors, every suite against a second implementation, and what must not be accepted."""

import gc
import weakref
from collections.abc import Iterator
from dataclasses import replace

import pytest

from rtpng.media.opening import Transform
from rtpng.media.srtp import Context, Contexts, Role
from rtpng.media.srtp_errors import MOST_STREAMS, WINDOW, ReplayedError, SrtpError
from sipcore.srtp import SUITES, Cipher, Keys, Suite, fresh, joined
from tests.rtpng.media import rfc3711
from tests.rtpng.media.rig import rtcp, rtp

EVERY = pytest.mark.parametrize("suite", SUITES.values(), ids=list(SUITES))
COMMON = [suite for suite in SUITES.values() if not suite.is_rare]
AES_CM = SUITES["AES_CM_128_HMAC_SHA1_80"]
BOTH = pytest.mark.parametrize("suite", [AES_CM, SUITES["AES_192_CM_HMAC_SHA1_80"]], ids=["libsrtp", "rare"])


def made(keys: Keys, role: Role) -> Transform:
    return Contexts().take(keys, role)


def common(keys: Keys, role: Role) -> Context:
    return Contexts().take_common(keys, role)


def parameters(suite: Suite) -> Iterator[Keys]:
    """Keys of a suite under every combination of session parameters that it allows, without and with an MKI."""
    keys = joined(suite, bytes(range(suite.key + suite.salt)))
    for number in range(8 if suite.cipher is not Cipher.AES_GCM else 1):
        flags = (bool(number & 1), bool(number & 2), bool(number & 4))
        yield replace(keys, unencrypted_srtp=flags[0], unencrypted_srtcp=flags[1], unauthenticated_srtp=flags[2])


def test_session_keys_of_rfc_3711_b_3() -> None:
    material = bytes.fromhex("E1F97A0D3E018BE0D64FA32C06DE41390EC675AD498AFEEBB6960B3AABE6")
    keys = joined(AES_CM, material)
    assert rfc3711.derived(keys, 0, 16).hex() == "c61e7a93744f39ee10734afe3ff7a087"
    assert rfc3711.derived(keys, 2, 14).hex() == "30cbbc08863d8c85d49db34a9ae1"
    assert rfc3711.derived(keys, 1, 20).hex() == "cebe321f6ff7716b6fd4ab49af256a156d38baa4"


def test_key_stream_of_rfc_3711_b_2() -> None:
    key = bytes.fromhex("2B7E151628AED2A6ABF7158809CF4F3C")
    start = bytes.fromhex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD0000")
    assert (
        rfc3711.key_stream(key, start, 32).hex() == "e03ead0935c95e80e166b16dd92b4eb4d23513162b02d0f72a43a2fe4a5f97ab"
    )


@EVERY
def test_packets_are_those_of_the_rfcs(suite: Suite) -> None:
    for keys in parameters(suite):
        protect, protect_rtcp = made(keys, Role.PROTECT_RTP), made(keys, Role.PROTECT_RTCP)
        for number in (1, 2):
            assert protect(rtp(number)) == rfc3711.protect_rtp(keys, rtp(number))
            assert protect_rtcp(rtcp()) == rfc3711.protect_rtcp(keys, rtcp(), number)


@EVERY
@pytest.mark.parametrize("mki", [b"", b"\1", b"\0\0\0\7", bytes(128)])
def test_what_is_protected_is_read_again(suite: Suite, mki: bytes) -> None:
    for plain_keys in parameters(suite):
        keys = replace(plain_keys, mki=mki)
        protect, unprotect = made(keys, Role.PROTECT_RTP), made(keys, Role.UNPROTECT_RTP)
        protect_rtcp, unprotect_rtcp = made(keys, Role.PROTECT_RTCP), made(keys, Role.UNPROTECT_RTCP)
        for number in (1, 2):
            assert unprotect(protect(rtp(number))) == rtp(number)
            assert unprotect_rtcp(protect_rtcp(rtcp())) == rtcp()


@EVERY
def test_the_mki_stands_where_the_rfcs_want_it(suite: Suite) -> None:
    plain = fresh(suite)
    behind, rtcp_behind = (0, 0) if suite.cipher is Cipher.AES_GCM else (suite.tag, suite.rtcp_tag)
    for packet, role, tag in ((rtp(), Role.PROTECT_RTP, behind), (rtcp(), Role.PROTECT_RTCP, rtcp_behind)):
        without, sealed = made(plain, role)(packet), made(replace(plain, mki=b"MKI"), role)(packet)
        end = len(without) - tag
        assert sealed == without[:end] + b"MKI" + without[end:]


@BOTH
def test_another_mki_is_not_read(suite: Suite) -> None:
    keys = fresh(suite)
    sealed = made(replace(keys, mki=b"one"), Role.PROTECT_RTP)(rtp())
    for other in (replace(keys, mki=b"two"), replace(keys, mki=bytes(128))):
        with pytest.raises(SrtpError):
            made(other, Role.UNPROTECT_RTP)(sealed)


@EVERY
def test_any_changed_byte_is_noticed(suite: Suite) -> None:
    keys = fresh(suite)
    sealed, unprotect = made(keys, Role.PROTECT_RTP)(rtp()), made(keys, Role.UNPROTECT_RTP)
    for position in range(2, len(sealed)):
        with pytest.raises(SrtpError):
            unprotect(sealed[:position] + bytes([sealed[position] ^ 1]) + sealed[position + 1 :])
    with pytest.raises(SrtpError):
        unprotect(sealed[:-1])
    assert unprotect(sealed) == rtp()


@BOTH
@pytest.mark.parametrize("size", range(32))
@pytest.mark.parametrize("role", Role)
def test_short_packets_harm_nobody(suite: Suite, role: Role, size: int) -> None:
    context = made(fresh(suite), role)
    try:
        context(rtp()[:size])
    except SrtpError:
        return
    assert role.encrypts


@BOTH
def test_a_long_packet_fits(suite: Suite) -> None:
    keys = fresh(suite)
    packet = rtp() + bytes(65535 - len(rtp()))
    assert made(keys, Role.UNPROTECT_RTP)(made(keys, Role.PROTECT_RTP)(packet)) == packet


@BOTH
def test_packets_are_read_once_in_any_order_within_the_window(suite: Suite) -> None:
    keys = fresh(suite)
    protect, unprotect = made(keys, Role.PROTECT_RTP), made(keys, Role.UNPROTECT_RTP)
    sealed = [protect(rtp(sequence)) for sequence in range(WINDOW + 1)]
    for sequence in (WINDOW, 1, WINDOW - 1):
        assert unprotect(sealed[sequence]) == rtp(sequence)
        with pytest.raises(ReplayedError):
            unprotect(sealed[sequence])
    with pytest.raises(ReplayedError):
        unprotect(sealed[0])  # older than the window


@BOTH
def test_rtcp_is_read_once(suite: Suite) -> None:
    keys = fresh(suite)
    unprotect = made(keys, Role.UNPROTECT_RTCP)
    sealed = made(keys, Role.PROTECT_RTCP)(rtcp())
    unprotect(sealed)
    with pytest.raises(ReplayedError):
        unprotect(sealed)


@BOTH
def test_a_sequence_number_is_encrypted_once(suite: Suite) -> None:
    protect = made(fresh(suite), Role.PROTECT_RTP)
    protect(rtp(5))
    with pytest.raises(ReplayedError):
        protect(rtp(5, timestamp=7))
    protect(rtp(6))


@BOTH
def test_streams_are_limited(suite: Suite) -> None:
    protect = made(fresh(suite), Role.PROTECT_RTP)
    for ssrc in range(MOST_STREAMS):
        protect(rtp(1, ssrc=ssrc))
    with pytest.raises(SrtpError):
        protect(rtp(1, ssrc=MOST_STREAMS))
    protect(rtp(2, ssrc=0))


@BOTH
def test_forged_streams_do_not_count(suite: Suite) -> None:
    keys = fresh(suite)
    unprotect = made(keys, Role.UNPROTECT_RTP)
    for ssrc in range(MOST_STREAMS + 1):
        with pytest.raises(SrtpError):
            unprotect(rtp(1, ssrc=ssrc))
    assert unprotect(made(keys, Role.PROTECT_RTP)(rtp())) == rtp()


@BOTH
def test_equal_keys_share_a_context_for_as_long_as_somebody_holds_it(suite: Suite) -> None:
    contexts, keys = Contexts(), fresh(suite)
    context = contexts.take(keys, Role.PROTECT_RTP)
    assert contexts.take(joined(suite, keys.material), Role.PROTECT_RTP) is context
    assert contexts.take(keys, Role.PROTECT_RTCP) is not context
    ended = weakref.ref(context)
    del context
    gc.collect()
    assert ended() is None


@pytest.mark.parametrize("suite", COMMON, ids=lambda suite: suite.name)
@pytest.mark.parametrize("first", [100, 65530, 65536, 3 * 65536 - 1])
def test_another_process_goes_on_where_one_has_stopped(suite: Suite, first: int) -> None:
    """Right before and after a wrap of the sequence numbers too; nothing of before is taken once more."""
    keys = fresh(suite)
    protect, unprotect = common(keys, Role.PROTECT_RTP), common(keys, Role.UNPROTECT_RTP)
    before = [*range(0, first, 20_000), *range(first, first + 5)]
    sealed = [protect(rtp(number & 0xFFFF)) for number in before]
    for packet in sealed:
        unprotect(packet)
    heir, reader = common(keys, Role.PROTECT_RTP), common(keys, Role.UNPROTECT_RTP)
    heir.adopt(protect.states())
    reader.adopt(unprotect.states())
    for number, packet in zip(before[-5:], sealed[-5:], strict=True):
        with pytest.raises(ReplayedError):
            reader(packet)
        with pytest.raises(ReplayedError):
            heir(rtp(number & 0xFFFF))
    for number in range(first + 5, first + 10):
        packet = rtp(number & 0xFFFF)
        sealed_again = protect(packet)
        assert heir(packet) == sealed_again
        assert reader(sealed_again) == packet


def test_a_context_that_was_lent_goes_on_from_the_state_of_its_borrower() -> None:
    keys = fresh(AES_CM)
    lent = [common(keys, Role.PROTECT_RTP), common(keys, Role.UNPROTECT_RTP)]
    for number in range(10):
        lent[1](lent[0](rtp(number)))
    borrowed = [common(keys, Role.PROTECT_RTP), common(keys, Role.UNPROTECT_RTP)]
    for context, original in zip(borrowed, lent, strict=True):
        context.adopt(original.states())
    for number in range(10, 200_000, 20_000):
        borrowed[1](borrowed[0](rtp(number & 0xFFFF)))
    for context, borrower in zip(lent, borrowed, strict=True):
        context.adopt(borrower.states())
        context.adopt(borrower.states())
    assert lent[1](borrowed[0](rtp(180_011 & 0xFFFF))) == rtp(180_011 & 0xFFFF)
    assert borrowed[1](lent[0](rtp(180_012 & 0xFFFF))) == rtp(180_012 & 0xFFFF)


@pytest.mark.parametrize("role", [Role.PROTECT_RTP, Role.UNPROTECT_RTP])
def test_what_another_process_knows_of_before_changes_nothing(role: Role) -> None:
    keys = fresh(AES_CM)
    protect, unprotect = common(keys, Role.PROTECT_RTP), common(keys, Role.UNPROTECT_RTP)
    context = protect if role.encrypts else unprotect
    before = []
    for number in range(0, 140_000, 20_000):
        unprotect(protect(rtp(number & 0xFFFF)))
        before.append(context.states())
    for states in before:
        context.adopt(states)
    assert unprotect(protect(rtp(140_000 & 0xFFFF))) == rtp(140_000 & 0xFFFF)
