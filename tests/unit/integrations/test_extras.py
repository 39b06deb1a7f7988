"""What the retrievers need from outside: their framework, whose absence is said, and no network."""

import subprocess
import sys

import pytest

PACKAGES = {"langchain": "langchain_core", "llamaindex": "llama_index.core"}
PROBE = """
import sys
from ragsys.offline import forbid_network
forbid_network()
from ragsys import QueryEngine
from ragsys.testing import HashEmbedder
from ragsys.integrations.{module} import RagsysRetriever
with QueryEngine.open(sys.argv[1], embedder=HashEmbedder()) as engine:
    print(len(RagsysRetriever({engine}).{method}("bicycle chain")))
"""


@pytest.mark.parametrize(
    ("module", "engine_argument", "method"),
    [("langchain", "engine=engine", "invoke"), ("llamaindex", "engine", "retrieve")],
)
def test_no_network_is_asked_for(engine, tmp_path, module, engine_argument, method):
    """Importing the framework and retrieving opens no connection: with the network forbidden, it works."""
    pytest.importorskip(PACKAGES[module])
    code = PROBE.format(module=module, engine=engine_argument, method=method)
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "index")], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.returncode) == ("2\n", 0), done.stderr


@pytest.mark.parametrize("module", PACKAGES)
def test_without_the_framework_it_says_what_to_install(module):
    """Importing a retriever whose framework is missing is a typed error that names the extra."""
    code = f"""
import sys
sys.modules[{PACKAGES[module]!r}] = None
from ragsys.errors import ExtraMissingError
try:
    import ragsys.integrations.{module}
except ExtraMissingError as error:
    print(error.hint)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert f"ragsys[{module}]" in done.stdout
