"""One service model (botocore's service-2.json with its paginators and endpoint rules) as one table.

The layout is providers/aws/model/wiremodel.h. Whatever a model says is either compiled or on a list of things that
need no compiling; anything else stops the generator.
"""
from .layout import GenError, Pool, Record, c_pool, c_rows
from . import endpoints

MAGIC = 0x31575244
MODEL = Record("model", "magic:I size:I flags:H protocol:B slots:B name:I service_id:I endpoint_prefix:I "
               "signing_name:I api_version:I target_prefix:I xml_namespace:I global_endpoint:I env_suffix:I "
               + " ".join(f"{s}_at:I {s}_n:I" for s in
                          "ops shapes defs errors pages pairs extras lists params rules conds exprs pool".split()))
OP = Record("op", "self:I name:I method:I uri:I host_prefix:I wrapper:I token:I checksum_member:I validation_member:I "
            "input:I output:I flags:H status:H page:H pairs:H n_pairs:H unused:H")
SHAPE = Record("shape", "self:I name:I wire:I def:H flags:H")
DEF = Record("shape_def", "kind:B flags:B payload:H first:I n:I")
ERROR = Record("error_shape", "self:I code:I name:I shape:I status:H sender:B retryable:B")
PAGE = Record("paginator", "in:I out:I result:I n_in:B n_out:B n_result:B unused:B more:I limit:I")
PAIR = Record("pair", "kind:I name:I value:I")
EXTRA = Record("extra", "shape:I kind:I value:I")
WORD = Record("pstr", "value:I")

# The order of the arrays in a block; the pool comes last.
ARRAYS = [("ops", OP), ("shapes", SHAPE), ("defs", DEF), ("errors", ERROR), ("pages", PAGE), ("pairs", PAIR),
          ("extras", EXTRA), ("lists", WORD), ("params", endpoints.PARAM), ("rules", endpoints.RULE),
          ("conds", endpoints.COND), ("exprs", endpoints.EXPR)]

PROTOCOLS = {"ec2": 0, "query": 1, "rest-xml": 2, "json": 3, "rest-json": 4}
KINDS = {k: i for i, k in enumerate("structure list map string boolean integer long float double blob timestamp".split())}
PLACES = {None: 0, "header": 1, "headers": 2, "uri": 3, "querystring": 4, "statusCode": 5}
TIMES = {None: 0, "iso8601": 1, "rfc822": 2, "unixTimestamp": 3}

META_KEYS = set("apiVersion auth awsQueryCompatible checksumFormat endpointPrefix globalEndpoint jsonVersion protocol "
                "protocolSettings protocols serviceAbbreviation serviceFullName serviceId signatureVersion signingName "
                "targetPrefix uid xmlNamespace ripServiceName".split())
OP_KEYS = set("name http input output documentation errors endpoint deprecated deprecatedMessage auth authtype "
              "staticContextParams httpChecksum unsignedPayload idempotent readonly requestcompression "
              "endpointdiscovery operationContextParams endpointoperation httpChecksumRequired documentationUrl "
              "alias".split())
SHAPE_KEYS = set("type members documentation enum member required max min pattern sensitive locationName exception "
                 "key value box event eventstream union fault deprecated deprecatedMessage deprecatedSince error "
                 "wrapper synthetic flattened payload timestampFormat xmlNamespace streaming xmlOrder retryable "
                 "document requiresLength jsonvalue".split())
REF_KEYS = set("shape documentation locationName idempotencyToken deprecated deprecatedMessage queryName "
               "deprecatedSince box location contextParam flattened xmlNamespace streaming xmlAttribute eventpayload "
               "eventheader hostLabel timestampFormat jsonvalue enum sensitive exampleTimestamp resultWrapper "
               "requiresLength".split())


def known(what, got, allowed):
    extra = set(got) - allowed
    if extra:
        raise GenError(f"{what}: unknown keys {sorted(extra)}")


class Table:
    """A service's table while it is being made."""

    def __init__(self, name, model, paginators=None, rules=None, where=""):
        self.name, self.model, self.where = name, model, where or name
        self.pool = Pool()
        self.arrays = {a: [] for a, _ in ARRAYS}
        self.def_index, self.made = {}, {}
        self.page_index = {}
        self.slots = 0
        self.meta = model["metadata"]
        known(f"{self.where}: metadata", self.meta, META_KEYS)
        self._paginators(paginators or {})
        for op_name in sorted(model["operations"], key=str.encode):
            self._operation(op_name, model["operations"][op_name])
        self._errors()
        self._drain()
        if rules:
            self.slots = endpoints.compile_rules(self, rules)

    # --- shapes: uses are allocated in runs (members of one structure lie together), defs are filled from a queue

    def _use(self, ref, owner, name="", required=False, root=False):
        """A shape's own locationName is the name of a document's root and of nothing else. A payload's locationName
        is often its member's name again and then names the root only along with a namespace."""
        shape = self._shape(ref["shape"])
        known(f"{self.where}: {owner}.{name}", ref, REF_KEYS)
        both = {**{k: shape[k] for k in ("flattened", "xmlNamespace", "streaming", "jsonvalue", "timestampFormat")
                   if k in shape}, **ref}
        if root and not name and "locationName" in shape:
            both["locationName"] = shape["locationName"]
        if root and name and "xmlNamespace" not in ref and ref.get("locationName", name) == name:
            both["locationName"] = shape.get("locationName", ref["shape"])
        flags = PLACES[both.get("location")]
        for key, bit in (("flattened", 16), ("xmlAttribute", 32), ("idempotencyToken", 64), ("jsonvalue", 128),
                         ("streaming", 256), ("hostLabel", 512)):
            flags |= bit if both.get(key) else 0
        flags |= 8 if required else 0
        flags |= TIMES[both.get("timestampFormat")] << 11
        flags |= 0x2000 if ref.get("eventpayload") or ref.get("eventheader") else 0
        extras = []
        if "queryName" in ref:
            extras.append((0, ref["queryName"]))
        namespace = both.get("xmlNamespace")
        if namespace:
            namespace = namespace if isinstance(namespace, dict) else {"uri": namespace}
            known(f"{self.where}: xmlNamespace", namespace, {"uri", "prefix"})
            extras.append((1, namespace["uri"]))
            if "prefix" in namespace:
                extras.append((2, namespace["prefix"]))
        if "contextParam" in ref:
            extras.append((3, ref["contextParam"]["name"]))
        return (self.pool.add(name), self.pool.add(both.get("locationName")), self._def(ref["shape"]), flags, extras)

    def _shape(self, name):
        shape = self.model["shapes"][name]
        known(f"{self.where}: shape {name}", shape, SHAPE_KEYS)
        return shape

    def _add_uses(self, uses):
        first = len(self.arrays["shapes"])
        for i, (name, wire, definition, flags, extras) in enumerate(uses):
            for kind, text in extras:
                self.arrays["extras"].append([first + i, kind, self.pool.add(text)])
            flags |= 1024 if extras else 0
            self.arrays["shapes"].append([0, name, wire, definition, flags])
        return first

    def _def(self, name):
        """Index of the shape's def. Scalars that are alike share one; composites are filled later."""
        shape = self._shape(name)
        kind = {"character": "string", "bigdecimal": "double"}.get(shape["type"], shape["type"])
        if kind not in KINDS:
            raise GenError(f"{self.where}: shape {name} has type {kind}")
        flags = 0
        for key, bit in (("sensitive", 1), ("union", 2), ("document", 4), ("exception", 8), ("eventstream", 16),
                         ("wrapper", 32), ("box", 64)):
            flags |= bit if shape.get(key) else 0
        scalar = kind not in ("structure", "list", "map")
        key = (kind, flags) if scalar else name
        if key not in self.def_index:
            self.def_index[key] = len(self.arrays["defs"])
            self.arrays["defs"].append([KINDS[kind], flags, 0, 0, 0])
            if not scalar:
                self.made[name] = False
        return self.def_index[key]

    def _drain(self):
        """Fill defs until every shape that was reached is there."""
        while True:
            todo = [n for n, done in self.made.items() if not done]
            if not todo:
                return
            for name in todo:
                self.made[name] = True
                self._fill(name, self.model["shapes"][name])

    def _fill(self, name, shape):
        row = self.arrays["defs"][self.def_index[name]]
        if shape["type"] == "structure":
            names = sorted(shape.get("members", {}), key=str.encode)
            required = set(shape.get("required", ()))
            uses = [self._use(shape["members"][n], name, n, n in required, self._is_document(shape, n)) for n in names]
            if "payload" in shape:
                row[2] = names.index(shape["payload"]) + 1
        elif shape["type"] == "list":
            uses = [self._use(shape["member"], name)]
        else:
            uses = [self._use(shape["key"], name), self._use(shape["value"], name)]
        row[3], row[4] = self._add_uses(uses), len(uses)

    # --- operations

    def _is_document(self, shape, member):
        """The member is a whole XML document."""
        return (self.meta["protocol"] == "rest-xml" and shape.get("payload") == member
                and self.model["shapes"][shape["members"][member]["shape"]]["type"] == "structure")

    def _root(self, ref, owner):
        if not ref:
            return 0
        return self._add_uses([self._use(ref, owner, root=True)]) + 1

    def _operation(self, name, op):
        where = f"{self.where}: {name}"
        known(where, op, OP_KEYS)
        known(where + ".http", op["http"], {"method", "requestUri", "responseCode"})
        flags = 0
        if op.get("authtype") == "none" or "smithy.api#noAuth" in op.get("auth", ()):
            flags |= 1
        if op.get("authtype", "none") not in ("none", "v4-unsigned-body", "v4"):
            raise GenError(f"{where}: authtype {op['authtype']}")
        flags |= 2 if op.get("unsignedPayload") or op.get("authtype") == "v4-unsigned-body" else 0
        checksum = op.get("httpChecksum", {})
        known(where + ".httpChecksum", checksum, {"requestAlgorithmMember", "requestChecksumRequired",
                                                  "requestValidationModeMember", "responseAlgorithms"})
        flags |= 4 if checksum.get("requestChecksumRequired") or op.get("httpChecksumRequired") else 0
        flags |= 8 if op.get("readonly") else 0
        flags |= 16 if op.get("idempotent") else 0
        if "requestcompression" in op:
            if "gzip" not in op["requestcompression"]["encodings"]:
                raise GenError(f"{where}: requestcompression {op['requestcompression']}")
            flags |= 32
        flags |= self._stream_flags(op)
        token = ""
        for member, ref in self._members(op.get("input")).items():
            if ref.get("idempotencyToken"):
                token = member
        pairs = self._pairs(where, op)
        add = self.pool.add
        self.arrays["ops"].append([
            0, add(name), add(op["http"]["method"]), add(op["http"]["requestUri"]),
            add(op.get("endpoint", {}).get("hostPrefix")), add((op.get("output") or {}).get("resultWrapper")),
            add(token), add(checksum.get("requestAlgorithmMember")), add(checksum.get("requestValidationModeMember")),
            self._root(op.get("input"), name), self._root(op.get("output"), name), flags,
            op["http"].get("responseCode", 0), self.page_index.get(name, 0), pairs[0], pairs[1], 0])

    def _members(self, ref):
        return self.model["shapes"][ref["shape"]].get("members", {}) if ref else {}

    def _stream_flags(self, op):
        flags = 0
        for side in ("input", "output"):
            for ref in self._members(op.get(side)).values():
                if self.model["shapes"][ref["shape"]].get("eventstream"):
                    flags |= 64
        out = op.get("output")
        payload = out and self.model["shapes"][out["shape"]].get("payload")
        if payload:
            ref = self._members(out)[payload]
            if ref.get("streaming") or self.model["shapes"][ref["shape"]].get("streaming"):
                flags |= 128
        return flags

    def _pairs(self, where, op):
        rows = self.arrays["pairs"]
        first = len(rows)
        for name, param in sorted(op.get("staticContextParams", {}).items()):
            known(where + ".staticContextParams", param, {"value"})
            value = param["value"]
            if isinstance(value, bool):
                rows.append([1 if value else 2, self.pool.add(name), 0])
            elif isinstance(value, str):
                rows.append([0, self.pool.add(name), self.pool.add(value)])
            else:
                rows.append([3, self.pool.add(name), self.pool.add("\n".join(value))])
        for name, param in sorted(op.get("operationContextParams", {}).items()):
            known(where + ".operationContextParams", param, {"path"})
            rows.append([4, self.pool.add(name), self.pool.add(param["path"])])
        return first, len(rows) - first

    def _paginators(self, pagination):
        for name in sorted(pagination, key=str.encode):
            page = pagination[name]
            known(f"{self.where}: paginator {name}", page,
                  {"input_token", "output_token", "result_key", "limit_key", "more_results", "non_aggregate_keys",
                   "py_input_token"})
            if name not in self.model["operations"]:
                raise GenError(f"{self.where}: paginator of unknown operation {name}")
            firsts, counts = [], []
            for key in ("input_token", "output_token", "result_key"):
                items = page.get(key, [])
                items = items if isinstance(items, list) else [items]
                firsts.append(len(self.arrays["lists"]))
                counts.append(len(items))
                self.arrays["lists"].extend([self.pool.add(i)] for i in items)
            if counts[0] != counts[1]:
                raise GenError(f"{self.where}: paginator {name}: tokens do not pair up")
            self.arrays["pages"].append([*firsts, *counts, 0, self.pool.add(page.get("more_results")),
                                         self.pool.add(page.get("limit_key"))])
            self.page_index[name] = len(self.arrays["pages"])

    def _errors(self):
        rows = {}
        for name in sorted(self.model["shapes"], key=str.encode):
            shape = self._shape(name)
            if not shape.get("exception"):
                continue
            error = shape.get("error", {})
            known(f"{self.where}: {name}.error", error, {"code", "httpStatusCode", "senderFault", "fault"})
            retry = shape.get("retryable")
            code = error.get("code", name)
            if code in rows:
                continue
            root = self._add_uses([self._use({"shape": name}, name)])
            rows[code] = [0, self.pool.add(code), self.pool.add(name), root + 1, error.get("httpStatusCode", 0),
                          1 if error.get("senderFault") else 0,
                          0 if retry is None else 2 if retry.get("throttling") else 1]
        self.arrays["errors"] = [rows[c] for c in sorted(rows, key=str.encode)]

    # --- the two forms

    def _head(self, spans, size):
        meta, add = self.meta, self.pool.add
        protocols = [p for p in meta.get("protocols", [meta["protocol"]]) if p in PROTOCOLS]
        if not protocols:
            raise GenError(f"{self.where}: no protocol of {meta.get('protocols')} is implemented")
        flags = 1 if "awsQueryCompatible" in meta else 0
        flags |= 2 if meta.get("serviceId") == "S3" else 0
        flags |= 8 if str(meta.get("jsonVersion", "1.0")) == "1.1" else 0
        service_id = meta.get("serviceId", "")
        namespace = meta.get("xmlNamespace")
        if isinstance(namespace, dict):
            namespace = namespace["uri"]
        return [MAGIC, size, flags, PROTOCOLS[protocols[0]], self.slots, add(self.name), add(service_id),
                add(meta.get("endpointPrefix")), add(meta.get("signingName", meta.get("endpointPrefix"))),
                add(meta.get("apiVersion")), add(meta.get("targetPrefix")), add(namespace),
                add(meta.get("globalEndpoint")), add(service_id.replace(" ", "_").replace("-", "_").upper()), *spans]

    def finish(self):
        """Place the arrays, fill the self offsets; then head and arrays are final."""
        self._head([0] * 26, 0)         # interns the head's strings
        at, spans = MODEL.size, []
        self.at = {}
        for name, record in ARRAYS:
            rows = self.arrays[name]
            self.at[name] = at
            spans += [at, len(rows)]
            if record.fields[0][0] == "self":
                for i, row in enumerate(rows):
                    row[0] = at + i * record.size
            for row in rows:
                record.check(row)
            # C has no empty arrays: one zeroed record stands in
            at += max(len(rows), 1) * record.size
        self.arrays["extras"].sort()
        pool = self.pool.bytes()
        spans += [at, len(pool)]
        self.size = at + len(pool)
        self.head = self._head(spans, self.size)
        MODEL.check(self.head)
        return self

    def binary(self):
        out = [MODEL.pack(self.head)]
        for name, record in ARRAYS:
            rows = self.arrays[name] or [[0] * len(record.fields)]
            out += [record.pack(row) for row in rows]
        out.append(self.pool.bytes())
        return b"".join(out)

    def counts(self):
        return [max(len(self.arrays[name]), 1) for name, _ in ARRAYS] + [len(self.pool.bytes())]

    def c_source(self, symbol):
        """The definition of one block: const struct SYMBOL SYMBOL = {...};"""
        out = [f"const struct {symbol} {symbol} = {{", ".head = {"]
        out += [c_rows(self.head[:14]), c_rows([tuple(self.head[i:i + 2]) for i in range(14, 40, 2)]), "},"]
        for name, record in ARRAYS:
            rows = self.arrays[name] or [[0] * len(record.fields)]
            rows = [r[0] for r in rows] if record is WORD else rows
            out += [f".{name} = {{", c_rows(rows), "},"]
        out += [".pool =", c_pool(self.pool.bytes()) + ",", "};",
                f'_Static_assert(sizeof({symbol}) == {self.size}, "layout of {symbol}");']
        return "\n".join(out) + "\n"
