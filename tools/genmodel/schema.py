"""Property schemas, compiled: JSON Schema with CloudFormation's and cfn-lint's keywords into nodes and checks.

A Node is a property (or an element, or a rule) in one place: name and flags. Its Body says what values are. Bodies
of the properties' own tree are never shared between places, so that a fact can mark one path; a schema that contains
itself refers back to its first Body.
"""
import json

from . import cfn, normalisers, schemaout
from .layout import GenError
from .patterns import Checker

TYPES = {"object": 1, "array": 2, "string": 4, "integer": 8, "number": 16, "boolean": 32}
JSON, NEVER = 64, 128
REQUIRED, CREATE_ONLY, READ_ONLY, WRITE_ONLY, MAYBE_CREATE_ONLY = 1, 2, 4, 8, 16
DEPRECATED, SET, PROP_JSON = 64, 128, 256

FLAG_LISTS = {"createOnlyProperties": CREATE_ONLY, "readOnlyProperties": READ_ONLY, "writeOnlyProperties": WRITE_ONLY,
              "conditionalCreateOnlyProperties": MAYBE_CREATE_ONLY, "deprecatedProperties": DEPRECATED}
# Keywords of a type that describe the resource rather than its properties.
TYPE_KEYS = set("typeName description sourceUrl documentationUrl definitions primaryIdentifier additionalIdentifiers "
                "handlers tagging taggable propertyTransform replacementStrategy resourceLink $schema $comment "
                "typeConfiguration required".split()) | set(FLAG_LISTS)
# Keywords that say nothing that is checked.
SILENT = set("description title $comment $schema examples default relationshipRef definitions markdownDescription".split())
CHECKED = set("type properties required additionalProperties patternProperties propertyNames items prefixItems enum "
              "enumCaseInsensitive const pattern minLength maxLength minItems maxItems minProperties maxProperties "
              "minimum maximum exclusiveMinimum exclusiveMaximum multipleOf uniqueItems uniqueKeys maxUniqueItems "
              "insertionOrder arrayType format requiredOr requiredXor dependentRequired dependentExcluded dependencies "
              "anyOf oneOf allOf not if then else".split())
GROUPS = {"requiredOr": 0, "requiredXor": 1, "dependentRequired": 2, "dependentExcluded": 3, "uniqueKeys": 4}


class Body:
    def __init__(self):
        self.types, self.normaliser, self.open = 0, 0, True
        self.unique, self.enum_nocase, self.exactly_one = False, False, False
        self.props, self.items = [], None
        self.pattern = self.format = self.note = ""
        self.limits = {}            # keyword -> text
        self.enum, self.groups = [], []
        self.variants, self.all, self.prefix = [], [], []
        self.test = self.then = self.otherwise = self.negated = self.names = None

    def prop(self, name):
        return next((p for p in self.props if p.name == name), None)

    def trivial(self):
        """Every value fits."""
        return vars(self) == vars(Body())


class Node:
    def __init__(self, name, body, flags=0):
        self.name, self.body, self.flags = name, body, flags


def number_text(value, where):
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise GenError(f"{where}: {value!r} is no number")
    return str(int(value)) if float(value).is_integer() else repr(value)


def scalar_text(value, where):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return number_text(value, where)
    if not isinstance(value, str):
        raise GenError(f"{where}: enum value {value!r}")
    return value


def without_array_props(schema):
    """An array has no properties, whatever a schema says."""
    if schema.get("type") == "array" and "properties" in schema:
        return {k: v for k, v in schema.items() if k not in ("properties", "required")}
    return schema


class Document:
    """One schema document: a type, or one of cfn-lint's rules, with its own definitions."""

    def __init__(self, name, root, checker, rules=()):
        self.name, self.root, self.checker = name, root, checker
        self.extra = {}             # path -> [(rule document, schema)]
        for path, schema in rules:
            self.extra.setdefault(path, []).append((Document(f"{name} rule", schema, checker), schema))
        self.rule_memo = {}

    def resolve(self, schema):
        """$ref replaced by what it names; keywords beside it win. Returns (schema, names of the refs followed)."""
        refs = []
        while isinstance(schema, dict) and "$ref" in schema:
            ref = schema["$ref"]
            if not ref.startswith("#/") or ref in refs:
                raise GenError(f"{self.name}: $ref {ref}")
            refs.append(ref)
            target = self.root
            for part in ref[2:].split("/"):
                target = target[part.replace("~1", "/").replace("~0", "~")]
            schema = {**target, **{k: v for k, v in schema.items() if k != "$ref"}}
        return schema, refs

    # --- the properties' own tree

    def node(self, name, schema, path, above):
        schema, refs = self.resolve(schema)
        for ref in refs:
            if ref in above:
                return Node(name, above[ref], self.own_flags(above[ref], schema))
        body = Body()
        self.fill(body, schema, path, {**above, **{r: body for r in refs}}, name)
        return Node(name, body, self.own_flags(body, schema))

    def own_flags(self, body, schema):
        flags = PROP_JSON if body.types & JSON else 0
        if body.types & 2 and (schema.get("insertionOrder") is False or schema.get("arrayType") == "AttributeList"):
            flags |= SET
        return flags

    def fill(self, body, schema, path, above, name=""):
        where = f"{self.name} {'.'.join(path)}"
        unknown = set(schema) - CHECKED - SILENT
        if unknown:
            raise GenError(f"{where}: unknown keywords {sorted(unknown)}")
        schema = self.hoist(schema)
        self.fill_types(body, schema, where, name)
        self.fill_props(body, schema, path, above)
        if "items" in schema:
            body.items = self.node("", schema["items"], path + ("[]",), above)
        self.fill_checks(body, schema, where)
        for doc, rule in self.extra.get(path, ()):
            body.all.append(doc.rule(rule))

    def hoist(self, schema):
        """A schema that says what it is only in its alternatives says it itself, so that paths lead through it."""
        variants = [self.resolve(v)[0] for v in schema.get("oneOf", schema.get("anyOf", ()))]
        variants = [without_array_props(v) for v in variants]
        schema = without_array_props(dict(schema))
        if "type" not in schema and variants and all("type" in v for v in variants):
            types = [v["type"] if isinstance(v["type"], list) else [v["type"]] for v in variants]
            schema["type"] = sorted({t for ts in types for t in ts})
        if "properties" not in schema and any("properties" in v for v in variants):
            schema["properties"] = {k: p for v in variants for k, p in v.get("properties", {}).items()}
            if all(v.get("additionalProperties") is False for v in variants):
                schema["additionalProperties"] = False
        if "items" not in schema and any("items" in v for v in variants):
            schema["items"] = next(v["items"] for v in variants if "items" in v)
        return schema

    def fill_types(self, body, schema, where, name):
        types = schema.get("type")
        if types is None and schema.get("format") == "json":
            types = ["object", "string"]
        if types is None and "properties" in schema:
            types = ["object"]
        if types is None:
            raise GenError(f"{where}: no type")
        types = types if isinstance(types, list) else [types]
        for t in types:
            if t not in TYPES:
                raise GenError(f"{where}: type {t}")
            body.types |= TYPES[t]
        free = not {"properties", "patternProperties"} & set(schema) and schema.get("additionalProperties") is not False
        if set(types) == {"object", "string"} or (types == ["object"] and free):
            body.types |= JSON
            body.normaliser = normalisers.of_json(name)

    def fill_props(self, body, schema, path, above):
        for name in sorted(schema.get("properties", {}), key=str.encode):
            body.props.append(self.node(name, schema["properties"][name], path + (name,), above))
        for name in schema.get("required", ()):
            if not body.prop(name):
                raise GenError(f"{self.name} {'.'.join(path)}: required {name} is no property")
            body.prop(name).flags |= REQUIRED
        self.fill_open(body, schema, lambda s: self.node("", s, path + ("[]",), above))

    # --- rules: the same keywords, without flags

    def rule(self, schema):
        key = json.dumps(schema, sort_keys=True)
        if key not in self.rule_memo:
            self.rule_memo[key] = node = Node("", Body())
            self.fill_rule(node.body, schema)
        return self.rule_memo[key]

    def fill_rule(self, body, schema):
        if schema is True:
            return
        if schema is False:
            body.types = NEVER
            return
        schema = without_array_props(self.resolve(schema)[0])
        where = f"{self.name}: rule"
        unknown = set(schema) - CHECKED - SILENT
        if unknown:
            raise GenError(f"{where}: unknown keywords {sorted(unknown)}")
        types = schema.get("type", [])
        for t in types if isinstance(types, list) else [types]:
            body.types |= TYPES[t]
        required = schema.get("required", [])
        for name in sorted({*schema.get("properties", {}), *required}, key=str.encode):
            below = self.rule(schema.get("properties", {}).get(name, True))
            body.props.append(Node(name, below.body, REQUIRED if name in required else 0))
        if "items" in schema:
            body.items = self.rule(schema["items"])
        self.fill_open(body, schema, self.rule)
        self.fill_checks(body, schema, where)
        body.note = schema.get("description", "").split("\n")[0].strip() if {"if", "allOf"} & set(schema) else ""

    # --- what both have

    def fill_open(self, body, schema, make):
        patterns = schema.get("patternProperties", {})
        more = schema.get("additionalProperties", True)
        names = [self.rule(schema["propertyNames"])] if "propertyNames" in schema else []
        if len(patterns) > 1 or (patterns and schema.get("properties")):
            raise GenError(f"{self.name}: patternProperties {list(patterns)}")
        for pattern, value in patterns.items():
            body.items = make(value)
            if more is False:
                names.append(self.rule({"pattern": pattern}))
        if isinstance(more, dict):
            body.items = make(more)
        body.open = bool(patterns) or more is not False
        if len(names) > 1:
            body.names = Node("", Body())
            body.names.body.all = names
        elif names:
            body.names = names[0]

    def fill_checks(self, body, schema, where):
        if "pattern" in schema:
            body.pattern = self.checker.check(schema["pattern"], where)
        if not isinstance(schema.get("format", ""), str):
            raise GenError(f"{where}: format {schema['format']}")
        body.format = schema.get("format", "")
        for key in ("minLength", "maxLength", "minItems", "maxItems", "minimum", "maximum", "exclusiveMinimum",
                    "exclusiveMaximum", "multipleOf", "minProperties", "maxProperties", "maxUniqueItems"):
            if key in schema:
                name = {"minProperties": "minItems", "maxProperties": "maxItems", "maxUniqueItems": "maxItems"}.get(key, key)
                body.limits[name] = number_text(schema[key], f"{where}.{key}")
        body.unique = bool(schema.get("uniqueItems"))
        values = schema.get("enum", schema.get("enumCaseInsensitive", [schema["const"]] if "const" in schema else []))
        body.enum = list(dict.fromkeys(scalar_text(v, where) for v in values))
        body.enum_nocase = "enumCaseInsensitive" in schema
        self.fill_groups(body, schema, where)
        self.fill_branches(body, schema, where)

    def fill_groups(self, body, schema, where):
        for key in ("requiredOr", "requiredXor", "uniqueKeys"):
            if key in schema:
                body.groups.append((GROUPS[key], tuple(schema[key])))
        for key in ("dependentRequired", "dependentExcluded", "dependencies"):
            for name, others in sorted(schema.get(key, {}).items()):
                if not isinstance(others, list):
                    raise GenError(f"{where}: {key} with a schema")
                body.groups.append((GROUPS.get(key, 2), (name, *others)))
        body.groups.sort(key=lambda g: g[0])

    def fill_branches(self, body, schema, where):
        body.all = [self.rule(s) for s in schema.get("allOf", ())]
        choices = [(k, [self.rule(s) for s in schema[k]]) for k in ("oneOf", "anyOf") if k in schema]
        for key, nodes in choices:
            if any(n.body.trivial() for n in nodes):
                if key == "oneOf":
                    raise GenError(f"{where}: oneOf with an alternative that everything fits")
            elif body.variants:
                body.all.append(self.rule({key: schema[key]}))
            else:
                body.variants, body.exactly_one = nodes, key == "oneOf"
        body.prefix = [self.rule(s) for s in schema.get("prefixItems", ())]
        if "not" in schema:
            body.negated = self.rule(schema["not"])
        if "if" in schema:
            body.test = self.rule(schema["if"])
            body.then = self.rule(schema["then"]) if "then" in schema else None
            body.otherwise = self.rule(schema["else"]) if "else" in schema else None


def pointer_path(pointer):
    """"/properties/A/*/B" as ("A", "[]", "B")."""
    parts = pointer.split("/")
    if parts[:2] != ["", "properties"]:
        raise GenError(f"pointer {pointer}")
    return tuple("[]" if p in ("*", "items") else p for p in parts[2:] if p != "properties")


def find(root, path):
    node = root
    for part in path:
        node = node and (node.body.items if part == "[]" else node.body.prop(part))
    return node


class Type:
    """One resource type: its tree and what the schema says about the resource."""

    def __init__(self, name, schema, checker, rules):
        self.name = name
        raw = schema.schema
        doc = Document(name, raw, checker, rules)
        self.root = doc.node("", {k: v for k, v in raw.items() if k not in TYPE_KEYS} | {
            "required": raw.get("required", []), "type": "object"}, (), {})
        for key, flag in FLAG_LISTS.items():
            for pointer in raw.get(key, ()):
                self.at(pointer, key).flags |= flag
        for pointer, expression in raw.get("propertyTransform", {}).items():
            node = self.at(pointer, "propertyTransform")
            node.body.normaliser = normalisers.of_transform(expression, f"{name} {pointer}") or node.body.normaliser
        self.ids = [".".join(pointer_path(p)) for p in raw.get("primaryIdentifier", ())]
        self.deletes_first = raw.get("replacementStrategy") == "delete_then_create"
        tagging = raw.get("tagging", {})
        self.tags = ".".join(pointer_path(tagging["tagProperty"])) if tagging.get("tagProperty") else ""
        tags = find(self.root, tuple(self.tags.split(".")))
        if not tags:
            self.tags = ""
        elif tags.body.types & 2:
            tags.flags |= SET       # the order of tags means nothing, even where the schema forgot to say so
        self.attrs = self.attributes(schema)

    def at(self, pointer, why):
        """The node that a pointer names; a list on the way may or may not be said."""
        node = self.root
        for part in pointer_path(pointer):
            if part == "[]":
                node = node.body.items
                continue
            if node.body.items and not node.body.prop(part):
                node = node.body.items
            node = node.body.prop(part)
            if node is None:
                raise GenError(f"{self.name}: {why} names {pointer}, which does not exist")
        return node

    def attributes(self, schema):
        """Fn::GetAtt names: cfn-lint's, and the leaves below read-only objects."""
        names = {n for n in schema.get_atts.keys() if find(self.root, tuple(n.split(".")))}
        missing = set(schema.get_atts.keys()) - names
        if missing:
            raise GenError(f"{self.name}: attributes {sorted(missing)} have no schema")

        def leaves(path, node):
            for prop in node.body.props:
                below = f"{path}.{prop.name}"
                names.add(below)
                leaves(below, prop)
        for name in sorted(names):
            node = find(self.root, tuple(name.split(".")))
            if node.flags & READ_ONLY and node.body.types == 1:
                leaves(name, node)
        return sorted(names, key=str.encode)


def generate(top, out, types):
    schemas = cfn.load(top, types)
    rules = cfn.rules(top, set(schemas))
    checker = Checker()
    compiled = [Type(name, schemas[name], checker, rules.get(name, ())) for name in sorted(schemas, key=str.encode)]
    schemaout.write(out / "model/schema_gen.c", compiled)
