"""What is built is what is in the tree, and nothing of it shadows a user's own modules."""

import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """A wheel built from the sdist, as an installer builds it."""
    out = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out)]
    subprocess.run([*build, "--sdist", str(ROOT)], check=True, capture_output=True)
    with tarfile.open(next(out.glob("*.tar.gz"))) as archive:
        archive.extractall(out / "source", filter="data")
    subprocess.run([*build, "--wheel", str(next((out / "source").iterdir()))], check=True, capture_output=True)
    return next(out.glob("*.whl"))


def test_the_wheel_is_the_tree(wheel):
    """The wheel holds every module and data file of the three folders, under `ragsys`, and no other module."""
    with zipfile.ZipFile(wheel) as archive:
        packed = {item for item in archive.namelist() if ".dist-info/" not in item}
    expected = set()
    for folder, prefix in (("ragsys", "ragsys"), ("ingest", "ragsys/ingest"), ("indexes", "ragsys/indexes")):
        for path in (ROOT / folder).rglob("*"):
            inside = path.relative_to(ROOT / folder)
            linked = folder == "ragsys" and inside.parts[0] in {"ingest", "indexes"}
            if path.is_file() and not linked and "__pycache__" not in inside.parts:
                expected.add(f"{prefix}/{inside.as_posix()}")
    assert packed == expected


def test_no_stray_import_names(wheel, tmp_path):
    """From an installed wheel, `ingest` and `indexes` are importable only as parts of `ragsys`."""
    venv.create(tmp_path / "env", with_pip=False)
    python = tmp_path / "env" / "bin" / "python"
    site = next((tmp_path / "env" / "lib").glob("python*")) / "site-packages"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    probe = "import importlib.util as u; print([n for n in ('ingest','indexes','ragsys') if u.find_spec(n)])"
    found = subprocess.run([python, "-I", "-c", probe], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "['ragsys']"


def test_no_index_address_in_the_constraints():
    """The constraints pin versions and never say where packages come from."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert pins
    assert all("==" in line and "://" not in line and not line.startswith("-") for line in pins)
