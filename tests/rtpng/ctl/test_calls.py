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


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("terminate one", "\nCall Id (one) successfully terminated by operator.\n\n"),
        ("call one terminate", "\nCall 'one' terminated.\n\n"),
    ],
)
def test_terminate_one(busy: Operator, line: str, answer: str) -> None:
    assert busy.ask(line) == answer
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
        ("call one", "Incomplete command: \n"),
        ("call one dance now", "Unknown command: dance\n"),
        ("call one tag", "More parameters required.\n"),
        ("call one tag alice", "Incomplete command: \n"),
        ("call one tag alice dance", "Unknown command: dance\n"),
        ("call one tag nosuch", "No such tag 'nosuch'\n"),
        ("debug", "No call ID specified\n"),
        ("debug one", "Enabled debugging for call 'one'\n"),
        ("debug one on", "Enabled debugging for call 'one'\n"),
        ("debug one off", "Disabled debugging for call 'one'\n"),
        ("debug one foo", "Invalid on/off flag ('foo') specified\n"),
        ("call one debug", "Enabled debugging for call 'one'\n"),
        ("call one debug off", "Disabled debugging for call 'one'\n"),
        ("active", "Ok, all calls set to 'owned (active)'\n"),
        ("standby", "rtpng shares its calls with no other relay: they stay 'owned (active)'\n"),
    ],
)
def test_answers(busy: Operator, line: str, answer: str) -> None:
    assert busy.ask(line) == answer
    assert len(busy.relay.engine.calls) == 3
