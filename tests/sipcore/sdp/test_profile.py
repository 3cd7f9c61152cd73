"""The table of RTP profiles."""

import pytest

from sipcore.sdp.profile import PROFILES, Profile, profile_of

NAMES = ["RTP/AVP", "RTP/AVPF", "RTP/SAVP", "RTP/SAVPF", "UDP/TLS/RTP/SAVP", "UDP/TLS/RTP/SAVPF"]


def test_the_table_is_complete() -> None:
    assert list(PROFILES) == NAMES


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_each_row_says_what_its_name_says(profile: Profile) -> None:
    assert profile.secure == ("SAVP" in profile.name)
    assert profile.feedback == profile.name.endswith("F")
    assert profile.dtls == profile.name.startswith("UDP/TLS/")
    assert profile_of(profile.name) is profile
    assert profile_of(profile.name.lower()) is profile


@pytest.mark.parametrize("text", ["udptl", "UDP/BFCP", "TCP/MSRP", "UDP/DTLS/SCTP", "RTP/AVP/X", "", "TCP/RTP/AVP"])
def test_everything_else_is_not_rtp(text: str) -> None:
    assert profile_of(text) is None
