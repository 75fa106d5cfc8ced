"""Copies of a running emulator with all that it holds: a process of its own on a port of its own, by fork.

A test that wants to begin many times from the same world makes it once and lets each attempt have a copy, which costs some
milliseconds; several can run beside each other. Nothing must be under way when a copy is made. A copy ends when it is told
(POST /_emu/stop), or when the emulator that it was made of ends.
"""
from __future__ import annotations

import gc
import os
import threading
from collections.abc import Callable
from typing import Any

MakeServer = Callable[[int], Any]
#: Its other end closes when this process ends, which ends the copies.
alive: tuple[int, int] | None = None


def end_with_the_original(pipe: int) -> None:
    os.read(pipe, 1)
    os._exit(0)


def serve(make: MakeServer, port: int, ready: int, original: int) -> None:
    """The copy's life; its only thread is the one that made it."""
    global alive
    alive = None
    keep = sorted({0, 1, 2, ready, original})
    for low, high in zip(keep, [*keep[1:], 1 << 16]):
        os.closerange(low + 1, high)       # the original's connections, its log, its listening socket
    server = make(port)
    os.write(ready, str(server.server_address[1]).encode())
    os.close(ready)
    threading.Thread(target=end_with_the_original, args=(original,), daemon=True).start()
    server.serve_forever()


def copy(make: MakeServer, port: int = 0) -> int:
    """Make a copy; its port. make gives a server of the application that listens there."""
    global alive
    alive = alive or os.pipe()
    receive, ready = os.pipe()
    gc.freeze()     # what is here already is not touched by the copy's collections
    child = os.fork()
    if child == 0:
        try:
            if os.fork() == 0:
                serve(make, port, ready, alive[0])
        finally:
            os._exit(0)
    gc.unfreeze()
    os.waitpid(child, 0)
    os.close(ready)
    with os.fdopen(receive) as answer:
        text = answer.read()
    if not text:
        raise OSError(f"a copy could not listen at port {port}")
    return int(text)
