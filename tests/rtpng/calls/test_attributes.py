"""sdp-attr: the last pass over the lines that go out, rtpengine 26's observed behaviour."""

import pytest

from sipcore.sdp.session import SessionDescription
from tests.rtpng.calls.documents import answered, attributes, offered
from tests.rtpng.harness import RelayUnderTest, audio, port, sdp, video

SECTION = audio(4000, "0", "a=foo:bar", "a=foo:baz", "a=ssrc:1 x", "a=ptime:20")


def edited(*flags: str) -> SessionDescription:
    return RelayUnderTest().offer(sdp(SECTION, video(), session=("a=sess:1", "a=sess:2")), flags=list(flags))


def session_attributes(document: SessionDescription) -> list[str]:
    return [attribute.text for attribute in document.attributes]


def plain(out: SessionDescription) -> list[str]:
    rtcp = f"rtcp:{port(out) + 1}"
    return ["rtpmap:0 PCMU/8000", "foo:bar", "foo:baz", "ssrc:1 x", "sendrecv", rtcp, "ptime:20"]


def without(out: SessionDescription, *texts: str) -> list[str]:
    return [text for text in plain(out) if text not in texts]


def test_added_attributes_come_last_in_their_section_even_if_they_are_there() -> None:
    out = edited("sdp-attr-add-audio-x:1", "sdp-attr-add-audio-foo:bar", "sdp-attr-add-none-g:1")
    assert attributes(out) == [*plain(out), "x:1", "foo:bar"]
    assert session_attributes(out) == ["sess:1", "sess:2", "g:1"]
    assert not out.media[1].has_attribute("x")


@pytest.mark.parametrize("name", ["none", "global", "session"])
def test_the_session_part_has_three_names(name: str) -> None:
    assert session_attributes(edited(f"sdp-attr-add-{name}-g:1")) == ["sess:1", "sess:2", "g:1"]


def test_an_attribute_is_removed_by_its_whole_text() -> None:
    out = edited("sdp-attr-remove-audio-foo:bar")
    assert attributes(out) == without(out, "foo:bar")


def test_or_by_its_name_alone() -> None:
    out = edited("sdp-attr-remove-audio-foo", "sdp-attr-remove-none-sess")
    assert attributes(out) == without(out, "foo:bar", "foo:baz")
    assert session_attributes(out) == []


@pytest.mark.parametrize("text", ["ssrc:", "ssrc:1", "ss", "a=foo:bar"])
def test_but_not_by_a_part_of_it(text: str) -> None:
    out = edited(f"sdp-attr-remove-audio-{text}")
    assert attributes(out) == plain(out)


def test_letter_case_does_not_matter() -> None:
    out = edited("sdp-attr-remove-audio-FOO:Bar")
    assert attributes(out) == without(out, "foo:bar")


def test_ours_can_be_removed_too() -> None:
    out = edited(*(f"sdp-attr-remove-audio-{text}" for text in ("rtcp", "sendrecv", "ptime:20", "rtpmap:0..PCMU/8000")))
    assert attributes(out) == ["foo:bar", "foo:baz", "ssrc:1 x"]


def test_an_attribute_is_substituted_at_its_place_by_text_or_by_name() -> None:
    out = edited("sdp-attr-substitute-audio-foo:bar>new:1", "sdp-attr-substitute-audio-sendrecv>sendonly")
    expected = ["new:1" if text == "foo:bar" else "sendonly" if text == "sendrecv" else text for text in plain(out)]
    assert attributes(out) == expected
    assert attributes(edited("sdp-attr-substitute-audio-foo>z"))[1:3] == ["z", "z"]


def test_what_is_added_is_not_edited() -> None:
    out = edited("sdp-attr-add-audio-foo:1", "sdp-attr-remove-audio-foo")
    assert attributes(out)[-1] == "foo:1"


def test_two_dashes_are_an_equals_sign_and_two_dots_a_blank() -> None:
    assert attributes(edited("sdp-attr-add-audio-fmtp:0..a--b"))[-1] == "fmtp:0 a=b"


def test_other_is_every_media_without_a_name_of_its_own() -> None:
    fax, application = ("m=image 4000 udptl t38",), ("m=application 4002 UDP/BFCP *",)
    out = offered(fax, application, flags=["sdp-attr-add-other-x", "sdp-attr-add-image-y"])
    assert [attributes(out, place) for place in (0, 1)] == [["y"], ["x"]]


def test_answers_are_edited_too() -> None:
    assert attributes(answered(audio(), audio(5000), flags=["sdp-attr-add-audio-x"]))[-1] == "x"
