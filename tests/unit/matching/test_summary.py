from matching_service.domain.model import Profile
from matching_service.domain.summary import MAX_CHARACTERS, job_summary, profile_summary
from tests.support.builders.matching import profile


def test_a_profile_is_summed_up_by_headline_titles_and_skills() -> None:
    summary = profile_summary(profile("Python", "k8s", title="Data Engineer"))
    assert summary == "Data Engineer. Data Engineer. Python, Kubernetes. Computer Science"


def test_an_empty_profile_still_has_words_to_embed() -> None:
    assert profile_summary(Profile()) == "resume"


def test_a_job_is_summed_up_by_its_beginning_on_one_line() -> None:
    assert job_summary("Cook\n\n  wanted") == "Cook wanted"
    assert len(job_summary("word " * 10_000)) <= MAX_CHARACTERS
