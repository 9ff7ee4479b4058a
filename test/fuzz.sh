#!/bin/sh
# Runs every fuzz target of the module, one after another: fuzz.sh [DURATION]
set -eu
for_each="${1:-10s}"
go="${GO:-go}"
ran=0
for file in $(grep -rl --include='*_test.go' '^func Fuzz' . | sort); do
	dir=$(dirname "$file")
	for name in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$file"); do
		echo "fuzz: $dir $name"
		$go test -run='^$' -fuzz="^$name\$" -fuzztime="$for_each" -fuzzminimizetime=10x "$dir"
		ran=$((ran + 1))
	done
done
echo "fuzz: $ran targets"
[ "$ran" -gt 0 ]
