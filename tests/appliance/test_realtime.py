"""Real-time priority for one thread, where it is allowed."""

from __future__ import annotations

import errno
import os
import threading

from appliance import realtime


def test_only_the_calling_thread_is_raised(monkeypatch):
    asked = []
    monkeypatch.setattr(os, "sched_setscheduler", lambda *arguments: asked.append(arguments))
    assert realtime.take_priority()
    ((who, policy, param),) = asked
    assert who == 0  # the calling thread, as sched_setscheduler(2) reads it
    assert policy == os.SCHED_FIFO
    assert param.sched_priority == 10


def test_refusal_is_said_and_borne(monkeypatch, caplog):
    def refuse(*arguments):
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "sched_setscheduler", refuse)
    with caplog.at_level("INFO"):
        assert not realtime.take_priority()
    assert "Operation not permitted" in caplog.text


def test_other_threads_keep_their_policy():
    seen = []

    def worker():
        realtime.take_priority(1)
        seen.append(True)

    before = os.sched_getscheduler(0)
    thread = threading.Thread(target=worker)
    thread.start()
    thread.join()
    assert seen == [True]
    assert os.sched_getscheduler(0) == before
