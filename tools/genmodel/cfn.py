"""Property schemas: cfn-lint's own (region us-east-1, patches included), its rules across properties, and model/dr/."""
import inspect
import json
import logging
from pathlib import Path

import cfnlint
from cfnlint.helpers import load_plugins
from cfnlint.rules.jsonschema.CfnLintJsonSchema import CfnLintJsonSchema
from cfnlint.schema._schema import Schema
from cfnlint.schema.manager import ProviderSchemaManager

from .layout import GenError

REGION = "us-east-1"
PACKAGE = Path(cfnlint.__file__).parent

# cfn-lint's rules that are not compiled, and why. Every other error rule that is a schema on a listed type is, or the
# generator fails. Warnings, and rules that cfn-lint writes as code, are left to AWS's answer.
LEFT_OUT = {
    "E3025": "instance classes by region: new ones appear every month",
    "E3062": "instance classes by engine and region: likewise",
    "E3628": "instance types by region: likewise",
    "E3694": "cluster instance classes by region: likewise",
    "E3690": "engine versions: new ones appear every month",
    "E3691": "engine versions: likewise",
    "E3601": "the states language has a checker of its own",
    "E3051": "the content of an SSM document, which may be YAML text",
    "E3502": "compares two resources", "E3505": "compares two resources", "E3705": "compares two resources",
    "E3706": "compares two properties by value", "E3707": "compares two resources",
    "E3709": "compares two resources", "E3711": "compares two resources", "E3712": "compares two resources",
    "E3714": "compares two resources",
}


def manager():
    """From the package's own folder: a cache of a later download must not change the tables."""
    schemas = PACKAGE / "data/schemas"
    return ProviderSchemaManager(schemas / "providers", schemas / "resources")


def load(top, types):
    """{type name: Schema} of all listed types and of model/dr/."""
    source, out = manager(), {}
    for name in types:
        try:
            out[name] = source.get_resource_schema(REGION, name)
        except Exception as e:
            raise GenError(f"{name}: {e!r}") from e
    for path in sorted((top / "model/dr").glob("*.json")):
        schema = json.loads(path.read_text(encoding="utf-8"))
        lender = schema.pop("definitionsFrom", None)
        if lender:
            schema["definitions"] = {**out[lender].schema.get("definitions", {}), **schema.get("definitions", {})}
        out[schema["typeName"]] = Schema(schema)
    return out


def rules(top, types):
    """{type: [(path below the properties, schema)]} of cfn-lint's rules that look at several properties at once, and
    those of model/rules.json."""
    logging.disable(logging.CRITICAL)
    found = {}
    for name, schema in json.loads((top / "model/rules.json").read_text(encoding="utf-8")).items():
        if name in types:
            found[name] = [("model/rules.json", (), schema)]
    for rule in load_plugins(str(PACKAGE / "rules")):
        rule = rule() if inspect.isclass(rule) else rule
        if isinstance(rule, CfnLintJsonSchema) and rule.id.startswith("E") and rule.id not in LEFT_OUT and rule.schema:
            for keyword in rule.keywords:
                add_rule(found, types, rule, keyword)
    return {name: [(path, schema) for _, path, schema in sorted(items, key=lambda i: i[:2])]
            for name, items in found.items()}


def add_rule(found, types, rule, keyword):
    parts = keyword.split("/")
    if len(parts) >= 3 and parts[0] == "Resources" and parts[1] in types and parts[2] == "Properties":
        path = tuple("[]" if p == "*" else p for p in parts[3:])
        found.setdefault(parts[1], []).append((rule.id, path, rule.schema))
