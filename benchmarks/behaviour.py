"""What is measured of bpgui alone: two trainings at once, a busy main thread, long runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from threading import Event, Thread
from time import perf_counter, sleep

import numpy as np

import bpgui
from harness import Goal
from peers.with_bpgui import trainer_of
from task import Task
from workloads import article, digits, spirals

MILLION = 1_000_000


@dataclass(frozen=True)
class Behaviour:
    """``measure(seconds)`` gives the speeds of one round, in updates a second; ``goals`` compare them."""

    name: str
    summary: str
    measure: Callable[[float], dict[str, float]]
    goals: tuple[Goal, ...]


def together(task: Callable[[], Task], seconds: float) -> dict[str, float]:
    """Train alone, then in two threads at once."""
    return {"one thread": speed_of([task()], seconds), "two threads": speed_of([task(), task()], seconds)}


def speed_of(tasks: list[Task], seconds: float) -> float:
    """Return the updates a second of all trainings over one window in which each of them runs."""
    trainers = [trainer_of(task) for task in tasks]
    diaries: list[list[tuple[float, int]]] = [[] for _ in tasks]
    over = Event()
    pairs = zip(trainers, diaries, strict=True)
    threads = [Thread(target=keep_diary, args=(trainer, diary, over)) for trainer, diary in pairs]
    for thread in threads:
        thread.start()
    sleep(seconds / 4)
    begin = perf_counter()
    sleep(seconds)
    end = perf_counter()
    over.set()
    for thread in threads:
        thread.join()
    done = 0.0
    for diary in diaries:
        times, updates = np.array(diary).T
        at_begin, at_end = np.interp([begin, end], times, updates)
        done += at_end - at_begin
    return done / (end - begin)


def keep_diary(trainer: bpgui.Trainer, diary: list[tuple[float, int]], over: Event) -> None:
    """Train and note after each part when it was and how many updates were done, until a part begins after the end."""
    while not over.is_set():
        trainer.run(seconds=0.05)
        diary.append((perf_counter(), trainer.update))


def beside_python(seconds: float) -> dict[str, float]:
    """Train in a thread while the main thread sleeps, then while it computes in plain Python."""
    return {"main thread idle": worker_speed(seconds, busy=False), "main thread busy": worker_speed(seconds, busy=True)}


def worker_speed(seconds: float, busy: bool) -> float:
    """Return the updates a second of one call in a thread of its own."""
    trainer, over, speeds = trainer_of(article()), Event(), []

    def work() -> None:
        begin = perf_counter()
        trainer.run(seconds=seconds)
        speeds.append(trainer.update / (perf_counter() - begin))
        over.set()

    thread = Thread(target=work)
    thread.start()
    while busy and not over.is_set():
        sum(number * number for number in range(1000))
    thread.join()
    return speeds[0]


def long_run(_seconds: float) -> dict[str, float]:
    """Time the first and the last part of a long run of the article's network.

    The first trainer warms clock and caches up; the timed parts begin a few epochs late, where memory is mapped.
    """
    trainer_of(article()).run(epochs=MILLION // 5)
    trainer = trainer_of(article())
    trainer.run(epochs=MILLION // 20)
    first = part_of(trainer)
    trainer.run(epochs=MILLION - trainer.epoch)
    return {"first epochs": first, "after a million": part_of(trainer)}


def part_of(trainer: bpgui.Trainer) -> float:
    """Return the updates a second of the next fifth of a million epochs."""
    begin, before = perf_counter(), trainer.update
    trainer.run(epochs=MILLION // 5)
    return (trainer.update - before) / (perf_counter() - begin)


TOGETHER = {"W1": article, "W2": spirals, "W3": partial(digits, "sgd", "float64")}

BEHAVIOURS = (
    *(
        Behaviour(
            f"T2-{name}",
            f"two trainings of {name} in two threads",
            partial(together, task),
            (Goal(("one thread",), 1.8, 1.95, "two threads"),),
        )
        for name, task in TOGETHER.items()
    ),
    Behaviour(
        "GIL",
        "the article's network in a thread, plain Python in the main one",
        beside_python,
        (Goal(("main thread idle",), 0.85, 0.95, "main thread busy"),),
    ),
    Behaviour(
        "FLAT",
        "the article's network over more than a million epochs",
        long_run,
        (Goal(("first epochs",), 0.95, of="after a million"),),
    ),
)
