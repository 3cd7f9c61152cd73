"""sdp-media-remove: the receiver of an offer is not told of some sections."""

from rtpng.calls.removal import restored
from sipcore.sdp.session import parse
from tests.rtpng.calls.documents import offered
from tests.rtpng.harness import BOB, RelayUnderTest, audio, lines, port, ports, sdp, video

REFUSED_AUDIO = ["m=audio 0 RTP/AVP 0 8", "c=IN IP4 0.0.0.0"]


def kinds(*sections: tuple[str, ...], remove: str) -> list[str]:
    return [media.kind for media in offered(*sections, sdp_media_remove=remove).media]


def test_the_receiver_is_not_told_of_the_section() -> None:
    assert kinds(audio(), video(), remove="video") == ["audio"]
    assert kinds(audio(), video(), audio(), remove="audio") == ["video"]
    assert kinds(audio(), video(), remove="video,audio") == []


def test_the_sender_gets_it_refused_at_its_place() -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(audio(), video()), sdp_media_remove=["audio"])
    out = relay.answer(sdp(video(5002), host=BOB))
    assert lines(out.media[0]) == REFUSED_AUDIO
    assert out.media[1].kind == "video"
    assert port(out, 1)


def test_no_port_is_taken_for_it() -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(audio(), video()), sdp_media_remove=["video"])
    assert len(relay.ports.ours) == 4


def test_an_offer_of_the_receiver_keeps_the_places() -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(audio(), video()), sdp_media_remove=["audio"])
    relay.answer(sdp(video(5002), host=BOB))
    out = relay.offer(sdp(video(5002), host=BOB), from_tag="bob", to_tag="alice")
    assert lines(out.media[0]) == REFUSED_AUDIO
    assert port(out, 1)
    back = relay.answer(sdp(audio(0), video()), from_tag="bob", to_tag="alice")
    assert [media.kind for media in back.media] == ["video"]


def test_a_later_offer_without_the_key_brings_it_back() -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(audio(), video()), sdp_media_remove=["video"])
    relay.answer(sdp(audio(5000), host=BOB))
    out = relay.offer(sdp(audio(), video()), to_tag="bob")
    assert all(ports(out))
    assert [media.kind for media in out.media] == ["audio", "video"]


def test_what_another_answerer_of_the_branch_says_is_brought_to_the_full_count_too() -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(audio(), video()), sdp_media_remove=["audio"])
    relay.answer(sdp(video(5002), host=BOB), sip_code=200, sip_message_type="sip_reply")
    out = relay.answer(sdp(video(5004), host=BOB), to_tag="carol")
    assert [media.kind for media in out.media] == ["audio", "video"]


def test_nothing_is_put_behind_a_section_that_is_not_there() -> None:
    relay = RelayUnderTest()
    relay.offer(sdp(audio(), video(), ("m=image 4004 udptl t38",)), sdp_media_remove=["image"])
    relay.answer(sdp(audio(5000), host=BOB))
    party = relay.call().by_tag("bob")
    assert party is not None
    nothing = parse("v=0\r\n")
    assert restored(nothing, party.streams) == nothing
