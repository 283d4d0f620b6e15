"""install.sh really run over this system, in an overlay that is thrown away."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("chroot.sh")
CHECKS = 21
"""Lines that a whole run writes: fewer means that it stopped in between."""


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_install_upgrade_uninstall_and_purge():
    answer = subprocess.run([SCRIPT], capture_output=True, text=True, check=False)
    lines = answer.stdout.splitlines()
    if lines and lines[-1].startswith("skipped: "):
        pytest.skip(lines[-1])
    assert [line for line in lines if not line.startswith("ok ")] == [], answer.stderr
    assert len(lines) == CHECKS
    assert answer.returncode == 0
