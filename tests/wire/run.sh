#!/bin/sh
# The wire against published cases: run.sh BUILD [DIR]. DIR is any directory of the form of botocore's
# tests/unit/protocols (input/, output/), tests/unit/auth (aws4_testsuite/) or tests/functional (endpoint-rules/);
# without it all three come from botocore's pinned source distribution, which is unpacked under BUILD once.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
build=$(mkdir -p "$1" && cd "$1" && pwd)
cases=${2:-}
python="$build/venv/bin/python"
version=$(sed -n 's/^botocore==//p' "$top/tests/requirements.txt")
source="$build/wire/botocore-$version"

if [ -z "$cases" ] && [ ! -f "$source/.complete" ]; then
	mkdir -p "$build/wire/download"
	"$python" -m pip install -q --disable-pip-version-check setuptools wheel
	"$python" -m pip download -q --disable-pip-version-check --no-deps --no-binary :all: --no-build-isolation \
		-d "$build/wire/download" "botocore==$version"
	tar -xzf "$build/wire/download/botocore-$version.tar.gz" -C "$build/wire"
	touch "$source/.complete"
fi

cc=${CC:-gcc}
tester="$build/wire/wiretest"
if [ ! -x "$tester" ] || [ "$here/wiretest.c" -nt "$tester" ] || [ "$build/plain/libdrplan.a" -nt "$tester" ]; then
	mkdir -p "$build/wire"
	"$cc" -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -O1 -g -I"$top" -o "$tester" "$here/wiretest.c" \
		"$build/plain/libdrplan.a" -lcurl -lssl -lcrypto -lyaml -lsqlite3 -lexpat -lpcre2-8 -lz -lm
fi

if [ -n "$cases" ]; then
	exec "$python" "$here/conformance.py" --tester "$tester" --work "$build/wire" --misses "$here/misses.txt" "$cases"
fi
exec "$python" "$here/conformance.py" --tester "$tester" --work "$build/wire" --misses "$here/misses.txt" --all-misses \
	"$source/tests/unit/protocols" "$source/tests/unit/auth" "$source/tests/functional"
