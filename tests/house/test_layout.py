"""The house rules that a reader relies on: small modules, honest `__all__`, imports that point downwards."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("ragsys", "ingest", "indexes")
MODULES = sorted(
    path
    for folder in FOLDERS
    for path in (ROOT / folder).rglob("*.py")
    if not any(parent.is_symlink() for parent in path.parents)
)


def name(path):
    """A module's path from the root, as the test's id."""
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_a_module_is_small(path):
    """No module is beyond 400 lines."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_all_is_complete(path):
    """`__all__` names every public class and function of a module, and nothing that it does not define."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assigned = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    if "__all__" not in assigned:
        public = [
            node.name
            for node in tree.body
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.name.startswith("_")
        ]
        assert not public, f"{public} are public without an __all__"
        return
    listed = ast.literal_eval(assigned["__all__"])
    assert len(listed) == len(set(listed))
    if path.name == "__init__.py":
        return  # what a package re-exports is defined elsewhere
    defined = {
        node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    }
    assert {item for item in defined if not item.startswith("_")} <= set(listed)
    annotated = {n.target.id for n in tree.body if isinstance(n, ast.AnnAssign) and isinstance(n.target, ast.Name)}
    assert set(listed) <= defined | assigned.keys() | annotated


def test_imports_point_downwards():
    """import-linter finds no import against the direction that ARCHITECTURE.md draws."""
    linter = Path(sys.executable).parent / "lint-imports"
    result = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_nothing_is_unpickled(path):
    """No module imports a serialiser that can run code, or calls a loader that may use one."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    assert not imported & {"pickle", "marshal", "shelve", "joblib", "dill", "cloudpickle"}
    calls = [ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    # FAISS reads bytes that were hashed before, never a path.
    suspects = ("torch.load(", "np.load(", "numpy.load(", "faiss.read_index(")
    allowed = "faiss.read_index(faiss.PyCallbackIOReader(io.BytesIO("
    assert not [call for call in calls if call.startswith(suspects) and not call.startswith(allowed)]
