"""Where rtpng does not answer as rtpengine 10.5 does, and why: the only place where such a difference may be allowed.

Most rows say that rtpng has the shape of release 26, which Kamailio and OpenSIPS understand as well.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Deliberate:
    """``where`` is a pattern (as of the shell) for ``CASE/STEP/FACT``."""

    where: str
    reason: str


_EDITS = "10.5 edits the received text, release 26 and rtpng write a new document"
_ORDER = f"{_EDITS} in an order of its own"
_ZERO = "release 26 gives a medium that is off the address 0.0.0.0"
_OTHER_MEDIA = "10.5 adds a direction to media that are no RTP; release 26 leaves their attributes alone"
_PORT_STAYS = "10.5 opens another port when the other side's address changes; release 26 keeps the port of a stream"
_MISSING = "release 26 tells the offerer about every medium that it offered, answered or not"
_MORE = "release 26 tells more in query and delete"
_ONESELF = "10.5 connects a party to itself; release 26 refuses"
_BRANCH = "10.5 reports the whole call when one branch goes; rtpng reports that branch"

DELIBERATE: tuple[Deliberate, ...] = (
    Deliberate("*/sdp.session.c=", f"{_EDITS}, with the connection in each medium"),
    Deliberate("own lines and bandwidth/1/sdp.media.0.order of attributes", _ORDER),
    Deliberate("original sendrecv/1/sdp.media.0.order of attributes", _ORDER),
    Deliberate("AVPF to AVP/1/sdp.media.0.order of attributes", _ORDER),
    Deliberate("fax/*/sdp.media.*.direction", _OTHER_MEDIA),
    Deliberate("audio and fax/*/sdp.media.1.direction", _OTHER_MEDIA),
    Deliberate("bfcp/*/sdp.media.1.direction", _OTHER_MEDIA),
    Deliberate("video rejected *sdp.media.1.address", _ZERO),
    Deliberate("all rejected by the answer/2/sdp.media.0.address", _ZERO),
    Deliberate("video is removed and comes back/[34]/sdp.media.1.address", _ZERO),
    Deliberate("fewer media in the answer/2/sdp.media count", _MISSING),
    Deliberate("fewer media in the answer/2/sdp.media.1.*", _MISSING),
    Deliberate("port count/1/sdp.media.0.port", "10.5 copies a count of ports (4000/2), for which it opens none"),
    Deliberate("new address in a re-INVITE/3/sdp.media.0.port", _PORT_STAYS),
    Deliberate("new address in a re-INVITE/3/sdp.media.0.rtcp", _PORT_STAYS),
    Deliberate("second answer of the same party/3/sdp.media.0.port", _PORT_STAYS),
    Deliberate("second answer of the same party/3/sdp.media.0.rtcp", _PORT_STAYS),
    Deliberate("forked branches/4/sdp.media.0.port", _PORT_STAYS),
    Deliberate("forked branches/4/sdp.media.0.rtcp", _PORT_STAYS),
    Deliberate("a branch is deleted/4/sdp.media.0.port", _PORT_STAYS),
    Deliberate("a branch is deleted/4/sdp.media.0.rtcp", _PORT_STAYS),
    Deliberate("a branch is deleted/5/tags.[ac].*", _BRANCH),
    Deliberate("a branch is deleted/5/tags.b.subscribers.*", _BRANCH),
    Deliberate("replace as flags/1/sdp.session.o=", "10.5 knows it only as the key replace, 26 also as a flag"),
    Deliberate("talking to oneself/3/*", _ONESELF),
    Deliberate("*/created_ts", _MORE),
    Deliberate("*/last redis update", _MORE),
    Deliberate("*/tags.*.last kernel packet", _MORE),
    Deliberate("*/tags.*.last user packet", _MORE),
    Deliberate("*/tags.*.stats_out.*", _MORE),
    Deliberate("*/tags.*.dropped.*", "rtpng drops packets of strangers, as no rtpengine does, and tells how many"),
    Deliberate("*.flags.ICE controlling", "10.5 has an ICE role without ICE"),
)
