# The whole vocabulary of this repository. `make` alone lists it.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run dev build test test-go test-portal test-browser verify generate bench fuzz clean

# Versions come from the lock file. "npm ci" would also demand binaries for every other platform, which a registry may not have.
NPM_INSTALL := npm install --no-save --no-audit --no-fund --loglevel=error
STATICCHECK := go run honnef.co/go/tools/cmd/staticcheck@v0.8.2

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: build ## Run Busbar with a demo tenant and live stations, on http://127.0.0.1:8080
	bin/busbar serve --demo

dev: node_modules ## Run the server and the portal's development server side by side
	trap 'kill 0' EXIT; go run ./cmd/busbar serve --demo & (cd frontend && npm run dev) & wait

build: frontend/dist/index.html ## Build bin/busbar with the portal inside
	go build -o bin/busbar ./cmd/busbar

test: build test-go test-portal test-browser ## Run every test: Go, portal, and the whole in a real browser

test-go: node_modules
	go test ./...

test-portal: frontend/node_modules
	cd frontend && npm test

test-browser: build
	scripts/chromium
	cd frontend && npm run e2e

verify: node_modules frontend/node_modules ## Check that generated code is current, formatted, and free of lint
	scripts/verify-generated
	test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); exit 1; }
	go vet ./...
	$(STATICCHECK) ./...
	cd frontend && npm run lint

generate: node_modules frontend/node_modules ## Generate what is generated: OCPP messages, ent, GraphQL, the portal's types
	go generate ./ocpp/... ./ent ./graph
	cd frontend && npm run generate

bench: build ## Measure messages a second, CPU per message, memory per idle connection, wallet debits, rating, webhooks and TLS handshakes
	bin/busbar bench
	go test -run '^$$' -bench 'Post|Session|Periods|Webhook' ./internal/billing/ledger ./internal/billing/rating ./internal/billing/payments
	go test -run '^$$' -bench Handshake ./internal/pki/endpoint

fuzz: node_modules ## Send mutated frames into the parser, the decoders and live connections, for an hour and a half
	for target in FuzzParse FuzzDecode; do go test ./ocpp/frame -run '^$$' -fuzz "^$$target\$$" -fuzztime 15m; done
	go test ./ocpp/conformance -run '^$$' -fuzz FuzzLiveConnection -fuzztime 60m -fuzzminimizetime 1x

clean: ## Remove what was built; data in .busbar stays
	rm -rf bin frontend/dist

node_modules: package.json package-lock.json
	$(NPM_INSTALL)
	touch node_modules

frontend/node_modules: frontend/package.json frontend/package-lock.json
	cd frontend && $(NPM_INSTALL)
	touch frontend/node_modules

frontend/dist/index.html: frontend/node_modules node_modules $(shell git ls-files 'frontend/src' 'frontend/public' 'graph/*.graphqls' frontend/index.html frontend/vite.config.ts)
	cd frontend && npm run build
