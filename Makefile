# Everything a builder or a machine runs. "make help" lists it.

GO      ?= go
BIN     := bin/mconnect
FUZZFOR ?= 10s

.PHONY: help build install generate check test race unit whole bench bench-short fuzz-short

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

build: ## build bin/mconnect
	$(GO) build -trimpath -o $(BIN) ./cmd/mconnect

install: ## install what the tests need, when missing (Debian packages)
	@sh test/install.sh

test: install build check ## everything: checks; every package on SQLite and PostgreSQL, foreign programs, the whole product
	MCONNECT_TEST_POSTGRES=1 $(GO) test -count=1 -timeout 40m -p 3 -tags whole ./...

generate: ## write the Go code of the portal's templates
	$(TOOL) templ fmt internal/surface/portal
	$(TOOL) templ generate -path internal/surface/portal

TOOL := $(GO) tool -modfile=tools/go.mod

check: ## formats, vet, staticcheck, errcheck, known vulnerabilities, structure and generated pages
	@unformatted=$$(gofmt -l .); [ -z "$$unformatted" ] || { echo "gofmt: $$unformatted"; exit 1; }
	@$(TOOL) templ generate -path internal/surface/portal -log-level error
	@git diff --exit-code --stat -- '*_templ.go' || { echo "templ: generated code was not current; commit it"; exit 1; }
	$(GO) vet ./...
	$(GO) vet -tags whole ./...
	$(TOOL) staticcheck -tags whole ./...
	$(TOOL) errcheck -ignoretests -exclude tools/errcheck.txt ./...
	@GO="$(GO)" sh tools/vulnerabilities.sh
	$(GO) test ./test/shape
	$(GO) test -run TestDocs ./fault ./internal/config ./internal/cli ./internal/surface/admin

race: ## every package under the race detector, on SQLite (not part of test)
	$(GO) test -race -timeout 60m ./...

unit: ## the packages alone, on SQLite, without installing anything
	$(GO) test ./...

whole: install build ## the whole product alone: crash, disk full, tampering, foreign clients
	MCONNECT_TEST_POSTGRES=1 $(GO) test -count=1 -timeout 40m -tags whole ./test/...

bench: install build ## measure against nginx on this machine; writes docs/BENCHMARKS.md
	$(GO) run ./bench -write docs/BENCHMARKS.md

bench-short: install build ## the same in a few seconds a figure, printed only
	$(GO) run ./bench -short

fuzz-short: ## every fuzz target for FUZZFOR each
	@GO="$(GO)" sh test/fuzz.sh $(FUZZFOR)
