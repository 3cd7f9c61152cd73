"""What every SRTP context keeps to, whoever does its arithmetic, and how it says no."""

from typing import Final

WINDOW: Final = 1024  # packets that may come late; libsrtp's own 128 are little after a burst
MOST_STREAMS: Final = 128  # SSRCs of one context: libsrtp searches them one by one, 100 us per packet with 20,000


class SrtpError(Exception):
    """A packet that is forged, damaged, or of one stream too many."""


class ReplayedError(SrtpError):
    """A sequence number (SRTCP: index) that was there before, or is older than the window."""
