"""What is kept of a receiver's reports, and how it is told."""

from rtpng.quality.history import KEPT, History, Sample
from rtpng.quality.telling import entry, lines


def sample(when: float, mos: float | None = 4.0, loss: float = 1.0) -> Sample:
    return Sample(when, mos, 50.0 if mos else None, 20.0, 5.0, loss)


def history(*samples: Sample) -> History:
    made = History()
    for each in samples:
        made.add(each)
    return made


def test_reports_that_follow_at_once_are_not_kept() -> None:
    assert [each.when for each in history(sample(1), sample(1.9), sample(2), sample(2.5)).samples] == [1, 2]


def test_best_worst_and_average_are_of_what_has_a_score() -> None:
    made = history(sample(1, None, 50), sample(2, 4.0, 1), sample(3, 3.0, 4), sample(4, 3.5, 1))
    assert (made.lowest, made.highest) == (sample(3, 3.0, 4), sample(2, 4.0, 1))
    assert made.average == (3.5, 50.0, 20.0, 5.0, 2.0, 3)


def test_without_a_score_only_the_loss_is_told() -> None:
    made = history(sample(1, None))
    made.lost = 7
    assert entry(made, lambda when: when) == {"cumulative loss": 7}
    assert list(lines(0xA, made, 0.0)) == []


def test_the_course_has_about_ten_steps() -> None:
    made = history(*(sample(100 + second) for second in range(61)))
    told = entry(made, lambda when: when + 1000)["MOS progression"]
    assert told["interval"] == 6
    assert [each["reported at"] for each in told["entries"]] == [1100 + 6 * step for step in range(11)]


def test_a_day_of_reports_takes_bounded_room() -> None:
    made = history(*(sample(float(second)) for second in range(0, 86400, 5)))
    assert len(made.samples) <= KEPT
    assert made.samples[0].when == 0
    assert 9 <= len(list(made.course())) <= 11


def test_the_lines_of_the_log_are_those_of_rtpengine() -> None:
    made = history(
        Sample(1, 4.39, 29.4, 19.7, 0, 0),
        Sample(2.2, 2.57, 75.0, 49.3, 20, 10.2),
        Sample(3.4, 4.5, 148.9, 99.4, 10, 50),
    )
    made.lost = 3
    assert list(lines(0xA0000001, made, 0.4)) == [
        "--- SSRC a0000001",
        "------ Average MOS 3.8, lowest MOS 2.5 (at 0:01), highest MOS 4.5 (at 0:03) lost:3",
        "------ respective (avg/min/max) jitter 10/20/10 ms, RTT-e2e 84.4/75.0/148.9 ms, "
        "RTT-dsct 56.1/49.3/99.4 ms, packet loss 20/10/50%",
    ]
