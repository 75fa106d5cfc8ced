"""Writes compiled schemas as model/schema_gen.c; the layout is model/schematab.h."""
import sys

import cfnlint.version

from .layout import GenError, Pool, Record, c_pool, c_rows

NODE = Record("schema", "name:I def:H flags:H")
DEF = Record("schema_def", "types:H normaliser:B bits:B first:H n:H items:H checks:H")
CHECK = Record("schema_check", "pattern:I format:I note:I min_length:i max_length:i min_items:i max_items:i minimum:I "
               "maximum:I exclusive_minimum:I exclusive_maximum:I multiple_of:I enums:H n_enums:H groups:H n_groups:H "
               "variants:H n_variants:H all:H n_all:H prefix:H n_prefix:H test:H then:H otherwise:H negated:H names:H "
               "unused:H")
GROUP = Record("schema_group_row", "kind:B unused:B n:H first:I")
TYPE = Record("schema_type", "name:I root:H flags:H attrs:H n_attrs:H ids:H n_ids:H tags:I")

OPEN, UNIQUE, NOCASE, EXACTLY_ONE = 1, 2, 4, 8
NO_CHECKS = [0, 0, 0, -1, -1, -1, -1] + [0] * 21


class SchemaPool(Pool):
    """Patterns are longer than names: offset << 12 | length."""
    LEN_BITS = 12


class Tables:
    def __init__(self, types):
        self.pool = SchemaPool()
        self.nodes, self.defs, self.checks = [[0, 0, 0]], [[0] * 7], [NO_CHECKS]
        self.words, self.links, self.groups = [], [], []
        self.queue, self.node_index, self.def_index, self.check_index, self.runs = [], {}, {}, {}, {}
        self.bodies = {}
        self.types = [self.type(t) for t in types]

    def type(self, t):
        root = self.node(t.root)
        self.drain()
        attrs = self.run("words", [self.pool.add(a) for a in t.attrs])
        ids = self.run("words", [self.pool.add(i) for i in t.ids])
        return [self.pool.add(t.name), root, 1 if t.deletes_first else 0, attrs, len(t.attrs), ids, len(t.ids),
                self.pool.add(t.tags)]

    def run(self, array, values):
        """Values next to each other; equal runs are kept once."""
        key = (array, tuple(values))
        if key not in self.runs:
            rows = getattr(self, array)
            self.runs[key] = len(rows)
            rows.extend(values)
        return self.runs[key]

    def node(self, node):
        """A node on its own (a root, an element, a rule)."""
        if node is None:
            return 0
        if id(node) not in self.node_index:
            self.node_index[id(node)] = self.family([node])
        return self.node_index[id(node)]

    def family(self, nodes):
        """Nodes next to each other; their defs follow from the queue."""
        first = len(self.nodes)
        for node in nodes:
            self.nodes.append([self.pool.add(node.name), 0, node.flags])
            self.queue.append((len(self.nodes) - 1, node.body))
        return first if nodes else 0

    def drain(self):
        while self.queue:
            index, body = self.queue.pop(0)
            self.nodes[index][1] = self.definition(body)

    def definition(self, body):
        if id(body) in self.bodies:
            return self.bodies[id(body)][0]
        bits = (OPEN if body.open else 0) | (UNIQUE if body.unique else 0) | (NOCASE if body.enum_nocase else 0)
        bits |= EXACTLY_ONE if body.exactly_one else 0
        scalar = not body.props and not body.items
        key = (body.types, body.normaliser, bits, self.check(body)) if scalar else None
        if key not in self.def_index or not scalar:
            index = len(self.defs)
            self.defs.append([body.types, body.normaliser, bits, 0, len(body.props), 0, 0])
            self.bodies[id(body)] = (index, body)
            row = self.defs[index]
            row[3], row[5], row[6] = self.family(body.props), self.node(body.items), self.check(body)
            if scalar:
                self.def_index[key] = index
            return index
        self.bodies[id(body)] = (self.def_index[key], body)
        return self.def_index[key]

    def check(self, body):
        add, limits = self.pool.add, body.limits
        counts = [int(limits.get(k, -1)) for k in ("minLength", "maxLength", "minItems", "maxItems")]
        bounds = [add(limits.get(k)) for k in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
                                               "multipleOf")]
        enum = [add(e) for e in body.enum]
        groups = [(kind, 0, len(names), self.run("words", [add(n) for n in names])) for kind, names in body.groups]
        row = [add(body.pattern), add(body.format), add(body.note), *counts, *bounds]
        for array, values in (("words", enum), ("groups", groups), ("links", [self.node(v) for v in body.variants]),
                              ("links", [self.node(v) for v in body.all]),
                              ("links", [self.node(v) for v in body.prefix])):
            row += [self.run(array, values) if values else 0, len(values)]
        row += [self.node(n) for n in (body.test, body.then, body.otherwise, body.negated, body.names)] + [0]
        if row == NO_CHECKS:
            return 0
        key = tuple(row)
        if key not in self.check_index:
            self.check_index[key] = len(self.checks)
            self.checks.append(row)
        return self.check_index[key]


def write(path, types):
    tables = Tables(types)
    out = [f"/* The property schemas of {len(types)} resource types.\n"
           f" * Made by tools/gen_model.py from cfn-lint {cfnlint.version.__version__} (region us-east-1) and model/dr/. "
           "Not to be edited: `make gen`.\n * schematab.h describes the layout. */\n"
           '#include "model/schematab.h"\n']
    total = 0
    for name, ctype, rows, record in (
            ("schema_nodes", "struct schema", tables.nodes, NODE), ("schema_defs", "struct schema_def", tables.defs, DEF),
            ("schema_checks", "struct schema_check", tables.checks, CHECK),
            ("schema_groups", "struct schema_group_row", tables.groups, GROUP),
            ("schema_words", "uint32_t", tables.words, 4), ("schema_links", "uint16_t", tables.links, 2),
            ("schema_rows", "struct schema_type", tables.types, TYPE)):
        if isinstance(record, Record):
            for row in rows:
                record.check(row)
        elif any(not 0 <= v < 1 << 8 * record for v in rows):
            raise GenError(f"{name}: a value does not fit")
        size = len(rows) * (record.size if isinstance(record, Record) else record)
        total += size
        out.append(f"const {ctype} {name}[] = {{\n{c_rows(rows)}\n}};\n")
    pool = tables.pool.bytes()
    out.append(f"const size_t schema_row_count = {len(types)};\n")
    out.append(f"const char schema_pool[] =\n{c_pool(pool)};\n")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(out), encoding="utf-8")
    print(f"schema: {len(types)} types, {len(tables.nodes)} nodes, {len(tables.defs)} defs, {len(tables.checks)} checks, "
          f"{total + len(pool)} bytes", file=sys.stderr)
