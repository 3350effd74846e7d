import numpy as np

from taxonomy import linking
from taxonomy.catalogue import Skill
from taxonomy.linking import Concepts, link_sentence, phrases_of, rank_skills
from taxonomy.vectors import unit
from tests.unit.taxonomy.embedding import letters

NAMES = ["web programming", "manage budgets", "drive vehicles", "Web Programming"]
KNOWN = Concepts(
    [Skill(str(i), "esco", name, "") for i, name in enumerate(NAMES)],
    unit(letters([name.lower() for name in NAMES])),
    np.eye(384, dtype=np.float32),
)
SENTENCE = "Experience with web programming, and you manage budgets."


def test_each_skill_is_linked_at_its_own_phrase() -> None:
    links = link_sentence(SENTENCE, letters, known=KNOWN)
    assert [(link.skill.name, SENTENCE[link.phrase.start : link.phrase.end]) for link in links] == [
        ("web programming", "web programming"),
        ("manage budgets", "manage budgets"),
    ]


def test_words_are_linked_to_one_skill_only() -> None:
    names = ["manage budgets", "manage budget"]
    near = Concepts([Skill(name, "esco", name, "") for name in names], unit(letters(names)), KNOWN.basis)
    assert [link.skill.name for link in link_sentence("You manage budgets.", letters, known=near)] == ["manage budgets"]


def test_a_sentence_without_a_skill_links_none_but_ranks_some() -> None:
    assert link_sentence("Lunch is free on Fridays.", letters, known=KNOWN) == []
    assert len(rank_skills("Lunch is free on Fridays.", letters, known=KNOWN)) == 3


def test_concepts_of_one_name_are_listed_once() -> None:
    names = [link.skill.name.lower() for link in rank_skills(SENTENCE, letters, known=KNOWN)]
    assert len(names) == len(set(names))


def test_the_limit_keeps_the_best() -> None:
    assert rank_skills(SENTENCE, letters, 1, KNOWN) == rank_skills(SENTENCE, letters, 3, KNOWN)[:1]


def test_phrases_stay_within_punctuation_and_shed_idle_words() -> None:
    texts = [phrase.text for phrase in phrases_of("Experience with C++, Node.js and the web.")]
    assert texts == ["C++", "Node.js", "Node.js and the web", "web"]


def test_sentences_of_nothing_have_no_skills() -> None:
    for sentence in ("", " ", "...", "the of and"):
        assert rank_skills(sentence, letters, known=KNOWN) == []


def test_all_of_esco_is_known_with_a_vector_each() -> None:
    known = linking.concepts()
    assert len(known.skills) == len(known.vectors) == 13_939
    assert known.vectors.shape[1] == known.basis.shape[1]
    assert len({skill.id for skill in known.skills}) == len(known.skills)
    assert {"machine learning", "manage musical staff", "JavaScript"} <= {skill.name for skill in known.skills}
