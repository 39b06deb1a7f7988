"""Uploads: durable before they are acknowledged, found without a restart, and nobody else's business."""

import io
import json
import threading
import zipfile
from pathlib import Path

import pytest
import web

from ragsys import QueryEngine, Settings
from ragsys.config import INDEX_DIR
from ragsys.errors import DiskFullError, EmptyFileError, FileNameError, FileTooLargeError
from ragsys.server.spool import Spool, safe_name
from ragsys.testing import HashEmbedder

TOKENS = {
    "ann": ("write", ["user:ann"]),
    "bob": ("write", ["user:bob"]),
    "owner": ("admin", []),
    "plain": ("write", []),
}


class HeldEmbedder(HashEmbedder):
    """Embeds passages when it is let."""

    def __init__(self):
        super().__init__()
        self.let = threading.Event()
        self.let.set()

    def embed_passages(self, texts):
        """The vectors, once it is let."""
        self.let.wait(20)
        return super().embed_passages(texts)


@pytest.fixture
def home(tmp_path):
    """A server over an index with two notes, which everybody may see."""
    embedder = HeldEmbedder()
    with web.serving(tmp_path, {"notes": web.fill(tmp_path)}, embedder=embedder) as running:
        running.embedder = embedder
        yield running
        embedder.let.set()


def upload(client, name="kettle.md", text="# Kettle\n\nThe kettle whistles at noon.\n", **params):
    """Upload one file."""
    return client.post("/v1/documents", files={"file": (name, text.encode())}, params=params)


def texts(client, query="kettle"):
    """The texts of the hits of a search."""
    return [hit["text"] for hit in client.post("/v1/search", json={"query": query}).json()["hits"]]


def test_an_upload_is_found_without_a_restart(home):
    """What was uploaded answers the next search, has its id from the start, and replaces what had its name."""
    with home.client() as client:
        first = upload(client, wait=True).json()["uploads"][0]
        assert first["state"] == "indexed"
        assert any("whistles" in text for text in texts(client))
        assert client.get(f"/v1/documents/{first['document']}").json()["title"] == "Kettle"
        again = upload(client, text="# Kettle\n\nThe kettle rests.\n", wait=True).json()["uploads"][0]
        assert again["document"] == first["document"]
        assert not any("whistles" in text for text in texts(client))


def test_what_another_process_adds_is_found_without_a_restart(home, tmp_path):
    """A document that the command line adds is in the next search, and one that it removes is not."""
    with (
        home.client() as client,
        QueryEngine.open(tmp_path / INDEX_DIR, settings=Settings(), embedder=HashEmbedder()) as engine,
    ):
        assert not any("anchor" in text for text in texts(client, "anchor"))
        (tmp_path / "anchor.md").write_text("The anchor is weighed at dawn.\n")
        engine.add(tmp_path / "anchor.md")
        assert any("anchor" in text for text in texts(client, "anchor"))
        engine.remove(str(tmp_path / "anchor.md"))
        assert not any("anchor" in text for text in texts(client, "anchor"))


def test_progress_comes_as_events(home):
    """From stored to indexed, and then the end."""
    home.embedder.let.clear()
    with home.client() as client:
        sent = upload(client)
        assert sent.status_code == 202
        kept = sent.json()["uploads"][0]
        assert kept["state"] in {"stored", "indexing"}
        with client.stream("GET", f"/v1/uploads/{kept['id']}/events") as response:
            home.embedder.let.set()
            found = web.events(response)
    assert [name for name, _, _ in found][-1] == "done"
    assert json.loads(found[-1][1])["state"] == "indexed"


def test_several_files_at_once_each_have_their_own_end(home):
    """A file that cannot be read fails by its code; the others are indexed; an empty one is refused."""
    files = [
        ("file", ("a.md", b"The anchor is weighed.\n")),
        ("file", ("b.pdf", b"%PDF-1.7 broken")),
        ("file", ("c.md", b"")),
    ]
    with home.client() as client:
        made = client.post("/v1/documents", files=files, params={"wait": True}).json()
    assert [(kept["state"], kept["code"]) for kept in made["uploads"]] == [("indexed", None), ("failed", "pdf-damaged")]
    assert [(refused["name"], refused["code"]) for refused in made["refused"]] == [("c.md", "file-empty")]


def test_what_is_kept_of_several_files_is_told(tmp_path):
    """Where too many wait for the rest, those that were taken are named beside those that were not; alone it is 503."""
    embedder = HeldEmbedder()
    embedder.let.clear()
    files = [("file", (f"{number}.md", f"The anchor {number} is weighed.\n".encode())) for number in range(12)]
    served = web.serving(tmp_path, {"notes": web.fill(tmp_path)}, embedder=embedder, server_queue=1)
    with served as running, running.client() as client:
        sent = client.post("/v1/documents", files=files)
        alone = upload(client)
        embedder.let.set()
        assert sent.status_code == 202
        told = sent.json()
        assert [kept["name"] for kept in told["uploads"]] == [f"{number}.md" for number in range(8)]
        assert [(one["name"], one["code"]) for one in told["refused"]] == [
            (f"{number}.md", "overloaded") for number in range(8, 12)
        ]
        assert (alone.status_code, alone.json()["error"]["code"]) == (503, "overloaded")


def test_what_is_removed_is_gone_with_its_file(home, tmp_path):
    """An upload that is removed is in no search and on no disk; a file that was added otherwise stays on its disk."""
    with home.client() as client:
        made = upload(client, wait=True).json()["uploads"][0]
        source = client.get(f"/v1/documents/{made['document']}").json()["source"]
        assert client.delete(f"/v1/documents/{made['document']}").status_code == 200
        assert not any("whistles" in text for text in texts(client))
        other = client.get("/v1/documents").json()["documents"][0]
        client.delete(f"/v1/documents/{other['id']}")
    assert not Path(source).exists()
    assert Path(other["source"]).exists()


def test_an_uploaded_archive_is_removed_by_the_id_of_its_upload(home):
    """An archive is no document itself: what was read out of it goes with its file, and what is in another stays."""
    with home.client() as client:
        made = []
        for name, word in (("a.zip", "kettle"), ("b.zip", "teapot")):
            data = io.BytesIO()
            with zipfile.ZipFile(data, "w") as archive:
                archive.writestr("one.md", f"The first {word} whistles.\n")
                archive.writestr("two.md", f"The second {word} is silent.\n")
            files = {"file": (name, data.getvalue())}
            made += client.post("/v1/documents", files=files, params={"wait": True}).json()["uploads"]
        removed = client.delete(f"/v1/documents/{made[0]['document']}").json()["removed"]
        sources = {document["source"] for document in removed}
        assert len(sources) == 2
        file = Path(sources.pop().partition("!/")[0])
        assert not file.exists()
        assert (file.parent / "b.zip").exists()
        left = [d["source"] for d in client.get("/v1/documents").json()["documents"] if "!/" in d["source"]]
        assert len(left) == 2
        assert all("b.zip!/" in source for source in left)
        assert client.delete(f"/v1/documents/{made[0]['document']}").status_code == 404


def _zipped(**members):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, text in members.items():
            archive.writestr(f"{name}.pdf" if text.startswith("%PDF") else f"{name}.md", text)
    return data.getvalue()


def _files(tmp_path):
    """The uploaded files on disk."""
    return sorted(path.name for path in (tmp_path / INDEX_DIR / "uploads" / "files").rglob("*") if path.is_file())


@pytest.mark.parametrize("token", ["ann", "owner"])
def test_an_uploaded_archive_says_what_is_in_it(tmp_path, token):
    """Its id is known from its upload; it has documents and what could not be read, and is nobody else's."""
    served = web.serving(tmp_path, {"notes": web.fill(tmp_path)}, tokens=TOKENS)
    with served as running, running.client(token) as client, running.client("bob") as bob:
        files = {"file": ("a.zip", _zipped(one="The kettle whistles.\n", two="%PDF-1.7 and no more"))}
        name = client.post("/v1/documents", files=files, params={"wait": True}).json()["uploads"][0]["document"]
        found = client.get(f"/v1/documents/{name}").json()
        assert [document["source"] for document in found["members"]] == [found["source"] + "!/one.md"]
        assert [failure["source"] for failure in found["failed"]] == [found["source"] + "!/two.pdf"]
        assert bob.get(f"/v1/documents/{name}").status_code == 404
        assert bob.delete(f"/v1/documents/{name}").status_code == 404


@pytest.mark.parametrize("token", ["ann", "owner"])
@pytest.mark.parametrize("data", [_zipped(two="%PDF-1.7 and no more"), b"PK\3\4 and no more", b"%PDF-1.7"])
def test_an_upload_of_which_nothing_could_be_read_is_removed(tmp_path, token, data):
    """By the id of its upload, with its file and what is known of its failure."""
    served = web.serving(tmp_path, {"notes": web.fill(tmp_path)}, tokens=TOKENS)
    with served as running, running.client(token) as client:
        files = {"file": ("bad.pdf", data)}
        name = client.post("/v1/documents", files=files, params={"wait": True}).json()["uploads"][0]["document"]
        assert _files(tmp_path) == ["bad.pdf"]
        assert client.delete(f"/v1/documents/{name}").json() == {"removed": []}
        assert _files(tmp_path) == []
        assert client.delete(f"/v1/documents/{name}").status_code == 404
    with QueryEngine.open(tmp_path / INDEX_DIR, settings=Settings(), embedder=HashEmbedder()) as engine:
        assert engine.status().failed == ()


def test_the_file_of_an_upload_goes_with_the_last_document_in_it(home, tmp_path):
    """As long as one is left, the file stays; what could not be read keeps nothing."""
    with home.client() as client:
        files = {"file": ("a.zip", _zipped(one="A kettle.\n", two="A teapot.\n", three="%PDF-1.7 and no more"))}
        name = client.post("/v1/documents", files=files, params={"wait": True}).json()["uploads"][0]["document"]
        first, second = (document["id"] for document in client.get(f"/v1/documents/{name}").json()["members"])
        client.delete(f"/v1/documents/{first}")
        assert _files(tmp_path) == ["a.zip"]
        client.delete(f"/v1/documents/{second}")
        assert _files(tmp_path) == []
        assert client.get(f"/v1/documents/{name}").status_code == 404


def test_tenants_upload_beside_each_other(tmp_path):
    """The same name of two callers is two documents; each sees and removes their own, and may name nobody else."""
    served = web.serving(tmp_path, {"notes": web.fill(tmp_path)}, tokens=TOKENS)
    with (
        served as running,
        running.client("ann") as ann,
        running.client("bob") as bob,
        running.client("plain") as plain,
    ):
        mine = upload(ann, text="Ann's kettle whistles.\n", wait=True).json()["uploads"][0]
        theirs = upload(bob, text="Bob's kettle whistles.\n", wait=True).json()["uploads"][0]
        assert mine["document"] != theirs["document"]
        assert texts(ann) == ["Ann's kettle whistles.\n"]
        assert texts(bob) == ["Bob's kettle whistles.\n"]
        assert bob.get(f"/v1/uploads/{mine['id']}").status_code == 404
        assert bob.delete(f"/v1/documents/{mine['document']}").status_code == 404
        for client, names in ((ann, ["user:bob"]), (ann, ["*"]), (plain, ["user:ann"])):
            refused = client.post("/v1/documents", files={"file": ("x.md", b"x")}, data={"acl": names})
            assert (refused.status_code, refused.json()["error"]["code"]) == (403, "forbidden")
        with running.client("owner") as owner:
            owner.post(
                "/v1/documents", files={"file": ("y.md", b"All kettles.\n")}, data={"acl": ["*"]}, params={"wait": True}
            )
        assert "All kettles.\n" in texts(bob)
        shared = next(d for d in bob.get("/v1/documents").json()["documents"] if d["source"].endswith("y.md"))
        assert bob.delete(f"/v1/documents/{shared['id']}").json()["error"]["code"] == "forbidden"


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b\\kettle.md", "C:\\kettle.md"])
def test_a_name_is_only_its_last_part(name):
    """No folder of a client's is a folder here."""
    assert "/" not in safe_name(name)
    assert "\\" not in safe_name(name)


@pytest.mark.parametrize("name", ["", "..", ".hidden", "a/", "a\0b.md", "a\nb.md", "x" * 300, "\ud800.md"])
def test_a_name_that_cannot_be_one_is_refused(name):
    """Empty, hidden, unprintable and overlong names are typed errors."""
    with pytest.raises(FileNameError):
        safe_name(name)


def store(spool, data=b"text", most=100):
    """Store an upload."""
    return spool.store("a.md", io.BytesIO(data), namespace="shared", acl=["user:ann"], most_bytes=most)


def test_what_was_stored_is_pending_after_a_crash(tmp_path):
    """Another process finds it as it was stored, in its order, whether or not its file had been placed."""
    first, second = store(Spool(tmp_path)), None
    spool = Spool(tmp_path)
    assert spool.pending() == [first]
    second = store(spool)
    assert spool.place(first).read_bytes() == b"text"
    again = Spool(tmp_path)
    assert again.pending() == [first, second]
    again.finish(first)
    assert Spool(tmp_path).pending() == [second]
    assert str(again.place(second)) == second.source


def test_a_half_stored_upload_was_never_there(tmp_path):
    """A folder without its record is cleared away."""
    half = tmp_path / "uploads" / "pending" / "dead"
    half.mkdir(parents=True)
    (half / "data").write_bytes(b"half")
    assert Spool(tmp_path).pending() == []
    assert not half.exists()


def test_what_does_not_fit_leaves_nothing(tmp_path, monkeypatch):
    """Too large, empty, or a full disk: a typed error, and no trace."""
    spool = Spool(tmp_path)
    with pytest.raises(FileTooLargeError):
        store(spool, most=3)
    with pytest.raises(EmptyFileError):
        store(spool, data=b"")

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(DiskFullError):
        store(spool)
    assert list((tmp_path / "uploads" / "pending").iterdir()) == []
