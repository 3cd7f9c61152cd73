"""What RTCP says of how well a call is heard: loss, jitter, round trip, and the opinion score that follows."""
