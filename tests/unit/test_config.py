"""Settings: precedence, origins, and values that do not fit."""

import pytest

from ragsys.config import Settings, find_index, load_settings
from ragsys.errors import ConfigError


@pytest.fixture
def home(tmp_path):
    """An environment whose configuration folder is empty."""
    return {"XDG_CONFIG_HOME": str(tmp_path / "config")}


def test_defaults_when_nothing_is_said(home):
    """Without flags, variables and files, every setting is its default and says so."""
    settings, origins = load_settings(environ=home)
    assert settings == Settings()
    assert set(origins.values()) == {"default"}


def test_flag_over_environment_over_index_file_over_user_file(home, tmp_path):
    """Each layer wins over the one below it, and the origin names the layer."""
    user = tmp_path / "config" / "ragsys" / "config.toml"
    user.parent.mkdir(parents=True)
    user.write_text("top_k = 1\nthreads = 1\nchunk_tokens = 100\nbatch_passages = 7\n")
    index = tmp_path / "index"
    index.mkdir()
    (index / "config.toml").write_text("top_k = 2\nthreads = 2\nchunk_tokens = 200\n")
    environ = {**home, "RAGSYS_TOP_K": "3", "RAGSYS_THREADS": "3"}
    settings, origins = load_settings({"top_k": 4, "device": None}, index=index, environ=environ)
    assert (settings.top_k, settings.threads, settings.chunk_tokens, settings.batch_passages) == (4, 3, 200, 7)
    assert origins["top_k"] == "flag"
    assert origins["threads"] == "RAGSYS_THREADS"
    assert origins["chunk_tokens"] == str(index / "config.toml")
    assert origins["batch_passages"] == str(user)
    assert origins["device"] == "default"


@pytest.mark.parametrize(
    ("text", "value"), [("1", True), ("true", True), ("0", False), ("off", False), ("", False), ("YES", True)]
)
def test_offline_reads_the_usual_words(home, text, value):
    """RAGSYS_OFFLINE takes the words that people write for yes and no."""
    assert load_settings(environ={**home, "RAGSYS_OFFLINE": text})[0].offline is value


@pytest.mark.parametrize(
    ("name", "text"), [("RAGSYS_TOP_K", "many"), ("RAGSYS_OFFLINE", "perhaps"), ("RAGSYS_LOCK_TIMEOUT", "soon")]
)
def test_a_value_that_does_not_fit_names_its_origin(home, name, text):
    """A value of the wrong type is refused by the name of the variable that holds it."""
    with pytest.raises(ConfigError, match=name):
        load_settings(environ={**home, name: text})


@pytest.mark.parametrize(
    ("name", "text"),
    [("TOP_K", "0"), ("CHUNK_TOKENS", "0"), ("BATCH_PASSAGES", "-1"), ("LOCK_TIMEOUT", "nan"), ("MAX_FILE_BYTES", "0")],
)
def test_a_value_that_is_too_small_is_refused(home, name, text):
    """Numbers have a least value, and what is no number has none."""
    with pytest.raises(ConfigError, match="least"):
        load_settings(environ={**home, f"RAGSYS_{name}": text})


@pytest.mark.parametrize("body", ["colour = 1\n", "top_k = = 2\n", "top_k = 'x'\n", "embedder = 3\n", "top_k = true\n"])
def test_a_bad_file_is_refused(home, tmp_path, body):
    """An unknown name, a syntax error and a wrong type in a file are all typed errors that name the file."""
    (tmp_path / "config.toml").write_text(body)
    with pytest.raises(ConfigError, match=r"config\.toml"):
        load_settings(index=tmp_path, environ=home)


def test_the_nearest_index_above_is_found(tmp_path):
    """An index is looked for upwards from the working directory, and a folder without a database is none."""
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    (tmp_path / "a" / ".ragsys").mkdir()
    assert find_index(deep) is None
    (tmp_path / ".ragsys").mkdir()
    (tmp_path / ".ragsys" / "ragsys.db").touch()
    assert find_index(deep) == tmp_path / ".ragsys"
