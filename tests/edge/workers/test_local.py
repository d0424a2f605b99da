"""Do local processes keep the promise of the `Workers` port?"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from wattloom.domain.errors import Infeasible, InputError, Problem, WattloomError
from wattloom.domain.ports import OneByOne
from wattloom.edge.workers import LocalProcesses

LATE = Problem(where="third.yaml:3 site", found="nothing", expected="a place", remedy="add it", line=3)


def slower_when_smaller(number: int) -> tuple[int, int]:
    """The square, the first tasks last, and who did it."""
    time.sleep(0.05 * (4 - number))
    return number * number, os.getpid()


def refusing_three(number: int) -> int:
    """The number itself, but for three."""
    if number == 3:
        raise InputError([LATE])
    return number


def how_it_takes_interrupts(_: int) -> bool:
    """Whether Ctrl-C, which reaches all processes of a terminal, is left to the caller."""
    return signal.getsignal(signal.SIGINT) is signal.SIG_IGN


@pytest.fixture(scope="module")
def two() -> LocalProcesses:
    """Two processes, started once for all tests of this file."""
    return LocalProcesses(2)


@pytest.fixture(scope="module", autouse=True)
def stopped(two: LocalProcesses) -> object:
    with two:
        yield


def test_answers_come_in_the_order_of_the_tasks_whoever_is_ready_first(two: LocalProcesses) -> None:
    answers = list(two.map(slower_when_smaller, range(4)))

    assert [square for square, _ in answers] == [0, 1, 4, 9]
    assert os.getpid() not in {who for _, who in answers}


def test_a_single_task_is_done_by_the_caller(two: LocalProcesses) -> None:
    assert list(two.map(slower_when_smaller, [4])) == [(16, os.getpid())]


def test_one_process_means_the_caller() -> None:
    answers = list(LocalProcesses(1).map(slower_when_smaller, [3, 4]))

    assert answers == [(9, os.getpid()), (16, os.getpid())]


def test_nothing_to_do_gives_no_answer(two: LocalProcesses) -> None:
    assert list(two.map(refusing_three, [])) == []


def test_workers_leave_interrupts_to_the_caller(two: LocalProcesses) -> None:
    assert all(two.map(how_it_takes_interrupts, range(2)))


def test_an_error_of_a_task_is_raised_with_what_it_carries() -> None:
    with LocalProcesses(2) as hands:
        answers = hands.map(refusing_three, [1, 2, 3, 4])

        assert [next(answers), next(answers)] == [1, 2]
        with pytest.raises(InputError, match="add it") as raised:
            list(answers)

    assert list(raised.value.problems) == [LATE]


def test_hands_may_be_used_again_after_an_error() -> None:
    with LocalProcesses(2) as hands:
        with pytest.raises(InputError):
            list(hands.map(refusing_three, [3, 1]))

        assert list(hands.map(refusing_three, [4, 5])) == [4, 5]


INTERRUPTED = """
import linopy, os, signal, threading, time
from wattloom.edge.workers import LocalProcesses

def main():
    signal.signal(signal.SIGINT, signal.default_int_handler)  # What runs in a shell's background ignores it.
    threading.Timer(3.0, os.kill, (os.getpid(), signal.SIGINT)).start()
    try:
        with LocalProcesses(2) as hands:
            list(hands.map(time.sleep, [60.0, 60.0, 60.0]))
    except KeyboardInterrupt:
        print("stopped")

if __name__ == "__main__":
    main()
"""


def test_ctrl_c_gives_up_work_in_progress_whatever_libraries_are_loaded(tmp_path: Path) -> None:
    """Linopy loads polars, which catches Ctrl-C in its own way. In a process of its own: it would end the test run."""
    script = tmp_path / "interrupted.py"
    script.write_text(INTERRUPTED, encoding="utf-8")

    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=45, check=False)

    assert done.stdout.strip() == "stopped", done.stderr


def test_a_process_for_each_core_that_this_process_may_use() -> None:
    assert LocalProcesses().count == len(os.sched_getaffinity(0))


def infeasible_at_two(number: int) -> int | Infeasible:
    """A refusal as a value, so that the others go on."""
    return Infeasible("no plan") if number == 2 else number


@pytest.mark.parametrize("hands", [LocalProcesses(1), OneByOne()], ids=["processes", "one by one"])
def test_every_pair_of_hands_gives_the_same(hands: LocalProcesses | OneByOne) -> None:
    answers = list(hands.map(infeasible_at_two, [1, 2, 3]))

    assert answers[0::2] == [1, 3]
    assert str(answers[1]) == "no plan"


def ended_from_outside(_: int) -> None:
    """As the system does with a process that takes too much memory."""
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_worker_that_is_ended_from_outside_is_told_in_words() -> None:
    with LocalProcesses(2) as hands, pytest.raises(WattloomError, match="use fewer with --workers 1"):
        list(hands.map(ended_from_outside, [1, 2]))
