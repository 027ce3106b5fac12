# peerapi. Every target sets up what it needs in .venv; PYTHON chooses the Python (3.11 or newer).
PYTHON ?= python3
WORKERS ?= 4
VENV := .venv
RUN := $(VENV)/bin/python
READY := $(VENV)/.ready

.PHONY: build wine test test-wine test-newcomer demo bench bench-peers bench-million simulate simulate-names simulate-drt simulate-people simulate-homes table-kills shared-kills hostile-relay reach-lab two-homes relay-seats evening soak big-board large-file long-document fuzz lint format clean help

build: $(READY)
	@$(RUN) build_ffi.py
	@mkdir -p $(VENV)/share/man/man1 && ln -sf ../../../../docs/peerapi.1 $(VENV)/share/man/man1/peerapi.1
	@echo 'The command is $(CURDIR)/$(VENV)/bin/peerapi; so that the shell finds it, and man its page: export PATH="$(CURDIR)/$(VENV)/bin:$$PATH"'
	@echo 'For pkg-config: export PKG_CONFIG_PATH="$(CURDIR)/peerapi/lib/pkgconfig"'

# DLLs with which Windows programs under Wine use the library: docs/wine.md
wine: build
	@$(RUN) build_wine.py

# Each file is one process's, and much of a test is waiting: more processes than processors.
test: build
	@sh tools/preflight.sh test '$(PYTHON)'
	$(RUN) -m pytest -q tests -n $(WORKERS) --dist loadfile --no-loadscope-reorder

# What the README says, word by word, on a bare Debian in a folder of its own: for root, where debootstrap gets packages.
test-newcomer:
	@sh tools/newcomer.sh

# Programs of Windows, of which each adds ten thousand records to a graph: make test-wine RECORDS=100000
test-wine: build
	@sh tools/preflight.sh test '$(PYTHON)'
	PEERAPI_WINE_RECORDS=$(or $(RECORDS),10000) $(RUN) -m pytest -q tests/wine

demo: build
	@$(RUN) samples_c/demo.py

bench: build
	@$(RUN) benchmarks/run.py

# What `make bench` shows beside: a Redis server, pyzmq, kademlia. For root, where apt-get is; otherwise it says what to install.
bench-peers: build
	@sh tools/peers.sh '$(VENV)'
	@$(RUN) benchmarks/run.py

# A graph of a million records beside one of 100,000: some minutes, 1.5 GB of disk.
bench-million: build
	@$(RUN) -m benchmarks.million

# A graph on virtual time: make simulate NODES=1000 SEED=7
simulate: build
	$(RUN) -m tests.simulation --nodes $(or $(NODES),100) --seed $(or $(SEED),1)

# A graph of which most nodes are at home behind routers, and one of three relays dies: make simulate-homes NODES=300 SEED=1
simulate-homes: build
	$(RUN) -m tests.simulation.homes_scenario --nodes $(or $(NODES),300) --seed $(or $(SEED),1)

# Clouds of peer names on virtual time, a quarter of an hour: make simulate-names, or NODES='10 100'
simulate-names: build
	$(RUN) -m tests.simulation.pnrp $(if $(NODES),--nodes $(NODES))

# People near by on virtual time, some minutes: make simulate-people PEOPLE=200 SEED=7
simulate-people: build
	$(RUN) -m tests.simulation.people --people $(or $(PEOPLE),200) --seed $(or $(SEED),1)

# Distributed Routing Tables on virtual time, some ten minutes: make simulate-drt, or NODES='10 100'
simulate-drt: build
	$(RUN) -m tests.simulation.drt $(if $(NODES),--nodes $(NODES))

# Forty processes of a table on this machine, ten of which are killed again and again: make table-kills ROUNDS=20
table-kills: build
	$(RUN) -m tests.drt.kills --nodes 40 --kills 10 --rounds $(or $(ROUNDS),10)

# Four programs of one person in one open group, whose holder is killed again and again: make shared-kills KILLS=50
shared-kills: build
	PEERAPI_KILLS=$(or $(KILLS),50) $(RUN) -m pytest -q -s tests/sharing/test_takeover.py

# A relay that changes what goes through it, each way so often: make hostile-relay RUNS=1000
hostile-relay: build
	$(RUN) -m tests.reach.hostile --runs $(or $(RUNS),1000)

# Which pairs of homes come together, and how, in network namespaces (root): make reach-lab, or DELAY=50 (milliseconds from
# each home to the others) PAIRS='CC VV' RUNS=100
reach-lab: build
	$(RUN) -m tests.reach_lab --delay $(or $(DELAY),0) --pairs '$(PAIRS)' --runs $(or $(RUNS),1) $(if $(PICTURE),--picture $(PICTURE))

# A relay with very many seats: memory, idle, restarted (make relay-seats SEATS=10000)
relay-seats: build
	$(RUN) -m tests.relay.many_seats --seats $(or $(SEATS),10000)

# A large file comes while strokes go on, and how long these take: make large-file SIZE=60M
large-file: build
	$(RUN) -m tests.activities.large --size $(or $(SIZE),2G)

# Six write one document at random, are offline and killed: what it takes on disk and until somebody has it who joins, beside
# pycrdt alone in memory (make long-document KEYS=100000; AT_ONE_PLACE=8: so many keys at one place, in the mean)
long-document: build
	$(RUN) -m tests.activities.document.long --keys $(or $(KEYS),100000) --run $(or $(AT_ONE_PLACE),1)

# docs/two-homes.png, one card on the pages of two people behind two symmetric routers (root)
two-homes: build
	$(RUN) tools/two_homes.py

# An evening of four people in four homes, each with a browser, and how fast it is; with DELAY=1 50 ms of network (root).
# Pictures go to build/evening, or to the folder PICTURES
evening: build
	$(RUN) -m tests.home.four_homes $(if $(DELAY),--delay) $(or $(PICTURES),build/evening)

# Four people at a board, each with a page in a browser, for so many MINUTES: console and stderr stay empty, the boards equal
soak: build
	$(RUN) -m tests.whiteboard.soak --minutes $(or $(MINUTES),20)

# A board of a group with very many strokes, each signed, is joined and shown: make big-board STROKES=50000
big-board: build
	PEERAPI_BIG_GROUP=$(or $(STROKES),50000) $(RUN) -m pytest -q tests/whiteboard/test_big_board.py

# Any bytes at every door, and stories of whole nodes: make fuzz SECONDS=1800 TARGETS='node group clouds'
fuzz: build
	@sh tools/extra.sh '$(VENV)' fuzz
	$(RUN) -m fuzz $(TARGETS) --seconds $(or $(SECONDS),180)

lint: build
	$(RUN) -m ruff check .
	$(RUN) -m mypy
	@sh tools/c_layout.sh check '$(VENV)'

format: build
	@sh tools/c_layout.sh format '$(VENV)'

# The library is built in place when the package is installed; afterwards build_ffi.py rebuilds it when something is newer.
$(READY): pyproject.toml setup.py tools/locks/test.txt
	@sh tools/preflight.sh build '$(PYTHON)'
	@sh tools/environment.sh '$(PYTHON)' '$(VENV)'
	@touch $(READY)

clean:
	rm -rf $(VENV) build dist peerapi/lib peerapi/*.so peerapi/graphing/codec/*.so peerapi/grouping/*.so peerapi/store/*.so peerapi/activities/document/*.so *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

help:
	@echo 'make build | wine | test | test-wine | test-newcomer | demo | bench | bench-peers | bench-million | simulate | simulate-names | simulate-people | simulate-homes | hostile-relay | reach-lab | two-homes | relay-seats | evening | soak | big-board | large-file | long-document | fuzz | lint | format | clean    (PYTHON=/path/to/python3 chooses the Python)'
