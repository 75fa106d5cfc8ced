"""Finding service models: in botocore's package, or in files (protocol conformance cases, single models)."""
import json
from pathlib import Path

import botocore.loaders

from .layout import GenError
from .wire import ARRAYS, Table


def service(loader, name):
    """The newest model of a service, with botocore's own amendments (sdk-extras)."""
    pages = {}
    if "paginators-1" in files_of(loader, name):
        pages = loader.load_service_model(name, "paginators-1")["pagination"]
    return Table(name, loader.load_service_model(name, "service-2"), pages,
                 loader.load_service_model(name, "endpoint-rule-set-1")).finish()


def files_of(loader, name):
    return {t for t in ("service-2", "paginators-1", "endpoint-rule-set-1")
            if name in loader.list_available_services(t)}


def from_file(path):
    """Tables of one file: a model gives one, a file of conformance suites one for each case, because the cases of a
    suite may describe the same operation differently. They are named FILE#SUITE.CASE."""
    path = Path(path)
    data = json.loads(path.read_text(encoding="utf-8"))
    if isinstance(data, dict):
        return [Table(path.stem, data, where=str(path)).finish()]
    if not isinstance(data, list):
        raise GenError(f"{path}: neither a model nor a list of suites")
    tables = []
    for i, suite in enumerate(data):
        for k, case in enumerate(suite["cases"]):
            given = case["given"]
            model = {"metadata": suite["metadata"], "shapes": suite.get("shapes", {}),
                     "operations": {given["name"]: given}}
            tables.append(Table(f"{path.parent.name}/{path.stem}#{i}.{k}", model, where=f"{path}#{i}.{k}").finish())
    return tables


def symbol(service_name):
    return "wire_" + service_name.replace("-", "_")


def block_macro():
    """WIRE_BLOCK(name, counts...) declares the type of one block."""
    params = ", ".join(f"n_{a}" for a, _ in ARRAYS)
    lines = [f"#define WIRE_BLOCK(name, {params}, n_pool) \\", "\tstruct name { \\", "\t\tstruct model head; \\"]
    lines += [f"\t\t{'pstr' if r.name == 'pstr' else 'struct ' + r.name} {a}[n_{a}]; \\" for a, r in ARRAYS]
    lines += ["\t\tchar pool[n_pool]; \\", "\t}"]
    return "\n".join(lines) + "\n"


def block_decl(name, table):
    counts = ", ".join(str(n) for n in table.counts())
    return f"WIRE_BLOCK({name}, {counts});\nextern const struct {name} {name};\n"


def tables_source(tables, name, head):
    """All tables in one C file, for test programs: const struct model *const NAME[] and NAME_count."""
    out = [head, '#include "providers/aws/model/wiremodel.h"\n', block_macro()]
    for i, table in enumerate(tables):
        out.append(block_decl(f"{name}_{i}", table))
        out.append(table.c_source(f"{name}_{i}"))
    out.append(f"extern const struct model *const {name}[];\nextern const size_t {name}_count;")
    out.append(f"const struct model *const {name}[] = {{")
    out += [f"\t&{name}_{i}.head," for i in range(len(tables))]
    out.append(f"}};\nconst size_t {name}_count = {len(tables)};\n")
    return "\n".join(out)


def new_loader():
    return botocore.loaders.Loader()
