"""``sdp-media-remove``: sections of an offer that its receiver is not told of, and their places in what it says.

Both sides' sections are joined by their place. What a party that was told of fewer sections says is brought back to
the full count, with the removed ones refused.
"""

from collections.abc import Sequence
from dataclasses import replace

from rtpng.calls.model import MediaStream
from rtpng.calls.request import Request
from sipcore.sdp.session import MediaDescription, SessionDescription, parse


def is_removed(media: MediaDescription, request: Request) -> bool:
    """Whether the receiver of this offer is not to be told of a section."""
    return media.kind.lower() in request.sdp_media_remove


def restored(session: SessionDescription, streams: Sequence[MediaStream]) -> SessionDescription:
    """What a party says, with every section that it was not told of at its place, refused."""
    media = list(session.media)
    for place, stream in enumerate(streams):
        if stream.removed is not None and place <= len(media):
            media.insert(place, _refused(stream.removed))
    return session if len(media) == len(session.media) else replace(session, media=tuple(media))


def _refused(media: MediaDescription) -> MediaDescription:
    return parse(f"v=0\nm={media.kind} 0 {media.protocol} {' '.join(media.formats)}").media[0]
