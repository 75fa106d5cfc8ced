#!/bin/sh
# `make check`: every stage, one after the other, and the sum of their "N passed, N failed" lines at the end.
# A stage that fails does not keep the next from running. DRPLAN_STAGES="unit lint" runs only those.
B=${1:-build}
stages=${DRPLAN_STAGES:-build unit golden wire e2e fuzz gen lint install}
log=$B/check
mkdir -p "$log"
passed=0 failed=0 bad=

count() {	# file word: the number before "word" in the last line that has it, whoever printed it
	sed 's/\x1b\[[0-9;]*m//g' "$1" | grep -E "[0-9]+ (passed|failed)" | tail -1 | grep -oE "[0-9]+ $2" | grep -oE '[0-9]+' || echo 0
}

stage() {	# name command...: run it, add its counts; a stage without counts is one test
	name=$1
	shift
	case " $stages " in *" $name "*) ;; *) return ;; esac
	start=$(date +%s)
	"$@" >"$log/$name.log" 2>&1
	rc=$?
	p=$(count "$log/$name.log" passed) f=$(count "$log/$name.log" failed)
	if [ "$p" -eq 0 ] && [ "$f" -eq 0 ]; then
		if [ "$rc" -eq 0 ]; then p=1; else f=1; fi
	fi
	[ "$rc" -ne 0 ] && [ "$f" -eq 0 ] && f=1
	passed=$((passed + p)) failed=$((failed + f))
	printf '%-8s %5d passed  %3d failed  %4d s\n' "$name" "$p" "$f" $(($(date +%s) - start))
	if [ "$f" -ne 0 ]; then
		bad="$bad $name"
		tail -n 60 "$log/$name.log" | sed 's/^/    /'
	fi
}

make_() { make --no-print-directory B="$B" "$@"; }

stage build make_ -j2 all
stage unit make_ -j2 unit
stage golden make_ SAN=1 golden
stage wire make_ wire
stage e2e make_ e2e
stage fuzz make_ -j2 fuzz FUZZ_SECONDS="${FUZZ_SECONDS:-10}"
stage gen make_ gen-check
stage lint make_ lint
stage install tests/install.sh "$B"

[ -n "$bad" ] && echo "failed stages:$bad (logs in $log)"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
