#!/usr/bin/env python3
"""Makes the committed tables from botocore's and cfn-lint's packages (versions: tools/requirements.txt).

    gen_model.py [--out TOP] [--only wire|schema]     the product's tables, under TOP (default: this tree)
    gen_model.py --models FILE... --out X.c --name S  tables of other model files or conformance suites, as C
    gen_model.py --models FILE... --out X.bin         the same as a file that model_open() reads

The same input gives the same bytes. Anything in the input that isn't understood is an error, never skipped.
"""
import argparse
import sys
from pathlib import Path

import botocore

from genmodel import botomodels, endpoints
from genmodel.layout import GenError

TOP = Path(__file__).resolve().parent.parent


def lines_of(path):
    """The entries of a list file: one a line, # starts a comment."""
    lines = [line.split("#")[0].strip() for line in path.read_text().splitlines()]
    return [line for line in lines if line]


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(text, bytes):
        path.write_bytes(text)
    else:
        path.write_text(text, encoding="utf-8")


def head_of(what):
    return (f"/* {what}\n * Made by tools/gen_model.py from botocore {botocore.__version__}. Not to be edited: `make gen`.\n"
            " * wiremodel.h describes the layout. */")


def gen_wire(out):
    folder = out / "providers/aws/model"
    loader = botomodels.new_loader()
    decls, total = [], 0
    names = sorted(lines_of(TOP / "tools/services.txt"), key=str.encode)
    for name in names:
        table = botomodels.service(loader, name)
        symbol = botomodels.symbol(name)
        decls.append(botomodels.block_decl(symbol, table))
        write(folder / f"{name.replace('-', '_')}_gen.c",
              head_of(f"The {table.model['metadata']['serviceId']} API, version {table.meta['apiVersion']}.") +
              '\n#include "providers/aws/model/tables_gen.h"\n\n' + table.c_source(symbol))
        total += table.size
        print(f"{name}: {len(table.arrays['ops'])} operations, {table.size} bytes", file=sys.stderr)
    write(folder / "tables_gen.h", head_of("The types of the service tables, for index_gen.c and the tables themselves.") +
          '\n#ifndef DRPLAN_AWS_MODEL_TABLES_GEN_H\n#define DRPLAN_AWS_MODEL_TABLES_GEN_H\n'
          '#include "providers/aws/model/wiremodel.h"\n\n' + botomodels.block_macro() + "\n" + "\n".join(decls) +
          "\n#endif\n")
    index = [head_of("All service tables, sorted by name."), '#include "providers/aws/model/tables_gen.h"', "",
             "const struct model *const wire_models[] = {"]
    index += [f"\t&{botomodels.symbol(n)}.head," for n in names]
    index += ["};", f"const size_t wire_model_count = {len(names)};", ""]
    write(folder / "index_gen.c", "\n".join(index))
    write(folder / "partitions_gen.c",
          endpoints.partitions_source(loader.load_data("partitions"), head_of("AWS's partitions and regions.")))
    print(f"wire: {len(names)} services, {total} bytes", file=sys.stderr)


def gen_models(files, out, name):
    tables = [table for path in files for table in botomodels.from_file(path)]
    if out.suffix == ".bin":
        write(out, b"".join(table.binary() for table in tables))
    else:
        write(out, botomodels.tables_source(tables, name, head_of("Models of test cases.")))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=TOP)
    parser.add_argument("--only", choices=["wire", "schema"])
    parser.add_argument("--models", nargs="+")
    parser.add_argument("--name", default="models")
    args = parser.parse_args()
    try:
        if args.models:
            gen_models(args.models, args.out, args.name)
            return 0
        if args.only != "schema":
            gen_wire(args.out)
        if args.only != "wire":
            from genmodel import schema
            schema.generate(TOP, args.out, lines_of(TOP / "tools/types.txt"))
    except GenError as e:
        print(f"gen_model: {e}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
