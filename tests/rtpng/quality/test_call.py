"""From reports to samples: who heard whom how well, and how far away they are."""

import pytest

from rtpng.quality.book import QualityBook
from rtpng.quality.call import MAX_SOURCES, CallQuality
from sipcore.rtcp import Block, Compound, Report, SenderInfo

A, B = 0xA, 0xB


def sent(ssrc: int, middle: int) -> Report:
    return Report(ssrc, (), SenderInfo(middle >> 16, (middle & 0xFFFF) << 16, 0, 0, 0))


def heard(ssrc: int, about: int, *, fraction: int = 0, jitter: int = 0, lsr: int = 0, dlsr: int = 65536) -> Report:
    return Report(ssrc, (Block(about, fraction, 3, 1000, jitter, lsr, dlsr),))


def rate(_ssrc: int) -> int:
    return 8000


def conversation(call: CallQuality) -> None:
    """Both send at 10; who hears A is 20 ms away, who hears B 30 ms, and waits a second before it says so."""
    call.hear(sent(A, 0x10001), rate, 10.0)
    call.hear(sent(B, 0x20002), rate, 10.0)
    call.hear(heard(B, A, lsr=0x10001), rate, 11.02)
    call.hear(heard(A, B, fraction=26, jitter=160, lsr=0x20002), rate, 11.03)


def test_round_trips_of_both_legs_make_that_of_the_call() -> None:
    call = CallQuality()
    conversation(call)
    (first,), (second,) = call.histories[B].samples, call.histories[A].samples
    assert (first.round_trip, first.mos) == (None, None)
    assert [first.leg, second.leg, second.round_trip] == [pytest.approx(20), pytest.approx(30), pytest.approx(50)]
    assert (second.jitter, second.loss) == (20, 10.15625)
    assert int((second.mos or 0) * 10) == 25
    assert call.histories[A].lost == 3


def test_how_it_sounds_is_known_without_round_trips() -> None:
    call = CallQuality(listening=True)
    call.hear(heard(A, B, fraction=26), rate, 1.0)
    (sample,) = call.histories[A].samples
    assert int((sample.mos or 0) * 10) == 26
    assert sample.leg is None


@pytest.mark.parametrize("lsr", [0, 0x99999])
def test_a_report_without_a_known_sender_report_tells_loss_and_jitter(lsr: int) -> None:
    call = CallQuality()
    call.hear(sent(B, 0x20002), rate, 10.0)
    call.hear(heard(A, B, fraction=64, lsr=lsr), rate, 11.0)
    (sample,) = call.histories[A].samples
    assert (sample.loss, sample.leg, sample.mos) == (25.0, None, None)


def test_a_clock_that_runs_fast_makes_no_negative_time() -> None:
    call = CallQuality()
    call.hear(sent(B, 0x20002), rate, 10.0)
    call.hear(heard(A, B, lsr=0x20002, dlsr=2 * 65536), rate, 11.0)
    assert call.histories[A].samples[0].leg == 0


def test_whoever_makes_up_ssrcs_takes_bounded_room() -> None:
    call = CallQuality()
    for ssrc in range(1000):
        call.hear(heard(ssrc, ssrc + 1000), rate, 1.0)
    assert len(call.sources) == MAX_SOURCES


def test_the_book_adds_up_all_calls_and_forgets_those_that_end() -> None:
    book = QualityBook()
    for call_id in ("one", "two"):
        book.hear(call_id, "203.0.113.1", Compound((heard(A, B, fraction=64, jitter=80),), ()), rate, 1.0)
    for totals in (book.totals, book.by_host["203.0.113.1"]):
        assert (totals.packetloss.samples, totals.packetloss.total, totals.packetloss.squares) == (2, 50, 1250)
        assert (totals.jitter.average, totals.jitter.deviation) == (10, 0)
        assert totals.mos.samples == totals.rtt_e2e.samples == 0
    book.merge("one", "two")
    assert A in book.of("one").histories
    assert not book.of("two").histories
    assert A in book.forget("one").histories
    assert not book.of("one").histories
    assert book.totals.packetloss.samples == 2
