"""Uploads and removals where something comes between: another server, another writer, or the end of this one."""

import io
import threading

import pytest
import web

from ragsys import QueryEngine, Settings
from ragsys.config import INDEX_DIR
from ragsys.indexes.lock import writer_lock
from ragsys.server.spool import Spool
from ragsys.testing import HashEmbedder


def upload(client, name="kettle.md", text="The kettle whistles at noon.\n", **params):
    """Upload one file; the response."""
    return client.post("/v1/documents", files={"file": (name, text.encode())}, params=params)


def names(client):
    """The names of the files of the documents that are listed."""
    return {document["source"].rpartition("/")[2] for document in client.get("/v1/documents").json()["documents"]}


def code(response):
    """Status and code of an error."""
    return response.status_code, response.json()["error"]["code"]


def store(home, name, text):
    """Store an upload as a server does that dies then; its record."""
    data = io.BytesIO(text.encode())
    return Spool(home / INDEX_DIR).store(name, data, namespace="shared", acl=None, most_bytes=100)


def test_one_server_takes_the_uploads_of_an_index(tmp_path):
    """A second one answers and refuses changes, disturbs no upload, and takes over when the first one is gone."""
    path = web.fill(tmp_path)
    with web.serving(tmp_path, {"notes": path}) as owner, owner.client() as first:
        half = path / "uploads" / "pending" / "coming"
        half.mkdir(parents=True)
        with web.serving(tmp_path, {"notes": path}) as running, running.client() as second:
            assert half.is_dir()
            made = upload(first, wait=True).json()["uploads"][0]
            assert made["state"] == "indexed"
            assert "kettle.md" in names(second)
            refused = upload(second, "second.md")
            assert code(refused) == (503, "index-busy")
            assert refused.headers["retry-after"]
            assert code(second.delete(f"/v1/documents/{made['document']}")) == (503, "index-busy")
    with web.serving(tmp_path, {"notes": path}) as running, running.client() as third:
        assert not half.exists()
        assert upload(third, "third.md", wait=True).status_code == 200
        assert third.delete(f"/v1/documents/{made['document']}").status_code == 200


def test_what_was_left_is_taken_up_when_the_other_server_ends(tmp_path):
    """Uploads that the first server acknowledged and did not index are indexed by the one that waited."""
    path = web.fill(tmp_path)
    owner = Spool(path)
    assert owner.claim()
    with web.serving(tmp_path, {"notes": path}) as running, running.client() as client:
        store(tmp_path, "kettle.md", "The kettle whistles.\n")
        assert code(upload(client)) == (503, "index-busy")
        owner.release()
        web.until(lambda: "kettle.md" in names(client))


def test_an_interrupted_removal_is_brought_to_its_end(tmp_path):
    """Document, file and what was pending of it are gone after the next start; what came later is there."""
    path = web.fill(tmp_path)
    with web.serving(tmp_path, {"notes": path}) as running, running.client() as client:
        made = upload(client, wait=True).json()["uploads"][0]
        source = client.get(f"/v1/documents/{made['document']}").json()["source"]
    store(tmp_path, "kettle.md", "The kettle is new.\n")
    spool = Spool(path)
    spool.pending()
    spool.intend(source, made["document"])
    with web.serving(tmp_path, {"notes": path}) as running, running.client() as client:
        web.until(lambda: not list((path / "uploads" / "removing").iterdir()))
        web.until(lambda: all(kept["state"] != "stored" for kept in client.get("/v1/uploads").json()["uploads"]))
        assert "kettle.md" not in names(client)
        assert list((path / "uploads" / "files" / "shared").iterdir()) == []
        assert list((path / "uploads" / "pending").iterdir()) == []
        assert upload(client, wait=True).status_code == 200
        assert "kettle.md" in names(client)


def test_a_removal_that_was_being_written_down_has_not_begun(tmp_path):
    """A server that died over it removes nothing then, and nothing at any later start."""
    path = web.fill(tmp_path)
    with web.serving(tmp_path, {"notes": path}) as running, running.client() as client:
        made = upload(client, wait=True).json()["uploads"][0]
        source = client.get(f"/v1/documents/{made['document']}").json()["source"]
    removal = Spool(path).intend(source, made["document"])
    written = path / "uploads" / "removing" / f"{removal.id}.json"
    written.rename(written.with_suffix(".tmp"))
    with web.serving(tmp_path, {"notes": path}) as running, running.client() as client:
        assert upload(client, "other.md", wait=True).status_code == 200
        assert "kettle.md" in names(client)
    assert list(written.parent.iterdir()) == []


def test_a_removal_that_is_refused_changes_nothing(tmp_path):
    """Where another process writes, the document, its file and a newer version that is pending all stay."""
    path = web.fill(tmp_path)
    served = web.serving(tmp_path, {"notes": path}, lock_timeout=0.2)
    with served as running, running.client() as client:
        made = upload(client, wait=True).json()["uploads"][0]
        with writer_lock(path, 10):
            assert upload(client, text="The kettle is new.\n").status_code == 202
            assert code(client.delete(f"/v1/documents/{made['document']}")) == (503, "index-busy")
        web.until(lambda: all(kept["state"] == "indexed" for kept in client.get("/v1/uploads").json()["uploads"]))
        assert client.get(f"/v1/documents/{made['document']}/text").json()["text"] == "The kettle is new.\n"


def test_an_upload_that_could_not_be_indexed_does_not_come_back(tmp_path, monkeypatch):
    """What stays pending for the next start is given up where its document is removed, or a newer version comes."""
    path = web.fill(tmp_path)
    with web.serving(tmp_path, {"notes": path}) as running, running.client() as client:
        upload(client, "removed.md", wait=True)
        kept = upload(client, "replaced.md", wait=True).json()["uploads"][0]
        with monkeypatch.context() as patched:
            patched.setattr(Spool, "place", lambda spool, stored: 1 / 0)
            failed = [
                upload(client, name, "old\n", wait=True).json()["uploads"][0] for name in ("removed.md", kept["name"])
            ]
        assert [found["code"] for found in failed] == ["internal", "internal"]
        assert client.delete(f"/v1/documents/{failed[0]['document']}").status_code == 200
        assert upload(client, kept["name"], "new\n", wait=True).status_code == 200
    with web.serving(tmp_path, {"notes": path}) as running, running.client() as client:
        assert client.get("/v1/uploads").json()["uploads"] == []
        assert "removed.md" not in names(client)
        assert client.get(f"/v1/documents/{kept['document']}/text").json()["text"] == "new\n"


def test_the_command_line_adds_while_files_are_uploaded(tmp_path):
    """Two writers take turns: everything that either acknowledged is there, once."""
    path = web.fill(tmp_path)
    errors = []

    def add():
        try:
            with QueryEngine.open(path, settings=Settings(), embedder=HashEmbedder()) as engine:
                for number in range(8):
                    (tmp_path / f"added{number}.md").write_text(f"The anchor {number} is weighed.\n")
                    engine.add(tmp_path / f"added{number}.md")
        except BaseException as error:  # noqa: BLE001 - looked at below
            errors.append(error)

    with web.serving(tmp_path, {"notes": path}) as running, running.client() as client:
        adding = threading.Thread(target=add)
        adding.start()
        sent = [upload(client, f"sent{number}.md", f"The kettle {number} whistles.\n") for number in range(8)]
        adding.join()
        assert errors == []
        assert {response.status_code for response in sent} == {202}
        web.until(lambda: all(kept["state"] == "indexed" for kept in client.get("/v1/uploads").json()["uploads"]))
        wanted = {f"{kind}{number}.md" for kind in ("added", "sent") for number in range(8)}
        listed = [d["source"].rpartition("/")[2] for d in client.get("/v1/documents").json()["documents"]]
        assert sorted(listed) == sorted(wanted | set(web.NOTES))


@pytest.mark.parametrize("missing", ["uploads", "uploads/pending", "uploads/files"])
def test_folders_of_uploads_are_flushed_before_anything_is_acknowledged(tmp_path, monkeypatch, missing):
    """After a loss of power no acknowledged upload is in a folder that was never written to the disk."""
    from ragsys.server import spool

    flushed = set()
    monkeypatch.setattr(spool, "_sync", flushed.add)
    taken = Spool(tmp_path)
    assert taken.claim()
    stored = taken.store("a.md", io.BytesIO(b"text"), namespace="shared", acl=None, most_bytes=100)
    pending = tmp_path / "uploads" / "pending"
    assert (tmp_path / missing).parent in flushed
    assert {tmp_path, pending, pending / stored.id} <= flushed
    placed = taken.place(stored)
    assert {placed.parent, placed.parent.parent} <= flushed
    taken.release()


def test_what_is_crossed_out_is_flushed(tmp_path, monkeypatch):
    """After a loss of power neither a finished upload nor a finished removal comes back, nor the file that it took."""
    from ragsys.server import spool

    flushed = set()
    taken = Spool(tmp_path)
    assert taken.claim()
    stored = taken.store("a.md", io.BytesIO(b"text"), namespace="shared", acl=None, most_bytes=100)
    placed = taken.place(stored)
    removal = taken.intend(stored.source, stored.document)
    monkeypatch.setattr(spool, "_sync", flushed.add)
    taken.finish(stored)
    taken.drop(stored.source)
    taken.cross_out(removal)
    uploads = tmp_path / "uploads"
    assert flushed == {uploads / "pending" / stored.id, placed.parent, uploads / "removing"}
    assert (taken.pending(), taken.removals(), placed.exists()) == ([], [], False)
    taken.release()


def test_a_removal_that_fails_half_way_takes_nothing_newer_with_it(tmp_path, monkeypatch):
    """It is brought to its end before anything else is indexed; what is uploaded under the name then stays."""
    path = web.fill(tmp_path)
    with web.serving(tmp_path, {"notes": path}) as running, running.client() as client:
        made = upload(client, wait=True).json()["uploads"][0]
        with monkeypatch.context() as patched:
            patched.setattr(Spool, "drop", lambda spool, source: 1 / 0)
            assert code(client.delete(f"/v1/documents/{made['document']}")) == (500, "internal")
        assert upload(client, text="The kettle is new.\n", wait=True).status_code == 200
        assert list((path / "uploads" / "removing").iterdir()) == []
    with web.serving(tmp_path, {"notes": path}) as running, running.client() as client:
        assert client.get(f"/v1/documents/{made['document']}/text").json()["text"] == "The kettle is new.\n"
