"""What the RFCs say: SDP, RTP and RTCP headers, addresses. Pure; standard library only."""

DISTRIBUTION = "rtpng"
