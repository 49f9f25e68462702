"""Signals that end a command end it as Ctrl-C does, so that what is half written is removed."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

ENDING = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))


@contextmanager
def ended_like_ctrl_c() -> Iterator[list[int]]:
    """Turn SIGTERM and SIGHUP into SIGINT, which raises KeyboardInterrupt, and which polars stops for.

    Python runs the handler of a signal when the main thread comes back from compiled code, which may take minutes. The
    number of the signal comes through a pipe at once, to a thread that sends the SIGINT. A signal that is ignored, as
    SIGHUP under nohup, stays so.

    Yields:
        The numbers of the signals that came, in order.
    """
    came: list[int] = []
    if threading.current_thread() is not threading.main_thread():  # only there are handlers set
        yield came
        return
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    handlers = {number: signal.getsignal(number) for number in ENDING}
    handlers = {number: handler for number, handler in handlers.items() if handler == signal.SIG_DFL}
    for number in handlers:
        signal.signal(number, lambda *_: None)
    wakeup = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    thread = threading.Thread(target=_pass_on, args=(reading, set(handlers), came), daemon=True)
    thread.start()
    try:
        yield came
    finally:
        signal.set_wakeup_fd(wakeup)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        os.close(writing)  # which ends the thread
        thread.join()
        os.close(reading)


def _pass_on(reading: int, numbers: set[int], came: list[int]) -> None:
    while byte := os.read(reading, 1):
        if byte[0] in numbers:
            came.append(byte[0])
            os.kill(os.getpid(), signal.SIGINT)
