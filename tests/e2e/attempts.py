"""Many attempts from one world: each gets a copy of the emulator and of the working folder, so that what is staged once
serves for all of them, none sees what another did, and as many go on beside each other as there are processors."""
from __future__ import annotations

import http.client
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any

import pytest

from conftest import Drplan, Emulator
from faultstage import part, sample

Attempt = Callable[..., None]
JOBS = int(os.environ.get("FAULT_JOBS", 0)) or os.cpu_count() or 1


class Copy(Emulator):
    """A copy of an emulator with all that it holds, at a port of its own."""

    def __init__(self, original: Emulator, port: int) -> None:
        self.port = original.control("POST", "copy", {"port": port})["port"]
        self.url, self.clients = f"http://127.0.0.1:{self.port}", {}

    def stop(self) -> None:
        try:
            self.control("POST", "stop")
        except (OSError, http.client.HTTPException):
            pass      # it ended without an answer


class Base:
    """A world as it stands."""

    def __init__(self, drplan: Drplan, aws: Emulator) -> None:
        self.drplan, self.aws = drplan, aws
        self.ports: SimpleQueue[int] = SimpleQueue()
        self.copies = 0
        for _ in range(JOBS):
            self.ports.put(0)

    @contextmanager
    def copy(self) -> Iterator[tuple[Drplan, Copy]]:
        port = self.ports.get()      # one that was used knows the clients of the one before
        self.copies += 1
        folder = self.drplan.folder.with_name(f"copy-{self.copies}-{port}")
        try:
            aws = Copy(self.aws, port)
            port = aws.port
            try:
                shutil.copytree(self.drplan.folder, folder)
                yield self.drplan.moved(folder, aws.url), aws
                assert not (bad := aws.violations()), bad
            finally:
                aws.stop()
                shutil.rmtree(folder, ignore_errors=True)
        finally:
            self.ports.put(port)


def attempt_all(request: pytest.FixtureRequest, base: Base, cases: Iterable[Any], attempt: Attempt, n: int = 1) -> None:
    """Each case with a copy of its own, or n of them by FAULT_SEED; all failures are shown, and how many there were."""
    everything = list(cases)
    chosen = part(sample(everything, n))

    def one(case: Any) -> str:
        try:
            with base.copy() as (drplan, aws):
                attempt(drplan, aws, *case)
        except Exception as exc:      # noqa: BLE001 - it is shown, and the test fails
            said = str(exc)
            return f"--- {case}\n{type(exc).__name__}: {said[:500]}\n...\n{said[-3000:]}"
        return ""

    with ThreadPoolExecutor(JOBS) as pool:
        failures = [text for text in pool.map(one, chosen) if text]
    request.node.user_properties.append(("cases", (len(chosen), len(everything), len(failures))))
    assert not failures, f"{len(failures)} of {len(chosen)} cases failed\n" + "\n".join(failures)[:20000]
