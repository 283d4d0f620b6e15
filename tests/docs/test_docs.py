"""What the papers say exists: files, commands, options, configuration keys, make targets."""

from __future__ import annotations

import importlib
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import click
import pytest

from appliance.cli import COMMANDS
from appliance.config import Config

ROOT = Path(__file__).resolve().parents[2]
PAPERS = sorted(
    [ROOT / "README.md", *(p for p in (ROOT / "docs").rglob("*.md") if "adr" not in p.parts)]
)
IMAGES = sorted((ROOT / "docs").rglob("*.svg"))
FENCE = re.compile(r"^```.*?$(.*?)^```", re.DOTALL | re.MULTILINE)
CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def name_of(paper):
    return str(paper.relative_to(ROOT))


papers = pytest.mark.parametrize("paper", PAPERS, ids=name_of)


def code_in(text):
    """Return all code: lines of fenced blocks, and spans."""
    blocks = FENCE.findall(text)
    spans = CODE.findall(FENCE.sub("", text))
    return [line.strip() for block in blocks for line in block.splitlines()] + spans


def anchors_in(paper):
    """Return the anchors of a paper's headings, as the usual renderers make them."""
    headings = re.findall(r"^#+ (.*)$", FENCE.sub("", paper.read_text()), re.MULTILINE)
    return {
        re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings
    }


def options_of(command, words):
    """Follow subcommands; return the options that the last one takes."""
    context = click.Context(command)
    for word in words:
        if isinstance(command, click.Group) and word in command.commands:
            command = command.commands[word]
    known = {"--help", "-h"}
    for parameter in command.get_params(context):
        known |= {*parameter.opts, *parameter.secondary_opts}
    return known


@papers
def test_links_lead_somewhere(paper):
    broken = []
    for target in LINK.findall(FENCE.sub("", paper.read_text())):
        if re.match(r"(https?|mailto):", target):
            continue
        path, _, anchor = target.partition("#")
        file = (paper.parent / path).resolve() if path else paper
        if not file.exists() or (anchor and anchor not in anchors_in(file)):
            broken.append(target)
    assert broken == []


@papers
def test_commands_and_their_options_exist(paper):
    wrong = []
    for line in code_in(paper.read_text()):
        found = re.search(r"(?:^|[\s/])plms ([a-z][a-z-]+)((?: [^|;&#]*)?)", line)
        if found is None or found[1] in ("record/", "bedside"):
            continue
        name, rest = found[1], found[2]
        if name not in COMMANDS:
            wrong.append(line)
            continue
        module = importlib.import_module(f"appliance.cli.{name.replace('-', '_')}")
        options = set(re.findall(r"(?<!\S)(--[a-z-]+)", rest))
        if options - options_of(module.command, rest.split()):
            wrong.append(line)
    assert wrong == []


@papers
def test_configuration_keys_exist(paper):
    defaults = Config()
    wrong = []
    for code in code_in(paper.read_text()):
        for section, key in re.findall(
            r"(?<![\w./-])([a-z]+)\.([a-z][a-z0-9_]+)(?=$| =|`|,)", code
        ):
            if section in Config.__struct_fields__ and not hasattr(getattr(defaults, section), key):
                wrong.append(f"{section}.{key}")
    assert wrong == []


@papers
def test_make_targets_exist(paper):
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    used = {
        found[1]
        for line in code_in(paper.read_text())
        if (found := re.match(r"make ([a-z][a-z0-9-]*)", line))
    }
    assert used <= targets


@papers
def test_options_of_the_installer_exist(paper):
    text = (ROOT / "install.sh").read_text()
    known = set(re.findall(r"^ {12}(--[a-z-]+)\)", text, re.MULTILINE))
    used = set()
    for line in code_in(paper.read_text()):
        if "install.sh" in line:
            used |= set(re.findall(r"(?<!\S)(--[a-z-]+)", line.split("install.sh", 1)[1]))
    assert used <= known | {"--help"}


@papers
def test_units_and_files_named_exist(paper):
    text = paper.read_text()
    named = set(re.findall(r"\bplms-(?:record|serve)\b", text))
    assert all((ROOT / "systemd" / f"{unit}.service").exists() for unit in named)
    for folder in ("appliance", "drivers", "detect", "tests"):
        for path in re.findall(rf"`({folder}/[\w/.]+\.\w+)`", text):
            assert (ROOT / path).exists(), path


@pytest.mark.parametrize("image", IMAGES, ids=name_of)
def test_drawings_are_well_formed_and_described(image):
    root = ET.parse(image).getroot()
    space = "{http://www.w3.org/2000/svg}"
    assert root.findtext(f"{space}title")
    assert len(root.findtext(f"{space}desc")) > 40
    assert root.get("viewBox")


def test_every_page_of_the_manual_is_in_its_list():
    listed = {
        target.partition("#")[0] for target in LINK.findall((ROOT / "docs/README.md").read_text())
    }
    pages = {str(p.relative_to(ROOT / "docs")) for p in PAPERS if p.parent == ROOT / "docs"}
    assert pages - {"README.md"} <= listed


def test_every_test_that_a_claim_rests_on_exists():
    cited = re.findall(r"`([\w/]+\.py)::(\w+)`", (ROOT / "docs" / "proof.md").read_text())
    assert len(cited) > 40
    for file, name in cited:
        path = ROOT / (file if "/" in file else f"tests/drivers/{file}")
        assert re.search(rf"^def {name}\(", path.read_text(), re.MULTILINE), (file, name)
