"""What a received packet says to the rules of learning. Reads bytes that nobody has proven."""

from rtpng.calls import learn
from rtpng.calls.learn import Decision, Heard
from rtpng.calls.registry import Owner
from sipcore import rtp
from sipcore.address import Address
from sipcore.demux import Kind, classify
from sipcore.rtcp import sender_ssrc
from sipcore.sdp.profile import profile_of


def judge_untrusted(owner: Owner, source: Address, data: bytes, now: float, *, authentic: bool = False) -> Decision:
    """The rules for the kind of port and packet that this is; ``data`` is RTP or RTCP unless the media is neither.

    ``authentic``: the leg has keys, so that the plane asks only about what they have authenticated.
    """
    stream, endpoint = owner.stream, owner.endpoint
    if endpoint is stream.rtcp and stream.rtp is not None:
        return learn.judge_rtcp(stream.rtp.latch, endpoint.latch, Heard(source, sender_ssrc(data)), now)
    if profile_of(stream.protocol) is None:  # udptl and others: the first two bytes count packets (T.38 9.1)
        return learn.judge(endpoint.latch, Heard(source, 0, int.from_bytes(data[:2])), now)
    if classify(data) is Kind.RTCP:
        return learn.judge_muxed_rtcp(endpoint.latch, source)
    header = rtp.peek(data)
    heard = Heard(source, header.ssrc, header.sequence, header.payload_type, authentic)
    return learn.judge(endpoint.latch, heard, now)
