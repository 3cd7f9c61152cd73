"""The barrier of one call."""

from collections.abc import Callable

from rtpng.calls.model import Call
from rtpng.log import call_logger


def guarded(call: Call, action: Callable[[Call], None]) -> bool:
    """Does what nobody waits for the outcome of; whether it worked. An error of ours in it harms no other call."""
    try:
        action(call)
    except Exception:  # noqa: BLE001 - our bug in one call must not end the daemon
        call_logger(call.call_id).exception("Internal error")
        return False
    return True
