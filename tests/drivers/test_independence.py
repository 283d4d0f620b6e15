"""The simulated chips know nothing of the drivers that are tested on them."""

import ast
from pathlib import Path

import pytest

import drivers.simulated

FOLDER = Path(drivers.simulated.__file__).parent
CHIPS = ("lsm6dso", "lsm6dso_fifo", "lsm6dso_registers", "lsm6dso_events", "mpu6050", "ads1115")


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("chip", CHIPS)
def test_a_simulated_chip_shares_no_code_with_a_driver(chip):
    ours = [name for name in imported(FOLDER / f"{chip}.py") if name.startswith("drivers.")]
    assert [name for name in ours if not name.startswith("drivers.simulated.")] == []


def test_only_the_kernel_and_the_rig_know_the_bus():
    """The shim is given to the shipped `open_bus`; nothing else of the drivers is used."""
    users = {
        (path.name, name)
        for path in FOLDER.glob("*.py")
        for name in imported(path)
        if name.startswith("drivers.") and not name.startswith("drivers.simulated.")
    }
    assert {name.split(".")[1] for _, name in users} == {"bus"}
    assert {file for file, _ in users} <= {"kernel.py", "rig.py"}
