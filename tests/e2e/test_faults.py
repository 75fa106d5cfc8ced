"""The fault matrix: each changing call of an apply and of a change, and each read of a change, with each way in which a call
goes wrong. What is sent again converges, several in one run. A change of which nobody knows what became of it, or that is
denied, is got over or undone: then boto3 finds what it found before. In full by `make check-faults`, a sample otherwise."""
from __future__ import annotations

from typing import Any

import pytest
from attempts import Base, attempt_all
from conftest import Drplan, Emulator, Result
from faultstage import READS, forget_faults, mutating
from twoversions import Versions, text, versions  # noqa: F401 - a fixture

Rule = dict[str, Any]
Case = tuple[str, list[Rule]]
CHANGE = ("-auto-approve", "--allow-data-loss", "--on-failure=rollback", "--rollback-scope=run")
AGAIN: dict[str, Rule] = {"throttle": {"kind": "throttle"}, "latency": {"kind": "latency_ms", "latency_ms": 300}}
UNSURE: dict[str, Rule] = {
    "500": {"kind": "500"}, "drop-before": {"kind": "drop-before"}, "drop-after": {"kind": "drop-after"}, "malformed": {"kind": "malformed-body"},
    "denied": {"kind": "error-code", "code": "AccessDenied", "message": "not today", "status": 403}}
#: a run is struck at every so-manieth of its calls, so that what one costs is over before the next
APART = 8


def together(rules: list[Rule]) -> list[list[Rule]]:
    return [rules[i::APART] for i in range(min(APART, len(rules)))]


def cases(calls: int, asked: list[str]) -> list[Case]:
    """Every call is struck in every way; which ones in one run. A call that was struck is made again and counted again."""
    changing: list[Rule] = [{"mutating": True, "nth": nth, "times": 1} for nth in range(1, calls * APART // (APART - 1) + APART)]
    reading: list[Rule] = [{"operation": name, "nth": 1, "times": 1} for name in asked]
    passing = [way for way in UNSURE if way != "denied"]
    return ([(way, rules) for way in AGAIN for rules in together(changing) + together(reading)] + [(way, rules) for way in passing for rules in together(reading)] +
            [(way, [rule]) for way in UNSURE for rule in changing[:calls]] + [("denied", [rule]) for rule in reading])


def reads(aws: Emulator, since: int) -> list[str]:
    return sorted({e["operation"] for e in aws.log(since) if e["operation"].startswith(READS)})


def run_with(drplan: Drplan, aws: Emulator, path: str, way: str, rules: list[Rule]) -> Result:
    aws.control("POST", "faults", [(AGAIN | UNSURE)[way] | rule for rule in rules])
    got = drplan.run("apply", path, *CHANGE, code=None)
    forget_faults(aws)
    assert got.code in ((0, 1, 3) if way in UNSURE and len(rules) == 1 else (0,)), got.text
    return got


def test_apply(versions: Versions, drplan: Drplan, aws: Emulator, request: pytest.FixtureRequest) -> None:
    """Of what is not there yet."""
    base = Base(drplan, aws)
    with base.copy() as (one, world):
        mark = world.mark()
        one.apply(versions.older)
        calls, want = len(mutating(world, mark)), versions.numbers(world)
        versions.kinds = set(want)

    def attempt(drplan: Drplan, aws: Emulator, way: str, rules: list[Rule]) -> None:
        got = run_with(drplan, aws, versions.older, way, rules)
        if got.code:
            assert "undone" in got.out, got.text
            versions.gone(drplan, aws)
            return
        drplan.clean(versions.older)
        versions.same(aws, want)
    attempt_all(request, base, cases(calls, []), attempt)


def test_change(versions: Versions, drplan: Drplan, aws: Emulator, request: pytest.FixtureRequest) -> None:
    """With updates and replacements: of a stack that ran in an older version."""
    drplan.apply(versions.older)
    versions.kinds = set(versions.numbers(aws))
    before = text(versions.found(aws, stable=True))
    base = Base(drplan, aws)
    with base.copy() as (one, world):
        mark = world.mark()
        one.apply(versions.newer)
        calls, asked, want = len(mutating(world, mark)), reads(world, mark), versions.numbers(world)

    def attempt(drplan: Drplan, aws: Emulator, way: str, rules: list[Rule]) -> None:
        got = run_with(drplan, aws, versions.newer, way, rules)
        if got.code:
            assert text(versions.found(aws, stable=True)) == before, got.text
            drplan.clean(versions.older)
            return
        drplan.clean(versions.newer)
        versions.same(aws, want)
    attempt_all(request, base, cases(calls, asked), attempt)
