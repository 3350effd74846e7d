import numpy as np
import pytest

from taxonomy import titles
from taxonomy.titles import MINILM, MULTILINGUAL, TitleIndex, TitleSpace, normal_title
from tests.unit.taxonomy.embedding import letters

SPACE = TitleSpace({MINILM: letters, MULTILINGUAL: lambda texts: letters(texts, 512)})
LIST = ["cook", "tax adviser", "truck driver", "software developer", "tax accountant", "bus driver"]


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("Softwareentwickler (m/w/d)", "softwareentwickler"),
        ("Nurse [F/M/X]", "nurse"),
        ("Pflegekraft (all genders)", "pflegekraft"),
        ("ingeniero/a de datos", "ingeniero de datos"),
        ("director(a) financiero", "director financiero"),
        ("Lehrer:in", "lehrer"),
        ("LehrerIn", "lehrer"),
        ("Verkäufer*innen", "verkäufer"),
        ("Sr. Mgr", "senior manager"),
        ("Asst. Cook", "assistant cook"),
    ],
)
def test_gender_marks_and_abbreviations_do_not_change_a_title(written: str, normal: str) -> None:
    assert normal_title(written) == normal


@pytest.mark.parametrize("title", ["C/C++ developer", "sales/marketing manager", "TIG welder", "(m/w/d)", "护士"])
def test_what_is_no_mark_stays(title: str) -> None:
    assert normal_title(title) == title.lower()


def test_a_title_is_most_similar_to_itself_in_another_spelling() -> None:
    assert SPACE.similarity("Tax Adviser (m/f/d)", "tax adviser") == pytest.approx(1, abs=1e-5)
    assert SPACE.similarity("tax adviser", "truck driver") < SPACE.similarity("tax adviser", "tax accountant")


def test_the_nearest_title_comes_first_and_all_are_ranked_once() -> None:
    ranked = titles.rank("Tax adviser", LIST, SPACE)
    assert ranked[0].index == LIST.index("tax adviser")
    assert sorted(found.index for found in ranked) == list(range(len(LIST)))
    assert [found.similarity for found in ranked] == sorted((found.similarity for found in ranked), reverse=True)


def test_the_order_of_the_list_does_not_matter() -> None:
    forward = [LIST[found.index] for found in titles.rank("bus driver", LIST, SPACE)]
    backward = [LIST[::-1][found.index] for found in titles.rank("bus driver", LIST[::-1], SPACE)]
    assert forward == backward


def test_a_limit_keeps_the_best() -> None:
    index = TitleIndex(SPACE, LIST)
    assert index.rank("driver", 2) == index.rank("driver")[:2]


def test_lists_may_be_empty_or_short() -> None:
    assert titles.rank("cook", [], SPACE) == []
    assert [found.index for found in titles.rank("cook", ["baker"], SPACE)] == [0]


def test_an_unreadable_title_is_ranked_without_error() -> None:
    assert all(np.isfinite(found.similarity) for found in titles.rank("", LIST, SPACE))


def test_a_model_without_a_projection_is_refused() -> None:
    with pytest.raises(FileNotFoundError):
        TitleSpace({"unknown-model": letters}).vectors(["cook"])
