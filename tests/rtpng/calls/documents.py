"""Shortcuts to the SDP that goes out after one offer, or after an offer and its answer."""

from sipcore.sdp.session import SessionDescription
from tests.rtpng.harness import BOB, RelayUnderTest, Word, sdp


def offered(*media: tuple[str, ...], session: tuple[str, ...] = (), **words: Word) -> SessionDescription:
    """What the receiver of a first offer reads."""
    return RelayUnderTest().offer(sdp(*media, session=session), **words)


def answered(offer: tuple[str, ...], answer: tuple[str, ...], **words: Word) -> SessionDescription:
    """What the offerer reads when one section was answered by another."""
    relay = RelayUnderTest()
    relay.offer(sdp(offer))
    return relay.answer(sdp(answer, host=BOB), **words)


def attributes(document: SessionDescription, place: int = 0) -> list[str]:
    return [attribute.text for attribute in document.media[place].attributes]


def origin(document: SessionDescription) -> str:
    return next(line.value for line in document.lines if line.type == "o")
