"""Each golden template through its whole life on the simulator, and its plan in every form that it can be written in."""
from __future__ import annotations

import json
import re
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import TOP, Drplan, Json
from test_invariance import FORMS, Template, planned

sys.path.insert(0, str(TOP / "tests" / "golden"))
from run import Case, unescaped  # noqa: E402

LITERAL = re.compile(r"true|false|-?(0|[1-9][0-9]{0,14})")
# A second stack or state, or a lookup that another stack must have made: not one stack's life.
SEVERAL = ("-state=", "other.yaml", "net.yaml ", "app.yaml")
# Names a network that only exists in an account.
PLAN_ONLY = ("unused-condition-branch",)
# Tells True from 'True', which the forms do not.
WRITTEN_ONLY = ("w-booleans-in-parameters",)


class Typed(Template):
    """Plain true, false and whole numbers keep their kind: inside of JSON documents it matters."""

    def construct_scalar(self, node: yaml.ScalarNode) -> Any:
        text = super().construct_scalar(node)
        return json.loads(text) if node.style is None and LITERAL.fullmatch(text) else text

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> Json:
        merged = [v for k, v in node.value if k.value == "<<"]
        node.value = [kv for kv in node.value if kv[0].value != "<<"]
        own = {str(k): v for k, v in super().construct_mapping(node, deep=deep).items()}
        for other in merged:
            own = {**self.construct_mapping(other, deep=True), **own}
        return own


def cases() -> list[Any]:
    found = [Case(p) for p in sorted((TOP / "tests" / "golden" / "templates").glob("*.test"))]
    return [pytest.param(c, id=c.path.stem) for c in found
            if c.sections.get("exit", "0").strip() in "02" and not any(word in c.sections["args"] for word in SEVERAL)]


def options(case: Case) -> tuple[str, list[str]]:
    """The stack and the variables of the first command."""
    args = shlex.split(case.sections["args"].splitlines()[0])
    path = next(a for a in args[1:] if a.endswith((".yaml", ".json")))
    return path, [a for i, a in enumerate(args) if a.startswith("-var") or (i and args[i - 1] in ("-var", "-var-file"))]


def files(case: Case) -> dict[str, bytes]:
    found = {}
    for name, content in case.sections.items():
        name, _, escaped = name.partition(" ")
        if "." in name:
            found[name] = unescaped(content) if escaped else content.encode()
    return found


def put(sim: Drplan, case: Case) -> tuple[str, list[str]]:
    """The files in a folder, which names the stack where nothing else does; the stack's path and the variables."""
    for name, content in files(case).items():
        path = sim.folder / "t" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    path, variables = options(case)
    return f"t/{path}", moved(variables, "t")


def moved(variables: list[str], folder: str) -> list[str]:
    return [f"{folder}/{v}" if v.endswith((".yaml", ".json")) else v for v in variables]


@pytest.mark.parametrize("case", cases())
def test_life(case: Case, sim: Drplan) -> None:
    if case.path.stem in PLAN_ONLY:
        pytest.skip("needs what another stack made")
    path, variables = put(sim, case)
    sim.apply(path, *variables)
    sim.clean(path, *variables)
    sim.destroy(path, *variables)
    kept = {"Vpc"} if case.path.stem == "deletion-retain" else set()
    assert {address for address, row in sim.state().items() if row["status"] != "kept"} == set()
    assert set(sim.state()) == kept


@pytest.mark.parametrize("case", cases())
def test_form_makes_no_difference(case: Case, sim: Drplan) -> None:
    if case.path.stem in WRITTEN_ONLY:
        pytest.skip("the form is what it is about")
    path, variables = put(sim, case)
    want = planned(sim, str(Path(path).parent), path, *variables)
    assert want["changes"]
    read = {name: content.decode("utf-8-sig") for name, content in files(case).items()}
    trees = {name: yaml.load(text.replace("\t", " "), Typed) for name, text in read.items()}  # noqa: S506
    for form, write in FORMS.items():
        if form in ("turned", "sorted", "flow", "json turned") and any("ToJsonString" in text for text in read.values()):
            continue                # the text that it makes has the template's order
        folder = f"{form.replace(' ', '-')}/t"
        for name, tree in trees.items():
            # JSON is known by its first characters, so every file may keep its name; a .json file holds nothing else.
            sim.write(f"{folder}/{name}", json.dumps(tree) if name.endswith(".json") and not form.startswith("json") else write(tree))
        main, _ = options(case)
        assert planned(sim, folder, f"{folder}/{main}", *moved(options(case)[1], folder)) == want, form
