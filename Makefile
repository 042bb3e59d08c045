# Everything is made inside the checkout, below .cache/. Needed: Python 3.11 or later, make, git and a package index.
PYTHON ?= python3

.PHONY: help setup test unit integration molecule lint docs demo bench changelog clean

help:
	@echo "make demo         deploy a real example to a local AWS, run it again, destroy it"
	@echo "make bench        measure the same, and a fleet of endpoints, against plain boto3 scripts that make the same API calls"
	@echo "make test         everything that CI checks"
	@echo "make unit         only the unit tests and the tests of the local AWS"
	@echo "make integration  only the playbook tests"
	@echo "make molecule     all scenarios of molecule, of which make test runs two"
	@echo "make lint         only the static checks"
	@echo "make docs         build the documentation site and check its links"
	@echo "make changelog    release the version in galaxy.yml: move the fragments into CHANGELOG.rst; again for more fragments"
	@echo "make setup        make the environments that the above need"
	@echo "make clean        remove all that the above made"

setup:
	@$(PYTHON) tests/environments.py

test:
	@$(PYTHON) tests/checks.py

unit integration molecule lint:
	@$(PYTHON) tests/checks.py $@

docs:
	@$(PYTHON) tests/environments.py docs
	@.cache/environments/docs/bin/python tests/docs_site/build.py

demo:
	@$(PYTHON) tests/environments.py run
	@.cache/environments/default/bin/python tests/demo.py

bench:
	@$(PYTHON) tests/environments.py run
	@.cache/environments/default/bin/python tests/bench.py
	@.cache/environments/default/bin/python tests/bench_fleet.py
	@.cache/environments/default/bin/python tests/bench_status.py

changelog:
	@$(PYTHON) tests/environments.py tools
	@PATH="$(CURDIR)/.cache/environments/tools/bin:$$PATH" ANSIBLE_COLLECTIONS_PATH="$$(ls -d $(CURDIR)/.cache/collections/* | sort -V | tail -n 1)" antsibull-changelog release --update-existing --cummulative-release
	@.cache/environments/tools/bin/antsibull-changelog lint

clean:
	rm -rf .cache
