"""What is to be recorded of a call: commands change it, the plan and the files follow."""

from dataclasses import dataclass
from enum import Enum


class Wish(Enum):
    """What a proxy wants of the recording of a call."""

    START = "start"
    STOP = "stop"
    PAUSE = "pause"
    DISCARD = "discard"


@dataclass(slots=True, eq=False)
class Recording:
    """One recording; ``token`` is part of the names of its files. ``file``: the name that the proxy wants."""

    token: str
    file: str | None = None
    paused: bool = False
    discarded: bool = False


def after(recording: Recording | None, wish: Wish, token: str, file: str | None = None) -> Recording | None:
    """The recording of a call after a wish; it is changed, or begins with this token, or ends (None).

    A pause of what does not run is no pause: the next start begins anew, as with rtpengine.
    """
    if recording is None:
        return Recording(token, file) if wish is Wish.START else None
    if wish in (Wish.STOP, Wish.DISCARD):
        recording.discarded = wish is Wish.DISCARD
        return None
    recording.paused = wish is Wish.PAUSE
    return recording
