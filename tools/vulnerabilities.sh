#!/bin/sh
# Looks for known vulnerabilities in what the program calls. Where the database cannot be reached, it says so and passes.
set -u

log=$(mktemp)
trap 'rm -f "$log"' EXIT
"${GO:-go}" tool -modfile=tools/go.mod govulncheck ./... >"$log" 2>&1
code=$?
if [ "$code" -eq 1 ] && grep -qiE 'vuln\.go\.dev|fetching vulnerabilities|no such host|dial tcp|proxyconnect' "$log"; then
	echo "check: the database of vulnerabilities cannot be reached; nothing was compared with it"
	exit 0
fi
cat "$log"
exit "$code"
