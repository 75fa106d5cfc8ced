#!/bin/sh
# The committed tables again (make gen), or whether they are what the pinned packages give (make gen-check).
# Usage: tools/gen.sh BUILD [--check]
set -eu
build=$1
mode=${2-}
python=$build/genvenv/bin/python
if ! cmp -s tools/requirements.txt "$build/genvenv/requirements.txt"; then
	rm -rf "$build/genvenv"
	${HOSTPY:-python3} -m venv "$build/genvenv"
	"$python" -m pip install -q --disable-pip-version-check -r tools/requirements.txt
	cp tools/requirements.txt "$build/genvenv/requirements.txt"
fi
[ "$mode" = --check ] || exec "$python" tools/gen_model.py

out=$build/gencheck
rm -rf "$out"
"$python" tools/gen_model.py --out "$out"
status=0
for file in $(cd "$out" && find . -type f | sort); do
	cmp -s "$out/$file" "$file" || { echo "gen-check: $file differs" >&2; status=1; }
done
# A table of a service that is no longer listed would stay behind unnoticed.
for file in model/*_gen.c providers/aws/model/*_gen.[ch]; do
	[ -e "$out/$file" ] || { echo "gen-check: $file is made by nothing" >&2; status=1; }
done
[ $status -eq 0 ] && echo "gen-check: tables are up to date" || echo "gen-check: run make gen" >&2
exit $status
