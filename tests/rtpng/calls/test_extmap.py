"""Header extensions that are left out of the SDP, rtpengine 26's observed behaviour."""

import pytest

from sipcore.sdp.session import SessionDescription
from tests.rtpng.calls.documents import answered, attributes, offered
from tests.rtpng.harness import BOB, RelayUnderTest, audio, sdp

SECTION = audio(4000, "0", "a=extmap-allow-mixed", "a=extmap:1 urn:a", "a=extmap:2 urn:b x=1")


def extensions(document: SessionDescription) -> list[str]:
    return [text for text in attributes(document) if text.startswith("extmap")]


def test_strip_extmap_drops_all_of_them() -> None:
    assert extensions(offered(SECTION, flags=["strip-extmap"])) == []


@pytest.mark.parametrize("word", ["strip", "mask"])
@pytest.mark.parametrize("uri", ["urn:a", "URN:A"])
def test_one_is_left_out_by_its_uri_and_ids_stay(word: str, uri: str) -> None:
    left = extensions(offered(SECTION, rtpp_flags=f"extmap=[{word}=[{uri}]]"))
    assert left == ["extmap-allow-mixed", "extmap:2 urn:b x=1"]


@pytest.mark.parametrize("uris", ["all", "urn:a urn:b"])
def test_when_none_is_left_allow_mixed_goes_too(uris: str) -> None:
    assert extensions(offered(SECTION, rtpp_flags=f"extmap=[strip=[{uris}]]")) == []


def test_the_sender_is_answered_what_was_masked_and_not_what_was_stripped() -> None:
    words = {"rtpp_flags": "extmap=[mask=[urn:b] strip=[urn:a]]"}
    relay = RelayUnderTest()
    assert extensions(relay.offer(sdp(SECTION), **words)) == []
    assert extensions(relay.answer(sdp(audio(5000, "0"), host=BOB))) == ["extmap-allow-mixed", "extmap:2 urn:b x=1"]
    relay.offer(sdp(SECTION), to_tag="bob")
    assert extensions(relay.answer(sdp(audio(5000, "0"), host=BOB))) == ["extmap-allow-mixed", "extmap:2 urn:b x=1"]


def test_an_answer_masks_nothing() -> None:
    answer = audio(5000, "0", "a=extmap:1 urn:a")
    assert extensions(answered(SECTION, answer, rtpp_flags="extmap=[mask=[urn:a]]")) == extensions(
        answered(SECTION, answer)
    )


def test_an_id_is_no_uri() -> None:
    assert len(extensions(offered(SECTION, rtpp_flags="extmap=[strip=[1]]"))) == 3


def test_answers_are_stripped_by_their_own_words_only() -> None:
    answer = audio(5000, "0", "a=extmap:1 urn:a")
    assert extensions(answered(SECTION, answer)) == ["extmap-allow-mixed", "extmap:1 urn:a"]
    assert extensions(answered(SECTION, answer, rtpp_flags="extmap=[strip=[urn:a]]")) == []


def test_a_reader_that_does_not_mix_is_not_told_to() -> None:
    one = audio(4000, "0", "a=extmap:1 urn:a")
    assert extensions(answered(one, one)) == ["extmap:1 urn:a"]
    assert extensions(answered(audio(4000, "0"), one)) == ["extmap-allow-mixed", "extmap:1 urn:a"]


def test_an_extension_of_one_direction_is_left_out() -> None:
    assert extensions(offered(audio(4000, "0", "a=extmap:1/sendonly urn:a"))) == []


def test_who_refuses_media_has_not_changed_its_mind_about_mixing() -> None:
    relay, one = RelayUnderTest(), audio(4000, "0", "a=extmap:1 urn:a")
    relay.offer(sdp(one))
    relay.answer(sdp(audio(5000, "0", "a=extmap:1 urn:a"), host=BOB))
    relay.offer(sdp(audio(0)), to_tag="bob")
    relay.answer(sdp(audio(0), host=BOB))
    assert extensions(relay.offer(sdp(one), to_tag="bob")) == ["extmap:1 urn:a"]


def test_without_extensions_nothing_is_mixed() -> None:
    assert extensions(offered(audio(4000, "0", "a=extmap-allow-mixed"))) == []


def test_extensions_of_the_session_hold_for_media_without_their_own() -> None:
    session = ("a=extmap:2 urn:b",)
    assert extensions(offered(audio(4000, "0"), session=session)) == ["extmap-allow-mixed", "extmap:2 urn:b"]
    own = audio(4000, "0", "a=extmap:1 urn:a")
    assert extensions(offered(own, session=session)) == ["extmap-allow-mixed", "extmap:1 urn:a"]


def test_unknown_words_of_the_dictionary_change_nothing() -> None:
    assert len(extensions(offered(SECTION, rtpp_flags="extmap=[except=[urn:a]]"))) == 3
    assert len(extensions(offered(SECTION, extmap="x"))) == 3
