"""Network file systems are told from disks, by the mount that a folder really lies on."""

from pathlib import Path

import pytest

from ragsys.errors import IndexOnNetworkError
from ragsys.indexes import index as index_module
from ragsys.indexes.filesystem import network_file_system

MOUNTS = """\
22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda rw
31 22 0:45 / /home rw,relatime shared:9 - nfs4 server:/home rw
32 31 254:2 / /home/local rw - xfs /dev/vdb rw
33 22 0:50 / /mnt/two\\040words rw - cifs //server/share rw
34 22 0:51 / /srv rw - nfs server:/srv rw
35 22 254:3 / /srv rw - ext4 /dev/vdc rw
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/var/index", None),
        ("/home/someone/.ragsys", "nfs4"),
        ("/homes", None),
        ("/home/local/index", None),
        ("/mnt/two words/index", "cifs"),
        ("/srv/index", None),
    ],
)
def test_the_mount_that_holds_the_folder_decides(folder, kind):
    """The longest mount point wins, the later of two at one place hides the first, and spaces are escaped."""
    assert network_file_system(Path(folder), MOUNTS) == kind


def test_this_machine_can_be_read(tmp_path):
    """The real table of mounts parses; a temporary folder lies on a disk."""
    assert network_file_system(tmp_path) is None


def test_an_index_is_not_opened_there(tmp_path, monkeypatch):
    """The error says where and why, and nothing is written."""
    monkeypatch.setattr(index_module, "network_file_system", lambda path: network_file_system(Path("/home/x"), MOUNTS))
    with pytest.raises(IndexOnNetworkError, match="nfs4"):
        index_module.Index.open(tmp_path, create=True)
    assert not any(tmp_path.iterdir())
