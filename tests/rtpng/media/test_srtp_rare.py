"""The contexts of rare suites: the RFCs' own figures, and libsrtp beside them where both know the cipher."""

from random import Random

import pytest

from rtpng.media.opening import Transform
from rtpng.media.srtp import Contexts, Role
from rtpng.media.srtp_errors import WINDOW, ReplayedError, SrtpError
from rtpng.media.srtp_rare import RareContext, Track, f8, seal_of
from sipcore.srtp import SUITES, Keys, Suite, fresh, joined
from tests.rtpng.media.rig import rtcp, rtp

SHARED = ("AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32", "AES_256_CM_HMAC_SHA1_80")
RARE = [suite for suite in SUITES.values() if suite.is_rare]
EVERY = pytest.mark.parametrize("suite", RARE, ids=lambda suite: suite.name)


def rare(keys: Keys, role: Role) -> RareContext:
    return RareContext(keys, encrypts=role.encrypts, rtcp=role.rtcp)


def outcome(transform: Transform, data: bytes) -> bytes | type[SrtpError]:
    try:
        return transform(data)
    except SrtpError as error:
        return type(error)


def test_the_tags_of_aes_192_have_the_key_of_rfc_6188_7_4() -> None:
    master = "73edc66c4fa15776fb57f9505c17136550ffda71f3e8e5f1" + "c8522f3acd4ce86d5add78edbb11"
    keys = joined(SUITES["AES_192_CM_HMAC_SHA1_80"], bytes.fromhex(master))
    assert seal_of(keys, rtcp=False).key.hex() == "355b10973cd95b9eacf4061c7e1a7151e7cfbfcb"


def test_f8_of_rfc_3711_b_1() -> None:
    crypt = f8(bytes.fromhex("234829008467be186c3de14aae72d62c"), bytes.fromhex("32f2870d"))
    start = bytes.fromhex("006e5cba50681de55c621599d462564a")
    sealed = crypt(start, b"pseudorandomness is the next best thing")
    assert sealed.hex() == "019ce7a26e7854014a6366aa95d4eefd1ad4172a14f9faf455b7f1d4b62bd08f562c0eef7c4802"


@pytest.mark.parametrize("name", SHARED)
@pytest.mark.parametrize("seed", range(5))
def test_libsrtp_says_the_same_of_a_disturbed_stream(name: str, seed: int) -> None:
    """Loss, repeats, late packets and wraps of the sequence number: the same packets, the same refusals."""
    random = Random(seed)
    keys = fresh(SUITES[name])
    theirs = Contexts().take(keys, Role.PROTECT_RTP), Contexts().take(keys, Role.UNPROTECT_RTP)
    ours = rare(keys, Role.PROTECT_RTP), rare(keys, Role.UNPROTECT_RTP)
    number = random.randrange(40_000, 70_000)
    for _ in range(600):
        number += random.choice((1, 1, 1, 2, 300, 20_000, -1, -5, -WINDOW))
        packet = rtp(number & 0xFFFF, timestamp=random.getrandbits(32))
        sealed = outcome(theirs[0], packet)
        assert outcome(ours[0], packet) == sealed
        if isinstance(sealed, bytes) and random.random() < 0.9:
            assert outcome(ours[1], sealed) == outcome(theirs[1], sealed)


def test_libsrtp_reads_the_same_headers() -> None:
    """CSRCs and header extensions are authenticated, and not encrypted."""
    keys = fresh(SUITES[SHARED[0]])
    csrcs, extension = bytes(8), b"\xbe\xde\0\2" + bytes(8)
    header = rtp(1)[1:12]
    for first, between in ((0x82, csrcs), (0x90, extension), (0x92, csrcs + extension)):
        packet = bytes([first]) + header + between + b"payload"
        sealed = rare(keys, Role.PROTECT_RTP)(packet)
        assert sealed == Contexts().take(keys, Role.PROTECT_RTP)(packet)
        assert rare(keys, Role.UNPROTECT_RTP)(sealed) == packet


@EVERY
def test_a_stream_goes_on_after_its_sequence_numbers_have_wrapped(suite: Suite) -> None:
    keys = fresh(suite)
    protect, unprotect = rare(keys, Role.PROTECT_RTP), rare(keys, Role.UNPROTECT_RTP)
    for number in range(0, 5 * 65536, 9_999):
        assert unprotect(protect(rtp(number & 0xFFFF))) == rtp(number & 0xFFFF)


@EVERY
def test_rtcp_has_an_index_of_its_own_and_is_read_once(suite: Suite) -> None:
    keys = fresh(suite)
    protect, unprotect = rare(keys, Role.PROTECT_RTCP), rare(keys, Role.UNPROTECT_RTCP)
    first, second = protect(rtcp()), protect(rtcp())
    assert first != second
    assert (unprotect(second), unprotect(first)) == (rtcp(), rtcp())
    with pytest.raises(ReplayedError):
        unprotect(first)


def test_a_header_that_names_more_than_there_is_is_refused() -> None:
    keys = fresh(RARE[0])
    for first in (0x8F, 0x90):
        with pytest.raises(SrtpError):
            rare(keys, Role.PROTECT_RTP)(bytes([first]) + rtp(1)[1:12])


def test_a_track_knows_the_window_before_its_highest_packet() -> None:
    track = Track()
    for index in (5, 2000):
        track.mark(index)
    assert [track.is_new(index) for index in (5, 2000, 2000 - WINDOW, 2001 - WINDOW, 2001)] == [
        False, False, False, True, True,
    ]  # fmt: skip
