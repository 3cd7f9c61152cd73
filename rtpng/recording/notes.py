"""What is written beside a recording, in the form of rtpengine 26: the file, each SDP sent, pauses, the end."""

from datetime import datetime


def beginning(pcap: str) -> str:
    """The file that this is about."""
    return f"{pcap}\n\n"


def document(mode: str, sdp: str, created: float, packets: int) -> str:
    """An SDP that went out (``mode`` is offer or answer) before packet number ``packets`` + 1 of the file."""
    return (
        f"\nTimestamp started ms: {_millis(created)}\nSDP mode: {mode}\nSDP before RTP packet: {packets + 1}\n\n{sdp}"
    )


def paused(when: float) -> str:
    return f"\nRecording paused at: {_moment(when)} ({_millis(when)} ms)\n"


def resumed(when: float) -> str:
    return f"\nRecording resumed at: {_moment(when)} ({_millis(when)} ms)\n"


def end(created: float, when: float, *, call_ended: bool, metadata: str | None) -> str:
    """The last lines; ``metadata`` is what the proxy has said of the call."""
    terminated = _millis(when) if call_ended else "0.000"
    times = f"call start time: {_moment(created)}\ncall end time: {_moment(when)}\n"
    return f"\nTimestamp terminated ms(first monologue): {terminated}\n\n{times}" + (
        f"\n\n{metadata}\n" if metadata else "\n"
    )


def _millis(when: float) -> str:
    return f"{when * 1000:.3f}"


def _moment(when: float) -> str:
    return datetime.fromtimestamp(when).strftime("%Y-%m-%dT%H:%M:%S")
