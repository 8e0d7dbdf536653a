# What one does with a checkout.  `make run` and `make test` need nothing but Python 3.11 and its venv module.

BASE_PYTHON ?= python3
ENV := .venv
PYTHON := $(ENV)/bin/python
# The clients of the live lane have an environment of their own: aioxmpp needs an older lxml than rosterkit.
CLIENTS := .venv-clients
# slixmpp beside rosterkit, as its own tests would have them.
EXAMPLES := .venv-examples
# The oldest of everything that is required; and Tx-XMPP in Wokkel's place.
MINIMUM := .venv-minimum
TX_XMPP := .venv-tx-xmpp
# For one tool that needs nothing of ours.
TOWNCRIER := .venv-towncrier
CODE := rosterkit tests bench release twisted docs/conf.py docs/_ext docs/examples
PIP_INSTALL := -m pip install --quiet --disable-pip-version-check --use-pep517

.DEFAULT_GOAL := help
.PHONY: help demo run test fast lint matrix flap live live-servers live-clients browser screenshots examples grade grade-servers cluster bench bench-client bench-peers crash soak load fuzz hostile docs minimum tx-xmpp licences changelog dist clean

help:
	@echo "make demo    a guided session of two minutes in the terminal; ARGS='...' adds options"
	@echo "make run     a server on loopback with two demo accounts; ARGS='...' adds options"
	@echo "make test    every test that needs nothing but Python"
	@echo "make fast    the tests of the pure rules and of the configuration only"
	@echo "make lint    format, style and types"
	@echo "make matrix  every conformance case against every client and server with a known mistake, in memory"
	@echo "make flap    the conformance suite many times on a loaded machine; RUNS=50"
	@echo "make examples    integration tests of real clients in Node, Python, C and, where it is, Go; needs npm, gcc, libstrophe-dev, prosody, ejabberd"
	@echo "make live    real clients and real servers; needs the network and Debian packages"
	@echo "make grade   eight real clients by the conformance suite, into run/grades; needs npm and profanity; ONLY='slixmpp stanza'"
	@echo "make grade-servers  Prosody, ejabberd and our own server by the conformance suite, into run/servers; RUNS=20"
	@echo "make cluster    the same with two ejabberd nodes and contacts from two peer processes"
	@echo "make bench   CPU per operation of the server, and what the fixture costs"
	@echo "make bench-peers   our server, Prosody and ejabberd side by side, then bench-client; RUNS=3, ARGS='--floor'"
	@echo "make bench-client  CPU and memory of RosterClient beside xmpp.js, slixmpp, aioxmpp and Wokkel; needs npm"
	@echo "make crash   kills the server at random points under load, fills its disk, and checks what is there; ROUNDS=200"
	@echo "make soak    500 clients do everything for MINUTES=30, with faults and restarts; rosters equal a model, memory is flat"
	@echo "make load    memory of 5,000 idle sessions, latency of 1,000 with traffic; ARGS='...' adds options"
	@echo "make fuzz    INPUTS=1000000 mutated stanzas and streams against every door; ARGS='--seconds 3600' goes on"
	@echo "make hostile    eleven attacks, one at a time, and what quiet sessions notice of each"
	@echo "make browser the inspector in headless Chromium; make screenshots takes those of the documentation anew"
	@echo "make docs    the documentation in build/docs; a warning is an error"
	@echo "make minimum     whatever touches other libraries, with the oldest versions that setup.cfg declares"
	@echo "make tx-xmpp     what is behind the door to Wokkel, without it and with Tx-XMPP in its place"
	@echo "make licences    what comes with an installation, and whether its licences go with MIT"
	@echo "make changelog   the files of docs/changes become a section of CHANGELOG.md; VERSION=1.0.0, ARGS=--draft only shows it"
	@echo "make dist    sdist and wheel in dist/, each installed into an empty environment and tried there"
	@echo "make clean   remove everything that was made here"

define WELCOME
A roster server on loopback. It is ready when a line of JSON appears below.

  Accounts   juliet@localhost, password capulet      romeo@localhost, password montague
  Server     127.0.0.1, port 5222 (STARTTLS) or 5223 (direct TLS)
  CA file    $(CURDIR)/run/ca.pem
             Your client has to trust it; it is new at every start.
  profanity  /connect juliet@localhost server 127.0.0.1 port 5222 tls trust
  slixmpp    client.ca_certs = "$(CURDIR)/run/ca.pem"
             client.connect("127.0.0.1", 5222)
  Inspector  http://127.0.0.1:6121/
  Stop       Ctrl-C

endef
export WELCOME

demo: $(ENV)/.run
	@exec $(ENV)/bin/rosterkit demo $(ARGS)

run: $(ENV)/.run
	@mkdir -p run
	@echo "$$WELCOME"
	@exec $(ENV)/bin/rosterkit serve --config docs/demo.toml --ca-file run/ca.pem $(ARGS)

test: $(ENV)/.test
	$(PYTHON) -m pytest -n 2

fast: $(ENV)/.test
	$(PYTHON) -m pytest -q tests/core tests/wire tests/test_config.py tests/test_errors.py tests/test_layers.py

lint: $(ENV)/.dev
	$(ENV)/bin/ruff format --check $(CODE)
	$(ENV)/bin/ruff check $(CODE)
	$(ENV)/bin/mypy

# A case that catches no mutant, and a mutant that nothing catches, is a failure.
matrix: $(ENV)/.run
	@mkdir -p run
	$(PYTHON) -m rosterkit check matrix --report run/matrix > run/matrix.txt || { cat run/matrix.txt; exit 1; }
	@tail -2 run/matrix.txt
	$(PYTHON) -m rosterkit check matrix --suite server --report run/matrix-server > run/matrix-server.txt || { cat run/matrix-server.txt; exit 1; }
	@tail -2 run/matrix-server.txt

RUNS ?= 50
flap: $(ENV)/.run
	$(PYTHON) bench/flap.py --runs $(RUNS)

# $(call needs,PROGRAMS,PACKAGES) ends a lane that lacks a program with what to install; servers are in /usr/sbin.
needs = @missing=; for program in $(1); do (PATH=$$PATH:/usr/sbin; command -v $$program > /dev/null) || missing="$$missing $$program"; done; \
	test -z "$$missing" || { echo "missing:$$missing; apt-get install $(2)"; exit 1; }

# Each lane says how many tests it has to run: fewer, or one that is skipped, is a failure.
live: live-servers live-clients

live-servers live-clients: export ROSTERKIT := $(CURDIR)/$(ENV)/bin/rosterkit
live-servers: $(ENV)/.test
	$(call needs,prosody ejabberdctl jabberd2-router,prosody ejabberd jabberd2)
	$(PYTHON) -m pytest -m live tests/live/test_servers.py --require 137
	$(PYTHON) -m pytest -m live tests/live/test_ejabberd_cluster.py --require 13
	$(PYTHON) -m pytest -m live tests/live/test_peer.py --require 29
	$(PYTHON) -m pytest -m live tests/live/test_probe_lines_live.py --require 50
	$(PYTHON) -m pytest -m live tests/live/test_transfer_live.py --require 4
	$(PYTHON) -m pytest -m live tests/live/test_bench_peers.py --require 22

live-clients: $(ENV)/.test $(CLIENTS)/.made
	$(call needs,profanity prosody ejabberdctl,profanity prosody ejabberd)
	$(PYTHON) -m pytest -m live tests/live/test_roster_client_live.py --require 120
	$(PYTHON) -m pytest -m live tests/live/test_aioxmpp_json.py --require 9
	$(CLIENTS)/bin/python -m pytest -m live tests/live/test_slixmpp.py --require 79
	$(CLIENTS)/bin/python -m pytest -m live tests/live/test_aioxmpp.py --require 64
	$(CLIENTS)/bin/python -m pytest -m live tests/live/test_profanity.py --require 26
	$(CLIENTS)/bin/python -m pytest -m live tests/live/test_schemathesis.py --require 1

# The inspector in a real browser.
browser: $(ENV)/.browser
	$(call needs,chromium,chromium)
	$(PYTHON) -m pytest -m browser tests/browser --require 32

screenshots: $(ENV)/.browser
	$(call needs,chromium,chromium)
	$(PYTHON) tests/browser/take_screenshots.py

# Each says how many of its tests have to pass; the C client is judged by the script in examples/shell.
examples: export ROSTERKIT := $(CURDIR)/$(ENV)/bin/rosterkit
examples: LOG := $(CURDIR)/$(EXAMPLES)/log
examples: PASSED = tee $(LOG); grep -q '^=* *$(1) passed' $(LOG)
examples: $(ENV)/.test $(CLIENTS)/.made $(EXAMPLES)/.made
	$(call needs,npm cc pkg-config curl prosody ejabberdctl,nodejs npm gcc pkg-config libstrophe-dev curl prosody ejabberd)
	$(EXAMPLES)/bin/python -m pytest examples/python/test_slixmpp.py --confcutdir examples | $(call PASSED,3)
	$(CLIENTS)/bin/python -m pytest examples/python/test_aioxmpp.py --confcutdir examples | $(call PASSED,2)
	$(PYTHON) -m pytest examples/python/test_roster_client.py --confcutdir examples | $(call PASSED,1)
	$(EXAMPLES)/bin/python -m pytest examples/peer/test_readme.py --confcutdir examples | $(call PASSED,2)
	$(EXAMPLES)/bin/python -m pytest examples/pages --confcutdir examples | $(call PASSED,4)
	npm --prefix examples/node install --silent --no-audit --no-fund
	cd examples/node && node --test --test-reporter tap > $(LOG) 2>&1 || { cat $(LOG); exit 1; }
	@grep '^# \(pass\|fail\)' $(LOG); grep -q '^# pass 12$$' $(LOG) && grep -q '^# fail 0$$' $(LOG)
	cc -Wall -Werror -o $(EXAMPLES)/client examples/c/client.c $$(pkg-config --cflags --libs libstrophe)
	cd $(EXAMPLES) && PATH=$(CURDIR)/$(ENV)/bin:$$PATH ../examples/shell/answers_a_push.sh ./client
	@command -v go > /dev/null || echo "Go is not installed (apt-get install golang-go): its example was not run."
	! command -v go > /dev/null || { cd examples/go && go vet ./... && go test -count=1 ./... && \
	    go build -o $(CURDIR)/$(EXAMPLES)/go-client . && cd $(CURDIR)/$(EXAMPLES) && \
	    PATH=$(CURDIR)/$(ENV)/bin:$$PATH ../examples/shell/answers_a_push.sh ./go-client; }

# Exit code 1 where a client gets another verdict than the one that docs/results/expected gives a reason for.
# ONLY names some of the clients, as docs/results does.
ONLY ?=
grade: $(ENV)/.run $(CLIENTS)/.made $(EXAMPLES)/.made
	$(call needs,npm node profanity,nodejs npm profanity)
	npm --prefix examples/check ci --silent --no-audit --no-fund
	$(PYTHON) examples/check/grade.py --slixmpp-python $(EXAMPLES)/bin/python --aioxmpp-python $(CLIENTS)/bin/python \
	    --profanity-python $(CLIENTS)/bin/python $(ONLY) $(ARGS)

# Exit code 1 where a server gets another verdict than the one that docs/results/expected gives a reason for.
grade-servers: RUNS := 1
grade-servers: $(ENV)/.run
	$(call needs,prosody ejabberdctl,prosody ejabberd)
	$(PYTHON) examples/check/servers.py --runs $(RUNS) $(ARGS)

cluster: $(ENV)/.run
	$(call needs,ejabberdctl,ejabberd)
	$(PYTHON) examples/check/cluster.py $(ARGS)

bench: $(ENV)/.run
	$(PYTHON) -m bench.peers --servers rosterkit --floor
	$(PYTHON) bench/fixture.py

bench-client: $(ENV)/.run $(CLIENTS)/.made
	@command -v npm > /dev/null || { echo "npm is missing: install Node.js 20 or newer"; exit 1; }
	$(PYTHON) bench/client/run.py --clients-python $(CLIENTS)/bin/python --node-folder $(CLIENTS)/node $(ARGS)

# Exit code 1 where a workload costs our server more than the cheaper of the others.
bench-peers: RUNS := 3
bench-peers: $(ENV)/.test $(CLIENTS)/.made
	$(call needs,prosody ejabberdctl,prosody ejabberd)
	$(PYTHON) -m bench.peers --runs $(RUNS) --start 100000 $(ARGS)
	$(PYTHON) -m bench.peers --growth
	$(PYTHON) bench/client/run.py --clients-python $(CLIENTS)/bin/python --node-folder $(CLIENTS)/node

# Exit code 1 where a roster is not what the model says, memory grows, or the server logs a failure.
MINUTES ?= 30
soak: $(ENV)/.run
	$(PYTHON) -m bench.soak --minutes $(MINUTES) $(ARGS)

# Exit code 1 where an answered change is lost or one is half there; it says how to repeat that.
crash: ROUNDS := 200
crash: $(ENV)/.run
	$(PYTHON) -m bench.crash --rounds $(ROUNDS) $(if $(SEED),--seed $(SEED)) $(ARGS)

# Exit code 1 where an idle session holds more memory than it may.
load: $(ENV)/.run
	$(PYTHON) -m bench.load $(ARGS)

# Exit code 1 where an input was wrong, too slow or left something behind; it is then in run/fuzz.
INPUTS ?= 1000000
fuzz: $(ENV)/.fuzz
	$(PYTHON) -m bench.fuzz --inputs $(INPUTS) $(if $(SEED),--seed $(SEED)) $(ARGS)

# Exit code 1 where others feel an attack.
hostile: $(ENV)/.run
	$(PYTHON) -m bench.hostile $(ARGS)

# No environment of its own: the pages are made from what is installed here.
docs: $(ENV)/.docs
	$(PYTHON) -m sphinx -W --keep-going -n -q -j auto docs build/docs
	@echo "build/docs/index.html"
# The checkout itself is tried, without being installed.  tests/core is not: the rules import no library.
minimum tx-xmpp: export PYTHONPATH := $(CURDIR)
minimum: $(MINIMUM)/.made
	$(MINIMUM)/bin/python -m pytest -q -n 2 tests/wire tests/xmpp tests/client tests/peer tests/net tests/transfer \
	    tests/test_config.py tests/test_tap.py tests/conformance/test_report_pages.py --require 4076

tx-xmpp: DRIVER = $(TX_XMPP)/bin/python examples/check/rosterkit_driver.py {jid} {password} {host} {port} {ca} {state}
tx-xmpp: $(TX_XMPP)/.made
	$(TX_XMPP)/bin/python -m pytest -q -n 2 tests/xmpp tests/client tests/peer tests/test_package.py tests/test_tap.py \
	    tests/test_layers.py::test_no_import_installs_a_reactor --require 1407
	$(TX_XMPP)/bin/python -m rosterkit check client rfc6121/2.1 --report run/tx-xmpp --exec '$(DRIVER)'

# Exit code 1 where a licence is not known to go with ours.
licences: $(ENV)/.run
	$(PYTHON) -m release.licences

changelog: $(TOWNCRIER)/.made
	@test -n "$(VERSION)" || { echo "Name the version of the release: make changelog VERSION=1.0.0"; exit 2; }
	$(TOWNCRIER)/bin/towncrier build --yes --version $(VERSION) $(ARGS)

# Exit code 1 where a file is missing in one of them, or what a new user does first does not work.
dist: $(ENV)/.dev
	$(PYTHON) -m release.dist $(ARGS)

clean:
	rm -rf $(ENV) $(CLIENTS) $(EXAMPLES) $(MINIMUM) $(TX_XMPP) $(TOWNCRIER) examples/node/node_modules examples/check/node_modules build dist run *.egg-info .pytest_cache .ruff_cache .mypy_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment.  Each stamp is the set of packages that its verbs need.

$(ENV)/.made:
	@$(BASE_PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "rosterkit needs Python 3.11 or newer. Name one: make $(MAKECMDGOALS) BASE_PYTHON=python3.12"; exit 1; }
	@$(BASE_PYTHON) -c 'import ensurepip, venv' 2> /dev/null || { \
	    echo "Python's venv module is missing. On Debian: apt-get install python3-venv"; exit 1; }
	@echo "Making the environment in $(ENV) (once; it takes a minute or two)."
	@$(BASE_PYTHON) -m venv --clear $(ENV)
	@touch $@

$(ENV)/.run: EXTRA :=
$(ENV)/.test: EXTRA := [test]
$(ENV)/.dev: EXTRA := [dev]
$(ENV)/.docs: EXTRA := [docs]
$(ENV)/.browser: EXTRA := [browser]
$(ENV)/.run $(ENV)/.test $(ENV)/.dev $(ENV)/.docs $(ENV)/.browser: $(ENV)/.made setup.cfg pyproject.toml
	@echo "Installing rosterkit$(EXTRA) and what it needs into $(ENV)."
	@$(PYTHON) $(PIP_INSTALL) --editable '.$(EXTRA)'
	@touch $@

# atheris has no wheel for some Pythons: then the grammar alone makes inputs, and the run says so.
$(ENV)/.fuzz: $(ENV)/.run
	@echo "Installing rosterkit[fuzz] and what it needs into $(ENV)."
	@$(PYTHON) $(PIP_INSTALL) --only-binary atheris --editable '.[fuzz]' && touch $@ || \
	    echo "atheris could not be installed; the next run tries again."

$(CLIENTS)/.made: $(ENV)/.made tests/live/requirements.txt
	@echo "Installing the clients of the live lane into $(CLIENTS)."
	@$(BASE_PYTHON) -m venv --clear $(CLIENTS)
	@$(CLIENTS)/bin/python $(PIP_INSTALL) --requirement tests/live/requirements.txt
	@touch $@

$(EXAMPLES)/.made: $(ENV)/.made setup.cfg
	@echo "Installing rosterkit and slixmpp into $(EXAMPLES)."
	@$(BASE_PYTHON) -m venv --clear $(EXAMPLES)
	@$(EXAMPLES)/bin/python $(PIP_INSTALL) . pytest slixmpp==1.17.0
	@touch $@

$(MINIMUM)/.made $(TX_XMPP)/.made: .venv-%/.made: $(ENV)/.test setup.cfg release/requirements.py
	@echo "Installing what rosterkit requires, and what its tests need, into .venv-$*."
	@$(BASE_PYTHON) -m venv --clear --without-pip .venv-$*
	@$(PYTHON) -m release.requirements $* > .venv-$*/requirements.txt
	@$(PYTHON) -m pip --python .venv-$*/bin/python install --quiet --disable-pip-version-check --only-binary :all: \
	    --requirement .venv-$*/requirements.txt
	@touch $@

$(TOWNCRIER)/.made: $(ENV)/.made
	@$(BASE_PYTHON) -m venv --clear $(TOWNCRIER)
	@$(TOWNCRIER)/bin/python -m pip install --quiet --disable-pip-version-check 'towncrier >= 24.8'
	@touch $@
