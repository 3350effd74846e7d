import pytest

import taxonomy
from matching_service.domain.search import JobQuery, fuse, job_query


def test_what_stands_high_in_several_rankings_comes_first() -> None:
    assert fuse([["a", "b", "c"], ["b", "c"], ["c", "d"]]) == ["c", "b", "a", "d"]
    assert fuse([[], ["only"]]) == ["only"]
    assert fuse([]) == []


def test_one_high_place_is_worth_less_than_two_middling_ones() -> None:
    words, meaning = [f"w{place}" for place in range(20)], [f"m{place}" for place in range(20)]
    words[9] = meaning[9] = "both"
    assert fuse([words, meaning])[0] == "both"


@pytest.mark.parametrize(
    ("written", "wanted", "excluded"),
    [
        ("data engineer", "data engineer", ()),
        ("engineer -kubernetes -sql", "engineer", ("kubernetes", "sql")),
        ('nurse -"night shifts" london', "nurse london", ("night shifts",)),
        ("full-stack e-commerce", "full-stack e-commerce", ()),
        ("Berlin - remote", "Berlin - remote", ()),
        ("-java", "", ("java",)),
        ("  ", "", ()),
    ],
)
def test_words_with_a_minus_before_them_are_excluded(written: str, wanted: str, excluded: tuple[str, ...]) -> None:
    query = JobQuery(written)
    assert (query.wanted, query.excluded) == (wanted, excluded)


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("postgres", ["PostgreSQL"]),
        ("k8s engineer", ["Kubernetes"]),
        ("c++", ["C++"]),
        ("python -java", ["Python"]),
        ("", []),
    ],
)
def test_skills_are_known_by_all_their_names(written: str, names: list[str]) -> None:
    index = taxonomy.skills()
    assert list(job_query(written, index).skill_ids) == [link.id for name in names if (link := index.link(name))]
