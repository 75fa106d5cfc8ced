#!/bin/sh
# Run each fuzzer for some seconds on a copy of its committed corpus: run.sh BUILD SECONDS FUZZER...
# A finding is kept in BUILD/fuzz/findings and fails the run.
B=$1 seconds=$2
shift 2
here=$(cd "$(dirname "$0")" && pwd)
passed=0 failed=0
mkdir -p "$B/fuzz/findings"
for f in "$@"; do
	work=$(mktemp -d) || exit 1
	corpus=$here/corpus/${f#fuzz_}
	[ -d "$corpus" ] && cp -R "$corpus/." "$work/"
	if "$B/fuzz/bin/$f" -max_total_time="$seconds" -timeout=30 -rss_limit_mb=2048 -max_len=20000 -verbosity=0 \
		-print_final_stats=1 -artifact_prefix="$B/fuzz/findings/$f-" "$work" >"$B/fuzz/$f.log" 2>&1; then
		passed=$((passed + 1))
		runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$B/fuzz/$f.log")
		echo "fuzz: $f: ${runs:-?} runs in $seconds s, nothing found"
	else
		failed=$((failed + 1))
		echo "fuzz: $f: found something:"
		tail -n 40 "$B/fuzz/$f.log"
	fi
	rm -rf "$work"
done
echo "fuzz: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
