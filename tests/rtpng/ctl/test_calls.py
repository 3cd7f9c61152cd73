import pytest

from rtpng.calls.expiry import Reason
from tests.rtpng.ctl.operator import Operator
from tests.rtpng.harness import BOB, audio, sdp


@pytest.fixture
def busy(ops: Operator) -> Operator:
    for call_id in ("one", "two", "three"):
        ops.relay.offer(sdp(audio()), call_id=call_id)
        ops.relay.answer(sdp(audio(), host=BOB), call_id=call_id)
    return ops


@pytest.mark.parametrize("line", ["terminate one", "call one terminate"])
def test_terminate_one(busy: Operator, line: str) -> None:
    assert busy.ask(line) == "\nCall Id (one) successfully terminated by operator.\n\n"
    assert [call.call_id for call in busy.relay.engine.calls] == ["two", "three"]
    assert busy.relay.engine.statistics.ended[Reason.FORCED] == 1


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("terminate all", "All calls terminated by operator.\n"),
        ("terminate own", "All own calls terminated by operator.\n"),
    ],
)
def test_terminate_all(busy: Operator, line: str, answer: str) -> None:
    assert busy.ask(line) == answer
    assert busy.relay.is_empty()


def test_no_call_is_foreign(busy: Operator) -> None:
    assert busy.ask("terminate foreign") == "All foreign calls terminated by operator.\n"
    assert len(busy.relay.engine.calls) == 3


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("terminate nosuch", "\nCall Id not found (nosuch).\n\n"),
        ("terminate a\x1bb", "\nCall Id not found (a\\x1bb).\n\n"),
        ("debug nosuch", "Call ID 'nosuch' not found\n"),
        ("call nosuch info", "No such call 'nosuch'\n"),
        ("call one", "Incomplete command: one\n"),
        ("call one dance now", "Unknown command: dance now\n"),
        ("call one tag", "Incomplete command: tag\n"),
        ("call one tag nosuch", "No such tag 'nosuch'\n"),
        ("debug one on", "Nothing is hidden: whatever rtpng logs of a call is logged at level 6\n"),
        ("call one debug", "Nothing is hidden: whatever rtpng logs of a call is logged at level 6\n"),
    ],
)
def test_answers(busy: Operator, line: str, answer: str) -> None:
    assert busy.ask(line) == answer
    assert len(busy.relay.engine.calls) == 3
