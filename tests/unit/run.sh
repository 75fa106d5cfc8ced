#!/bin/sh
# Run unit-test programs (cmocka); print one line each and the sum. Exit 1 if any failed or none ran.
passed=0 failed=0
for t in "$@"; do
	out=$("$t" 2>&1); rc=$?
	p=$(printf '%s\n' "$out" | sed -n 's/^\[  PASSED  \] \([0-9]*\) test.*/\1/p' | awk '{s+=$1} END {print s+0}')
	f=$(printf '%s\n' "$out" | sed -n 's/^\[  FAILED  \] .*: \([0-9]*\) test.*/\1/p' | awk '{s+=$1} END {print s+0}')
	[ "$rc" -ne 0 ] && [ "$f" -eq 0 ] && f=1
	[ "$rc" -eq 0 ] && [ "$p" -eq 0 ] && f=1
	passed=$((passed + p)) failed=$((failed + f))
	if [ "$rc" -ne 0 ] || [ "$f" -ne 0 ]; then
		printf '%s\n' "$out" | grep -v '^\[ RUN\|^\[       OK' >&2
		echo "unit: ${t##*/}: $p passed, $f failed (exit $rc)"
	fi
done
echo "unit: $passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
