"""Sections of an offer that its receiver is not told of (``sdp-media-remove``), and their places in what it says.

Both sides' sections are joined by their place. What a party that was told of fewer sections says is brought back to
the full count, with the removed ones refused.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace

from rtpng.calls.model import MediaStream
from rtpng.calls.request import Request
from rtpng.calls.twins import chosen, plain_twins
from sipcore.sdp.session import MediaDescription, SessionDescription, parse


def removed(session: SessionDescription, request: Request, known: Sequence[MediaStream]) -> frozenset[int]:
    """Places of the sections that the receiver of this offer is not to be told of.

    ``known``: its streams; of a section that it knows it must be told (RFC 3264 8).
    """
    told = {place for place, stream in enumerate(known) if stream.removed is None}
    kinds = request.sdp_media_remove
    unwanted = {place for place, media in enumerate(session.media) if media.kind.lower() in kinds} if kinds else set()
    return (plain_twins(session, request) | unwanted) - told


def restored(session: SessionDescription, streams: Sequence[MediaStream]) -> SessionDescription:
    """What a party says, with every section that it was not told of at its place, refused.

    Of two sections that stand for one, only the one that counts is left.
    """
    if all(stream.removed is None and stream.twin is None for stream in streams):
        return session
    return replace(session, media=tuple(_restored(deque(session.media), streams)))


def _restored(said: deque[MediaDescription], streams: Sequence[MediaStream]) -> Iterator[MediaDescription]:
    for stream in streams:
        if stream.removed is not None:
            yield _refused(stream.removed)
        elif not said:
            return
        elif stream.twin is not None and len(said) > 1:
            yield chosen(said.popleft(), said.popleft())
        else:
            yield said.popleft()
    yield from said


def _refused(media: MediaDescription) -> MediaDescription:
    return parse(f"v=0\nm={media.kind} 0 {media.protocol} {' '.join(media.formats)}").media[0]
