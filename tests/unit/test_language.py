"""Languages: told by script, then by letters; honest about what cannot be told."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragsys.language import LANGUAGES, UNDETERMINED, base, detect, is_chinese, name_of, script_shares

KNOWN = [
    ("Which solvent was used in the second experiment?", "en"),
    ("quarterly revenue of the northern branch", "en"),
    ("水泵什么时候停止？", "zh"),
    ("PyTorch 的 DataLoader 怎么用？", "zh"),
    ("臺灣的首都在哪裡", "zh"),
    ("このカメラの電池は何時間もちますか", "ja"),
    ("이 카메라의 배터리는 몇 시간 지속됩니까?", "ko"),
    ("Wann wurde die alte Mühle am Fluss gebaut?", "de"),
    ("Où se trouve la gare la plus proche ?", "fr"),
    ("¿Cuándo se construyó el viejo molino?", "es"),
    ("Когда была построена старая мельница?", "ru"),
    ("Коли було збудовано старий млин біля річки?", "uk"),
    ("متى بنيت الطاحونة القديمة؟", "ar"),
    ("پمپ در چه فشاری متوقف می‌شود؟", "fa"),
    ("Πότε χτίστηκε η παλιά γέφυρα;", "el"),
    ("मिल कब बनाई गई थी?", "hi"),
]


@pytest.mark.parametrize(("text", "code"), KNOWN)
def test_a_question_has_its_language(text, code):
    """Short questions in many scripts and languages are told, with a probability above a half."""
    found = detect(text)
    assert (found.code, found.probability > 0.5) == (code, True)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (
            "| 名前 | 住所 |\n| 佐藤太郎 | 東京都千代田区丸の内 |\n| 高橋淳 | 名古屋市中区栄 |",
            "ja",
        ),
        (
            "《龙猫》（となりのトトロ）是由宫崎骏执导的日本动画电影，于一九八八年四月在日本全国的电影院上映，讲述了两个女孩搬到乡下以后与森林的精灵相遇的故事，受到了各个年龄的观众的喜爱，后来又在许多国家重新放映。",
            "zh",
        ),
        (
            "《龍貓》（となりのトトロ）是由宮崎駿執導的日本動畫電影，於一九八八年四月在日本全國的電影院上映，講述了兩個女孩搬到鄉下以後與森林的精靈相遇的故事，受到了各個年齡的觀眾的喜愛，後來又在許多國家重新放映。",
            "zh",
        ),
    ],
    ids=["table", "simplified", "traditional"],
)
def test_a_little_kana_tells_only_in_japanese_characters(text, code):
    """A table of Japanese names has hardly any kana, and so has a Chinese text that quotes a Japanese title."""
    assert detect(text).code == code
    assert is_chinese(text) == (code == "zh")


@pytest.mark.parametrize("text", ["", "1984", "3.5 + 4", "?!", "https://example.org/a/b", "— · —"])
def test_what_has_no_language_has_none(text):
    """Numbers, marks and addresses are in no language."""
    assert detect(text).code == UNDETERMINED


def test_a_name_is_not_called_latin():
    """One or two words that any language could have are undetermined or English, never a rare language."""
    assert {detect(text).code for text in ("PyTorch", "mill", "bicycle chain", "Al Gore")} <= {UNDETERMINED, "en", "fr"}


def test_a_long_text_is_told_by_all_of_it():
    """A foreign introduction does not decide a long document."""
    assert detect("The notes of the house. " * 10 + "水箱的容量是八十升。" * 2000).code == "zh"
    assert (
        detect("水箱的容量是八十升。" * 10 + "The pump stops when the pressure has been reached. " * 2000).code == "en"
    )


@given(st.text(max_size=200))
def test_anything_is_told_without_an_error(text):
    """Any text has a known language or none, and `is_chinese` agrees with `detect`."""
    found = detect(text)
    assert found.code in LANGUAGES | {UNDETERMINED}
    assert 0 <= found.probability <= 1
    assert is_chinese(text) == (found.code == "zh")
    assert sum(script_shares(text).values()) == pytest.approx(1.0) or not script_shares(text)


def test_every_language_has_a_name():
    """Each code is two letters and has an English name."""
    assert all(len(code) == 2 and name_of(code) != code for code in LANGUAGES)
    assert (base("zh-Hant"), base("pt_BR"), name_of("de-AT")) == ("zh", "pt", "German")


def test_the_model_is_read_only_where_it_is_needed():
    """Scripts of one language and plain English questions never load py3langid; nothing is ever fetched."""
    code = (
        "import sys; from ragsys.offline import forbid_network; forbid_network(); from ragsys.language import detect\n"
        "assert detect('水泵什么时候停止？').code == 'zh' and detect('When does the pump stop?').code == 'en'\n"
        "assert 'py3langid' not in sys.modules\n"
        "assert detect('Wann wurde die Pumpe gebaut?').code == 'de' and 'py3langid' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
