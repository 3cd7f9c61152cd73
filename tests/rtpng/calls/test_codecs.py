"""Codec lists without transcoding, rule by rule of rtpengine 26's observed behaviour."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtpng.calls.codecs import accepted, is_real, preferring, single, told, usable
from rtpng.calls.request import CodecWishes
from sipcore.sdp.codec import Codec
from tests.rtpng.calls.documents import answered, attributes, offered
from tests.rtpng.harness import BOB, RelayUnderTest, Word, audio, lines, ports, sdp, video

DTMF = ("a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-15")
OPUS = ("a=rtpmap:96 opus/48000/2", "a=rtpmap:97 opus/48000")
EVERYTHING = audio(4000, "0 8 9 18 96 97 101", *DTMF, *OPUS)


def formats(section: tuple[str, ...] = EVERYTHING, **words: Word) -> str:
    """The payload types of an offer that goes out."""
    return " ".join(RelayUnderTest().offer(sdp(section), **words).media[0].formats)


@pytest.mark.parametrize("name", ["PCMA", "pcma", "PCMA/8000", "PCMA/8000/1", "PCMA/8000/1///x=1"])
def test_strip_removes_a_codec_named_in_any_case(name: str) -> None:
    assert formats(flags=[f"codec-strip-{name}"]) == "0 9 18 96 97 101"


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("opus", "0 8 9 18 101"),
        ("opus/48000", "0 8 9 18 96 101"),
        ("opus/48000/1", "0 8 9 18 96 101"),
        ("opus/48000/2", "0 8 9 18 97 101"),
        ("opus//2", "0 8 9 18 96 97 101"),
        ("opus/16000", "0 8 9 18 96 97 101"),
        ("8", "0 8 9 18 96 97 101"),
        ("telephone-event", "0 8 9 18 96 97"),
    ],
)
def test_a_name_matches_by_encoding_and_by_rate_and_channels_if_they_are_given(name: str, left: str) -> None:
    assert formats(flags=[f"codec-strip-{name}"]) == left


@pytest.mark.parametrize("whole", ["all", "full"])
@pytest.mark.parametrize(
    ("flags", "left"),
    [
        (["codec-except-G729", "codec-except-PCMU"], "0 18"),
        (["codec-offer-G729", "codec-offer-PCMU"], "18 0"),
        (["codec-except-G729", "codec-offer-PCMU"], "18 0"),
        (["codec-offer-telephone-event", "codec-offer-PCMA"], "8 101"),
        (["codec-except-telephone-event", "codec-except-PCMA"], "8 101"),
        (["codec-transcode-PCMA"], "8"),
        (["transcode-PCMA"], "8"),
    ],
)
def test_strip_all_keeps_only_what_is_excepted_or_offered(whole: str, flags: list[str], left: str) -> None:
    assert formats(flags=[f"codec-strip-{whole}", *flags]) == left


def test_offer_brings_a_stripped_codec_back_at_the_end() -> None:
    assert formats(flags=["codec-strip-PCMA", "codec-offer-PCMA"]) == "0 9 18 96 97 8 101"


def test_except_does_not_save_a_codec_that_is_stripped_by_name() -> None:
    assert formats(flags=["codec-strip-PCMA", "codec-except-PCMA"]) == "0 9 18 96 97 101"


@pytest.mark.parametrize("word", ["offer", "except", "accept", "set", "transcode"])
def test_without_strip_the_other_words_change_nothing(word: str) -> None:
    assert formats(flags=[f"codec-{word}-G729"]) == "0 8 9 18 96 97 101"


@pytest.mark.parametrize("word", ["mask", "consume"])
def test_a_masked_codec_is_hidden_from_the_receiver(word: str) -> None:
    assert formats(flags=[f"codec-{word}-PCMA"]) == "0 9 18 96 97 101"
    assert formats(flags=[f"codec-{word}-all", "codec-offer-PCMA"]) == "8"


@pytest.mark.parametrize(
    "flags",
    [
        ["codec-strip-all"],
        ["codec-strip-all", "codec-offer-GSM"],
        ["codec-mask-full"],
        ["codec-strip-all", "codec-offer-telephone-event"],
        [f"codec-strip-{name}" for name in ("PCMU", "PCMA", "G722", "G729", "opus")],
    ],
)
def test_a_list_emptied_completely_is_restored(flags: list[str]) -> None:
    out = offered(EVERYTHING, flags=flags)
    assert out.media[0].formats == ("0", "8", "9", "18", "96", "97", "101")
    assert "rtpmap:96 opus/48000/2" in attributes(out)


def test_allow_no_codec_media_refuses_the_media_instead() -> None:
    flags = ["codec-strip-VP8", "allow no codec media"]
    out = offered(audio(), video(4002, "a=mid:v"), flags=flags)
    assert lines(out.media[1]) == ["m=video 0 RTP/AVP 96", "c=IN IP4 0.0.0.0", "a=mid:v"]
    assert ports(out)[0]


def test_media_that_was_withheld_comes_back_with_its_codecs() -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(audio(), video()), flags=["codec-strip-VP8", "allow-no-codec-media"])
    relay.answer(sdp(audio(5000), video(0), host=BOB))
    out = relay.offer(sdp(audio(), video()), to_tag="bob")
    assert all(ports(out))


def test_only_audio_is_swept_and_other_media_is_touched_by_name_only() -> None:
    both = video(4002, "a=rtpmap:97 H264/90000")
    both = (both[0] + " 97", *both[1:])
    swept = offered(audio(), both, flags=["codec-strip-all", "codec-offer-PCMA"])
    assert [media.formats for media in swept.media] == [("8",), ("96", "97")]
    named = offered(audio(), both, flags=["codec-strip-VP8"])
    assert named.media[1].formats == ("97",)


def test_lines_travel_with_their_codec() -> None:
    section = audio(4000, "0 96", "a=rtpmap:96 X/8000", "a=fmtp:96 x=1", "a=rtcp-fb:96 nack")
    assert [text for text in attributes(offered(section, flags=["codec-strip-X"])) if "96" in text] == []


def test_an_ignored_codec_is_offered_but_not_accepted_back() -> None:
    relay = RelayUnderTest()
    out = relay.offer(sdp(audio(4000, "0 8 9")), flags=["codec-ignore-PCMA"])
    assert out.media[0].formats == ("0", "8", "9")
    assert relay.answer(sdp(audio(5000, "8 9 0"), host=BOB)).media[0].formats == ("9", "0")


def test_an_answer_may_be_stripped_too_but_not_masked() -> None:
    offer, answer = audio(4000, "0 8 9"), audio(5000, "8 9")
    assert answered(offer, answer, flags=["codec-strip-PCMA"]).media[0].formats == ("9",)
    assert answered(offer, answer, flags=["codec-mask-PCMA"]).media[0].formats == ("8", "9")


def test_an_answer_may_have_what_was_stripped_from_the_offer() -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(audio(4000, "0 8")), flags=["codec-strip-PCMA"])
    assert relay.answer(sdp(audio(5000, "8 0"), host=BOB)).media[0].formats == ("8", "0")


@pytest.mark.parametrize(("answer", "left"), [("8 9 13 101", "8 13 101"), ("101 8 9", "101 8"), ("9", "9")])
def test_single_codec_leaves_the_first_real_one_and_those_that_are_none(answer: str, left: str) -> None:
    offer = audio(4000, "0 8 9 13 101", *DTMF)
    out = answered(offer, audio(5000, answer, *DTMF), flags=["single codec"])
    assert " ".join(out.media[0].formats) == left


def test_single_codec_does_nothing_to_an_offer() -> None:
    assert formats(flags=["single-codec"]) == "0 8 9 18 96 97 101"


@pytest.mark.parametrize("flag", ["reuse codecs", "no-codec-renegotiation"])
@pytest.mark.parametrize(
    ("agreed", "offer", "told_to_bob", "answer", "told_to_alice"),
    [
        ("8 0 9", "9 0 8", "8 0 9", "9 0 8", "8 0 9"),
        ("8", "0 9 8 18", "8 0 9 18", "0 8 18", "8 0 18"),
        ("8", "0 9 18", "0 9 18", "0 18", "0 18"),
    ],
)
def test_agreed_codecs_stay_the_preferred_ones(
    flag: str, agreed: str, offer: str, told_to_bob: str, answer: str, told_to_alice: str
) -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(audio(4000, "0 8 9")))
    relay.answer(sdp(audio(5000, agreed), host=BOB))
    again = relay.offer(sdp(audio(4000, offer)), to_tag="bob", flags=[flag])
    assert " ".join(again.media[0].formats) == told_to_bob
    back = relay.answer(sdp(audio(5000, answer), host=BOB), flags=[flag])
    assert " ".join(back.media[0].formats) == told_to_alice


@pytest.mark.parametrize(
    "raw", ["codec-strip=[PCMA G722]", "codec=[strip=[PCMA G722]]", "codec-strip-PCMA codec-strip-G722"]
)
def test_every_way_to_write_it_in_raw_flags(raw: str) -> None:
    assert formats(rtpp_flags=raw) == "0 18 96 97 101"


@pytest.mark.parametrize("words", [{"ptime": 40}, {"ptime": "40"}, {"rtpp_flags": "ptime=40"}])
def test_ptime_is_what_the_receiver_of_an_offer_is_asked_for(words: dict[str, Word]) -> None:
    assert attributes(RelayUnderTest().offer(sdp(audio(4000, "0", "a=ptime:20")), **words))[-1] == "ptime:40"
    assert attributes(RelayUnderTest().offer(sdp(audio(4000, "0")), **words))[-1] == "ptime:40"


def test_ptime_does_nothing_to_an_answer() -> None:
    assert attributes(answered(audio(), audio(5000, "0", "a=ptime:30"), ptime=60))[-1] == "ptime:30"


def test_ptime_reverse_is_what_the_answer_to_the_offer_says() -> None:
    relay = RelayUnderTest()
    assert attributes(relay.offer(sdp(audio(4000, "0", "a=ptime:20")), ptime_reverse=40))[-1] == "ptime:20"
    assert attributes(relay.answer(sdp(audio(5000, "0", "a=ptime:30"), host=BOB)))[-1] == "ptime:40"


def test_ptime_is_for_audio() -> None:
    assert not offered(video(), ptime=40).media[0].has_attribute("ptime")


# --- properties of the pure functions ---

NAMES = st.sampled_from(["PCMU", "pcma", "opus", "telephone-event", "CN", ""])
CODECS = st.lists(st.builds(Codec, st.integers(0, 127), NAMES, st.sampled_from([8000, 48000]), st.just(1)), max_size=6)
WISHES = st.lists(st.sampled_from(["all", "PCMU", "PCMA", "opus/48000", "telephone-event", "CN", "x"]), max_size=3)


@given(CODECS.map(tuple), st.lists(WISHES.map(tuple), min_size=7, max_size=7), st.sampled_from(["audio", "video"]))
def test_nothing_is_invented_and_nothing_twice(
    codecs: tuple[Codec, ...], lists: list[tuple[str, ...]], kind: str
) -> None:
    left = told(codecs, CodecWishes(*lists), kind=kind)
    assert set(left) <= set(codecs)
    assert len(left) <= len(codecs)
    assert not left or left == codecs or any(map(is_real, left))


@given(CODECS.map(tuple), CODECS.map(tuple), WISHES.map(tuple))
def test_answers_have_only_what_may_be_answered(
    said: tuple[Codec, ...], offer: tuple[Codec, ...], ignore: tuple[str, ...]
) -> None:
    answerable = usable(offer, CodecWishes(ignore=ignore), kind="audio")
    assert set(answerable) <= set(offer)
    assert bool(answerable) == bool(offer)
    types = {codec.payload_type for codec in answerable}
    assert {codec.payload_type for codec in accepted(said, answerable)} <= types


@given(CODECS.map(tuple), CODECS.map(tuple))
def test_a_preference_only_changes_the_order(codecs: tuple[Codec, ...], agreed: tuple[Codec, ...]) -> None:
    assert Counter(preferring(codecs, agreed)) == Counter(codecs)
    assert set(single(codecs)) <= set(codecs)
