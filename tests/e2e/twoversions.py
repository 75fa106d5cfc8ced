"""Two versions of a stack, of a network or of an example beside its primary region, for the tests that break runs at each
of their calls: what boto3 finds after a run that nobody broke, and that a broken one comes to the same."""
from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field

import examples
import oracle
import pytest
from conftest import Drplan, Emulator, Json
from faultstage import REGIONS, newer
from test_lifecycle import network

NAMES = ["network", "dr-webapp", "dr-automation"]


@dataclass
class Versions:
    """Two paths, and the kinds of things that the stack can make; before: what was there before it."""
    older: str
    newer: str
    kinds: set[str] = field(default_factory=set)
    before: Json = field(default_factory=dict)

    def found(self, aws: Emulator, stable: bool = False) -> Json:
        return aws.oracle(REGIONS).inventory(self.kinds or None, stable=stable)

    def ids(self, aws: Emulator) -> Json:
        """By kind and region, but for keys that are to be deleted."""
        return ids(self.found(aws))

    def numbers(self, aws: Emulator) -> Json:
        return {k: {r: len(i) for r, i in places.items()} for k, places in self.ids(aws).items()}

    def same(self, aws: Emulator, want: Json) -> None:
        """Neither an orphan nor a duplicate."""
        got = self.numbers(aws)
        assert got == want, {k: (want.get(k), got.get(k)) for k in want | got if want.get(k) != got.get(k)}

    def gone(self, drplan: Drplan, aws: Emulator) -> None:
        """Nothing is left of the stack."""
        assert drplan.state() == {}
        examples.purge_secrets(aws)
        assert self.ids(aws) == self.before


def ids(found: Json) -> Json:
    kept = {k: {r: sorted(i for i, props in items.items() if props.get("KeyState") != "PendingDeletion") for r, items in places.items()} for k, places in found.items()}
    return {k: {r: i for r, i in places.items() if i} for k, places in kept.items() if any(places.values())}


def example(drplan: Drplan, name: str, aws: Emulator) -> None:
    """Its second version updates everything, and replaces a security group with what uses it."""
    made = examples.Example(drplan, name, aws)
    shutil.copytree(drplan.folder / name, drplan.folder / "newer")
    (drplan.folder / name).rename(drplan.folder / "older")
    for path, old, new in (("stack.yaml", "  Tags: {", "  Tags: {Version: two, "), ("security.yaml", "GroupDescription: ", "GroupDescription: The other - ")):
        text = (drplan.folder / "newer" / path).read_text()
        assert old in text
        (drplan.folder / "newer" / path).write_text(text.replace(old, new, 1))
    for variable, value in (arg.removeprefix("-var=").split("=", 1) for arg in made.args):
        drplan.env[f"DRPLAN_VAR_{variable}"] = value


@pytest.fixture(params=NAMES)
def versions(request: pytest.FixtureRequest, drplan: Drplan, aws: Emulator) -> Versions:
    if request.param != "network":
        example(drplan, request.param, aws)
        return Versions("older", "newer", set(), ids(aws.oracle(REGIONS).inventory()))
    drplan.write("older.yaml", network() | {"Stack": "t"})
    drplan.write("newer.yaml", newer(network()) | {"Stack": "t"})
    kinds = {k for k, (service, _, _) in oracle.KINDS.items() if service in ("ec2", "logs")}
    return Versions("older.yaml", "newer.yaml", kinds, ids(aws.oracle(REGIONS).inventory(kinds)))


def text(inventory: Json) -> str:
    return json.dumps(inventory, indent=1, sort_keys=True, default=str)
