"""Endpoint rule sets and partitions, names turned into slots (providers/aws/model/wiremodel.h)."""
import re

from .layout import GenError, Pool, Record, c_pool, c_rows

PARAM = Record("rule_param", "name:I builtin:B kind:B required:B has_default:B value:I")
RULE = Record("rule", "kind:B n_conds:B conds:H first:H n:H value:H properties:H headers:H unused:H")
COND = Record("rule_cond", "expr:H assign:H")
EXPR = Record("expr", "kind:B fn:B n:H a:I")
PARTITION = Record("partition", "name:I dns_suffix:I dual_stack_suffix:I global_region:I regex:I regions:H "
                   "n_regions:H fips:B dual_stack:B unused:H")

BUILTINS = {None: 0}
BUILTINS.update({name: i + 1 for i, name in enumerate(
    "AWS::Region AWS::UseFIPS AWS::UseDualStack SDK::Endpoint AWS::STS::UseGlobalEndpoint AWS::S3::ForcePathStyle "
    "AWS::S3::Accelerate AWS::S3::UseGlobalEndpoint AWS::S3::UseArnRegion AWS::S3::DisableMultiRegionAccessPoints "
    "AWS::S3Control::UseArnRegion AWS::S3::DisableS3ExpressSessionAuth AWS::Auth::AccountId "
    "AWS::Auth::AccountIdEndpointMode".split())})
PARAM_KINDS = {"string": 0, "boolean": 1, "stringArray": 2}
FUNCTIONS = {name: i + 1 for i, name in enumerate(
    "isSet not getAttr stringEquals booleanEquals parseURL substring uriEncode isValidHostLabel aws.partition "
    "aws.parseArn aws.isVirtualHostableS3Bucket split coalesce ite".split())}
RULE_KINDS = {"tree": 0, "endpoint": 1, "error": 2}
NONE, TEXT, NUMBER, BOOL, SLOT, CALL, CONCAT, LIST, MAP = range(9)


def known(what, got, allowed):
    extra = set(got) - set(allowed.split())
    if extra:
        raise GenError(f"{what}: unknown keys {sorted(extra)}")


class Compiler:
    def __init__(self, table, rules):
        self.table, self.pool, self.arrays = table, table.pool, table.arrays
        self.where = f"{table.where}: endpoint rules"
        known(self.where, rules, "version parameters rules")
        if rules["version"] not in ("1.0", "1.1"):
            raise GenError(f"{self.where}: version {rules['version']}")
        self.slots, self.runs = {}, {}
        self.arrays["exprs"].append([NONE, 0, 0, 0])
        for name, param in rules["parameters"].items():
            self._param(name, param)
        self.arrays["rules"].append([0, 0, 0, 0, 0, 0, 0, 0, 0])
        self._tree(0, rules["rules"])

    def _param(self, name, param):
        known(f"{self.where}: {name}", param, "builtIn default deprecated documentation required type")
        default = param.get("default")
        if default is not None and not isinstance(default, (bool, str)):
            raise GenError(f"{self.where}: default of {name}")
        text = str(default).lower() if isinstance(default, bool) else default
        self.slots[name] = len(self.slots)
        self.arrays["params"].append([
            self.pool.add(name), BUILTINS[param.get("builtIn")], PARAM_KINDS[param["type"].replace("String", "string")],
            1 if param.get("required") else 0, 0 if default is None else 1, self.pool.add(text)])

    def _tree(self, index, rules):
        """Children get their places first, so that siblings lie together."""
        rows = self.arrays["rules"]
        first = len(rows)
        rows[index][3:5] = [first, len(rules)]
        rows.extend([0] * 9 for _ in rules)
        for i, rule in enumerate(rules):
            self._rule(first + i, rule)

    def _rule(self, index, rule):
        known(self.where, rule, "conditions documentation endpoint error rules type")
        row = self.arrays["rules"][index]
        row[0] = RULE_KINDS[rule["type"]]
        conds = []
        for cond in rule["conditions"]:
            known(self.where, cond, "fn argv assign")
            expr = self._expr({"fn": cond["fn"], "argv": cond["argv"]})
            conds.append([expr, self._slot(cond["assign"]) + 1 if "assign" in cond else 0])
        row[1], row[2] = len(conds), self._run("conds", conds)
        if rule["type"] == "tree":
            self._tree(index, rule["rules"])
        elif rule["type"] == "error":
            row[5] = self._expr(rule["error"])
        else:
            endpoint = rule["endpoint"]
            known(self.where, endpoint, "url properties headers")
            row[5] = self._expr(endpoint["url"])
            row[6] = self._expr(endpoint["properties"], True) if endpoint.get("properties") else 0
            row[7] = self._expr(endpoint["headers"], True) if endpoint.get("headers") else 0

    def _slot(self, name):
        return self.slots.setdefault(name, len(self.slots))

    def _ref(self, name):
        if name not in self.slots:
            raise GenError(f"{self.where}: {name} is used before it is assigned")
        return [SLOT, 0, 0, self.slots[name]]

    def _many(self, rows):
        """Rows next to each other; the index of the first. Equal runs are kept once."""
        return self._run("exprs", rows)

    def _run(self, array, rows):
        key = (array, tuple(map(tuple, rows)))
        if key not in self.runs:
            self.runs[key] = len(self.arrays[array])
            self.arrays[array].extend(rows)
        return self.runs[key]

    def _expr(self, e, plain_map=False):
        return self._many([self._row(e, plain_map)])

    def _row(self, e, plain_map=False):
        if isinstance(e, bool):
            return [BOOL, 0, 0, int(e)]
        if isinstance(e, int):
            return [NUMBER, 0, 0, e]
        if isinstance(e, str):
            return self._template(e)
        if isinstance(e, list):
            rows = [self._row(x, plain_map) for x in e]
            return [LIST, 0, len(rows), self._many(rows)]
        if plain_map:
            rows = [self._row(x, True) for pair in sorted(e.items()) for x in pair]
            return [MAP, 0, len(rows) // 2, self._many(rows)]
        if "ref" in e:
            return self._ref(e["ref"])
        known(self.where, e, "fn argv")
        if e["fn"] not in FUNCTIONS:
            raise GenError(f"{self.where}: function {e['fn']}")
        rows = [self._row(x) for x in e["argv"]]
        return [CALL, FUNCTIONS[e["fn"]], len(rows), self._many(rows)]

    def _template(self, text):
        """"{url#scheme}://{Bucket}" as parts; {{ and }} stand for braces."""
        parts, literal = [], ""
        for token in re.findall(r"\{\{|\}\}|\{[^{}]*\}|[^{}]+|[{}]", text):
            if token in ("{{", "}}"):
                literal += token[0]
            elif token.startswith("{") and len(token) > 1:
                if literal:
                    parts.append([TEXT, 0, 0, self.pool.add(literal)])
                literal = ""
                parts.append(self._placeholder(token[1:-1]))
            elif token in "{}":
                raise GenError(f"{self.where}: template {text!r}")
            else:
                literal += token
        if not parts:
            return [TEXT, 0, 0, self.pool.add(literal)]
        if literal:
            parts.append([TEXT, 0, 0, self.pool.add(literal)])
        return [CONCAT, 0, len(parts), self._many(parts)]

    def _placeholder(self, name):
        if "#" not in name:
            return self._ref(name)
        ref, attr = name.split("#")
        args = self._many([self._ref(ref), [TEXT, 0, 0, self.pool.add(attr)]])
        return [CALL, FUNCTIONS["getAttr"], 2, args]


def compile_rules(table, rules):
    """Adds the rules to the table; returns how many slots they need."""
    return len(Compiler(table, rules).slots)


def partitions_source(data, head):
    """partitions_gen.c from botocore's partitions.json."""
    pool, rows, regions = Pool(), [], []
    for part in data["partitions"]:
        known("partitions", part, "id outputs regionRegex regions")
        out = part["outputs"]
        known("partition outputs", out, "dnsSuffix dualStackDnsSuffix implicitGlobalRegion name supportsDualStack "
              "supportsFIPS")
        names = sorted(part["regions"], key=str.encode)
        for name in names:
            if set(part["regions"][name]) - {"description"}:
                raise GenError(f"partitions: region {name} overrides outputs")
        rows.append([pool.add(out["name"]), pool.add(out["dnsSuffix"]), pool.add(out["dualStackDnsSuffix"]),
                     pool.add(out["implicitGlobalRegion"]), pool.add(part["regionRegex"]), len(regions), len(names),
                     int(out["supportsFIPS"]), int(out["supportsDualStack"]), 0])
        regions += [pool.add(n) for n in names]
    for row in rows:
        PARTITION.check(row)
    return "\n".join([
        head, '#include "providers/aws/model/wiremodel.h"', "",
        "const struct partition partitions[] = {", c_rows(rows), "};",
        f"const size_t partition_count = {len(rows)};", "",
        "const pstr partition_regions[] = {", c_rows(regions), "};", "",
        "const char partition_pool[] =", c_pool(pool.bytes()) + ";", ""])
