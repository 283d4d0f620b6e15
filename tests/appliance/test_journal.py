"""Log lines as the journal and as a terminal get them."""

from __future__ import annotations

import io
import logging
import os
import subprocess
import sys

import pytest

from appliance.journal import JournalFormatter, is_journal


@pytest.mark.parametrize(
    ("level", "priority"),
    [("DEBUG", 7), ("INFO", 6), ("WARNING", 4), ("ERROR", 3), ("CRITICAL", 2)],
)
def test_levels_become_priorities_on_every_line(level, priority):
    number = logging.getLevelName(level)
    record = logging.LogRecord("plms", number, "file", 1, "one\ntwo", None, None)
    assert JournalFormatter("%(name)s: %(message)s").format(record) == (
        f"<{priority}>plms: one\n<{priority}>two"
    )


def test_only_the_named_stream_is_the_journal(tmp_path):
    with (tmp_path / "stream").open("w") as stream:
        here = os.fstat(stream.fileno())
        name = f"{here.st_dev}:{here.st_ino}"
        assert is_journal({"JOURNAL_STREAM": name}, stream)
        assert not is_journal({"JOURNAL_STREAM": "1:2"}, stream)
        assert not is_journal({}, stream)
    assert not is_journal({"JOURNAL_STREAM": name}, io.StringIO())


@pytest.mark.parametrize(("journal", "line"), [(True, "<4>plms: late"), (False, "WARNING late")])
def test_a_program_says_it_in_the_reader_s_way(tmp_path, journal, line):
    script = (
        "import os, sys\n"
        "if sys.argv[1] == 'journal':\n"
        "    s = os.fstat(2); os.environ['JOURNAL_STREAM'] = f'{s.st_dev}:{s.st_ino}'\n"
        "from appliance.journal import configure_logging\n"
        "configure_logging()\n"
        "import logging; logging.getLogger('plms').warning('late')\n"
        "logging.getLogger('plms').debug('unheard')\n"
    )
    with (tmp_path / "err").open("w") as stream:
        subprocess.run(
            [sys.executable, "-c", script, "journal" if journal else "terminal"],
            stderr=stream,
            check=True,
        )
    assert (tmp_path / "err").read_text() == f"{line}\n"
