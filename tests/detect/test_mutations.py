"""Change each constant and each comparison of the rules, one at a time: some row must fail.

The rows are those of test_rules.py. A constant is moved by 10 ms (or by one) both ways, a flag or a
choice is turned to its other values; in the code every comparison and every and/or is turned.
"""

import ast
import importlib
import json
import sys
from dataclasses import fields, replace
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data"
ROWS = json.loads((DATA / "rule_rows.json").read_text())["rows"]
UNIT_CASES = [
    case
    for case in json.loads((DATA / "oracle" / "wasm2016_unit_cases.json").read_text())
    if case["expected_resp_-2_+10.25"] is not None
]
MODULES = [
    f"detect.{name}"
    for name in ("rules", "legs", "series", "states", "indices", "staged", "passes", "cases")
]
"""In the order in which they import each other."""
CHOICES = {
    "leg_rule": ("offset_onset", "onset_onset"),
    "short_imi": ("restart", "no_restart", "skip_later"),
    "long_movement": ("ends_series", "ignored"),
    "resp_rule": ("event_end", "whole_event"),
}
UNUSED = {  # the manual has no rule for movements of both legs beyond joining them
    "aasm": {"max_bilateral_s", "max_bilateral_inclusive", "max_monolaterals"},
    # somebody awake: no breathing, no arousals, no stages; the share in series is of movements
    "sit": {
        *("resp_rule", "resp_before_s", "resp_after_s", "resp_inclusive", "resp_excluded"),
        *("arousal_gap_s", "arousal_gap_inclusive", "sleep_only"),
        *("pi_min_intervals", "pi_min_inclusive"),
    },
}


class Rules:
    """The modules of the rules, loaded by themselves."""

    def __init__(self, mutant=None, code=None):
        saved = {name: sys.modules.pop(name) for name in list(sys.modules) if name in MODULES}
        try:
            for name in MODULES:
                if name == mutant:
                    module = type(sys)(name)
                    module.__file__ = f"<mutant of {name}>"
                    sys.modules[name] = module
                    exec(code, module.__dict__)
                else:
                    importlib.import_module(name)
            self.modules = {name.split(".")[1]: sys.modules[name] for name in MODULES}
        finally:
            for name in MODULES:
                sys.modules.pop(name, None)
            sys.modules.update(saved)
            for name, module in saved.items():
                setattr(sys.modules["detect"], name.split(".")[1], module)

    def answer(self, row, rules):
        """The same questions as in test_rules.py."""
        rules = replace(rules, **row.get("with", {}))
        cases, indices, passes = (self.modules[m] for m in ("cases", "indices", "passes"))
        case = cases.read_case(row)
        movements = self.modules["legs"].combine_legs(case.lms, rules)
        cuts = passes.Cuts(row.get("cuts"), row.get("end_cut"), row.get("end"))
        result = passes.run_rules(movements, rules, case.around, cuts)
        scored = cases.score_case(case, rules)
        keys = "clm plm series resp arousal plm_nr imi side n_mono dur stage".split()  # noqa: SIM905
        found = {key: [event[key] for event in scored["events"]] for key in keys}
        found["plm"] = [int(number > 0) for number in result.series_number]
        found["series"] = list(result.series_number)
        found["source"] = [list(m.source) for m in result.movements]
        found["ended"] = [str(one.ended) for one in result.series]
        found["short"] = [int(s) for s in indices.short_interval(result.imis, rules)]
        found["pi_intervals"] = indices.periodicity_index_intervals(result.imis, rules)
        found["pi_movements"] = indices.periodicity_index_movements(result.plm, result.clm)
        found["imi_count"] = len(indices.log_imi(result.imis, rules, 1.0))
        spread = indices.sd_or_none(indices.log_imi(result.imis, rules, 1.0))
        found["imi_log_sd"] = None if spread is None else round(spread, 4)
        found["alternating"] = list(indices.alternations(result.movements, result.series))
        found["plms"] = scored["counts"]["PLM"]["TST"]
        found["plmw"] = scored["counts"]["PLM"]["Wake"]
        found["plms_per_hour"] = scored["per_hour"]["PLM"]["TST"]
        return found

    def fails(self, row, rules):
        try:
            found = self.answer(row, rules)
        except (TypeError, ValueError, IndexError, KeyError, ZeroDivisionError, AttributeError):
            return True
        return any(found[key] != value for key, value in row["expect"].items())

    def fails_case(self, case, rules):
        cases = self.modules["cases"]
        try:
            scored = cases.score_case(cases.read_case(case), rules)
        except (TypeError, ValueError, IndexError, KeyError, ZeroDivisionError, AttributeError):
            return True
        expected = case["expected_resp_-2_+10.25"]
        return any(scored[part] != expected[part] for part in ("events", "counts", "per_hour"))

    def killed(self, name, rules):
        """Does any row or case of this rule set fail."""
        mine = [r for r in ROWS if r["rules"] == name or (r["rules"], name[:4]) == ("wasm",) * 2]
        if any(self.fails(row, rules) for row in mine):
            return True
        return name == "wasm2016" and any(self.fails_case(case, rules) for case in UNIT_CASES)


@pytest.fixture(scope="module")
def whole():
    return Rules()


def mutated_rules():
    from detect.rules import RULE_SETS

    for name, rules in RULE_SETS.items():
        for field in fields(rules):
            value = getattr(rules, field.name)
            if field.name in {"name", "version"} | UNUSED.get(name, set()):
                continue
            if field.name in CHOICES:
                others = [choice for choice in CHOICES[field.name] if choice != value]
            elif isinstance(value, bool):
                others = [not value]
            elif isinstance(value, int):
                others = [value - 1, value + 1]
            else:
                others = [value - 0.01, value + 0.01]
            if field.name == "same_leg_gap_s":
                others.append(None)
            for other in others:
                yield pytest.param(name, field.name, other, id=f"{name}: {field.name} = {other}")


def test_unchanged_rules_pass_every_row(whole):
    for name, rules in whole.modules["rules"].RULE_SETS.items():
        assert not whole.killed(name, rules)


@pytest.mark.parametrize(("name", "field", "value"), list(mutated_rules()))
def test_a_changed_constant_fails_a_row(whole, name, field, value):
    rules = replace(whole.modules["rules"].RULE_SETS[name], **{field: value})
    assert whole.killed(name, rules)


def test_constants_said_to_be_unused_are(whole):
    for name, unused in UNUSED.items():
        rules = whole.modules["rules"].RULE_SETS[name]
        for field in unused:
            assert not whole.killed(name, replace(rules, **{field: 0}))


SWAPS = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.And: ast.Or,
    ast.Or: ast.And,
}
MUTATED = ("legs", "series", "states", "indices", "staged")
EQUIVALENT = {
    # a quick test whether joining is needed at all; too many yes cost time, not correctness
    ("legs", "if onset <= left:"),
    ("legs", "if onset <= right:"),
    # either leg may be kept in either variable
    ("legs", 'if side == "L":'),
    # a quick way where stages do not overlap; the slow one gives the same
    ("states", "clear = all(before[2] <= after[1] for before, after in pairwise(ordered))"),
}


def sites(name):
    """Every comparison and every and/or of a module, as (node number, operator, line)."""
    source = (ROOT / "detect" / f"{name}.py").read_text()
    lines = source.splitlines()
    for number, node in enumerate(ast.walk(ast.parse(source))):
        if isinstance(node, ast.Compare):
            for place in range(len(node.ops)):
                yield number, place, lines[node.lineno - 1].strip()
        elif isinstance(node, ast.BoolOp):
            yield number, None, lines[node.lineno - 1].strip()


def mutant(name, number, place):
    tree = ast.parse((ROOT / "detect" / f"{name}.py").read_text())
    for position, node in enumerate(ast.walk(tree)):
        if position == number:
            if place is None:
                node.op = SWAPS[type(node.op)]()
            else:
                node.ops[place] = SWAPS[type(node.ops[place])]()
    return compile(tree, f"<mutant of {name}>", "exec")


@pytest.mark.parametrize(
    ("name", "number", "place"),
    [
        pytest.param(name, number, place, id=f"{name}: {line} #{number}")
        for name in MUTATED
        for number, place, line in sites(name)
        if (name, line) not in EQUIVALENT and line != "if TYPE_CHECKING:"
    ],
)
def test_a_turned_comparison_fails_a_row(name, number, place):
    changed = Rules(f"detect.{name}", mutant(name, number, place))
    rule_sets = changed.modules["rules"].RULE_SETS
    assert any(changed.killed(rules.name, rules) for rules in rule_sets.values())


def test_lines_said_to_be_equivalent_are_there():
    for name, line in EQUIVALENT:
        assert line in {text for _, _, text in sites(name)}
