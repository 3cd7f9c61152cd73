"""What is written when a call is over: the lines of the log, and the record for billing."""

import logging

from rtpng.calls import cdr
from rtpng.calls.expiry import Reason
from rtpng.calls.farewell import Farewell
from rtpng.calls.model import Call
from rtpng.log import CALL_RECORDS, call_logger

_records = logging.getLogger(CALL_RECORDS)


def say(call: Call, farewell: Farewell, reason: Reason) -> None:
    """To the log, if it is to have such lines; a record if somebody asked for them (``--log-facility-cdr``)."""
    log = call_logger(call.call_id)
    for line in farewell.lines(call) if log.isEnabledFor(logging.INFO) else ():
        log.info("%s", line)
    if _records.isEnabledFor(logging.INFO):
        _records.info("%s", cdr.record(call, farewell, reason))
