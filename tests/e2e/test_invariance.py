"""The order of a template's keys, its format, and short or long functions make no difference to the plan."""
from __future__ import annotations

import json
import shutil
from typing import Any

import examples
import pytest
import yaml
from conftest import TOP, Drplan, Json

class Template(yaml.BaseLoader):
    """Scalars stay text; short functions become long ones."""


def function(loader: yaml.BaseLoader, suffix: str, node: yaml.Node) -> Json:
    value: Any = (loader.construct_scalar(node) if isinstance(node, yaml.ScalarNode) else loader.construct_sequence(node, deep=True) if isinstance(node, yaml.SequenceNode)
                  else loader.construct_mapping(node, deep=True))
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1) if not value.startswith("DR::Targets") else ["DR::Targets", value.split(".", 1)[1]]
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


Template.add_multi_constructor("!", function)


class Short(yaml.SafeDumper):
    """Long functions become short ones where YAML allows it: not directly below another."""


def represent(dumper: yaml.SafeDumper, data: Json) -> yaml.Node:
    name = next(iter(data), "")
    value = data.get(name)
    if len(data) == 1 and (name == "Ref" or name.startswith("Fn::")) and not name.startswith(("Fn::Transform", "Fn::ForEach")) and isinstance(value, (str, list)):
        tag = "!" + name.removeprefix("Fn::")
        if name == "Fn::GetAtt" and isinstance(value, list) and all(isinstance(v, str) for v in value):
            value = ".".join(value)
        if isinstance(value, str):
            return dumper.represent_scalar(tag, value, style="'")
        return dumper.represent_sequence(tag, value)
    return dumper.represent_dict(data)


Short.add_representer(dict, represent)


def files(name: str) -> dict[str, Json]:
    folder = TOP / "examples" / name
    return {str(p.relative_to(folder)): yaml.load(p.read_text(), Template) for p in folder.rglob("*.yaml")}  # noqa: S506


def turned(value: Any) -> Any:
    """Every map's keys the other way round."""
    if isinstance(value, dict):
        return {k: turned(v) for k, v in reversed(value.items())}
    return [turned(v) for v in value] if isinstance(value, list) else value


def renamed(tree: Json, suffix: str) -> Json:
    tree = json.loads(json.dumps(tree).replace('"drill.yaml"', f'"drill{suffix}"'))
    if "Include" in tree:
        tree["Include"] = [i.removesuffix(".yaml") + suffix if i.endswith(".yaml") else i for i in tree["Include"]]
    return tree


FORMS = {
    "long": lambda t: yaml.safe_dump(t, sort_keys=False),
    "turned": lambda t: yaml.safe_dump(turned(t), sort_keys=False),
    "sorted": lambda t: yaml.safe_dump(t, sort_keys=True),
    "short": lambda t: yaml.dump(t, Dumper=Short, sort_keys=False),
    "flow": lambda t: yaml.dump(t, Dumper=Short, default_flow_style=True),
    "json": lambda t: json.dumps(t, indent=1),
    "json turned": lambda t: json.dumps(turned(t)),
}


def planned(drplan: Drplan, folder: str, path: str, *args: str) -> Json:
    """Code that is packed is told by where it lies: the folder is put aside."""
    drplan.run("plan", "-out=p", path, *args)
    doc = json.loads(drplan.run("show", "-json", "p").out.replace(f"local {folder}/", "local "))
    return {"changes": sorted(doc["resource_changes"], key=lambda c: c["address"]), "outputs": doc.get("output_changes")}


@pytest.mark.parametrize("name", examples.NAMES)
def test_form_makes_no_difference(name: str, sim: Drplan) -> None:
    example = examples.Example(sim, name, None)
    trees = files(name)
    want = planned(sim, name, name, *example.args)
    assert want["changes"]
    for form, write in FORMS.items():
        suffix = ".json" if form.startswith("json") else ".yaml"
        folder = form.replace(" ", "-")
        for file, tree in trees.items():
            sim.write(f"{folder}/{file.removesuffix('.yaml')}{suffix}", write(renamed(tree, suffix)))
        shutil.copytree(sim.folder / name / "functions", sim.folder / folder / "functions")
        assert planned(sim, folder, f"{folder}/stack{suffix}", *example.args) == want, form
