.DEFAULT_GOAL := help
.PHONY: help run test test-fast agent build setup format lint pictures every-picture clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

run: ## build for release, make the demo organisation once, serve it on http://localhost:8080
	@scripts/run

test: ## install what tests need and run everything
	@scripts/test

test-fast: ## only Swift tests; FILTER=RequestsTests for one room
	@scripts/test --filter "$(FILTER)"

agent: setup ## build for release the program of remote control, which clients download from the server
	@scripts/agent

build: setup ## debug build
	@swift build

setup: ## install what building and running need, make the static files
	@scripts/setup run
	@scripts/assets

format: ## lay out the Swift sources
	@swift format --in-place --parallel -r Sources Tests Package.swift

lint: ## check layout, icons and the invariants of ARCHITECTURE.md
	@swift format lint --strict --parallel -r Sources Tests Package.swift
	@scripts/check-icons
	@scripts/check-architecture

pictures: ## take the pictures of the README from a running demo
	@scripts/pictures

every-picture: ## every page, ru and en, light and dark, 1440 and 390 wide, into .build/pictures
	@scripts/pictures every

clean: ## remove everything built or installed here; data/ stays
	@[ ! -d .postgres ] || scripts/postgres stop
	rm -rf .build .venv .postgres share/okno/static/vendor
