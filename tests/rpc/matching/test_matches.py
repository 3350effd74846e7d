from collections.abc import AsyncIterator, Awaitable
from datetime import timedelta
from typing import Any

import pytest
from google.protobuf import timestamp_pb2
from uuid_utils import uuid7

from hiremesh.events.v1 import envelope_pb2
from hiremesh.matching.v1 import (
    job_service_pb2,
    match_pb2,
    match_service_pb2,
    preferences_pb2,
    preferences_service_pb2,
    requirements_pb2,
)
from matching_service.domain.matches import Audience
from matching_service.ports import JobFact
from tests.support.builders.matching import OWNER, candidate, deleted_event
from tests.support.running_matching import POSTER, RunningMatching, refusal, running_matching

STRANGER = "33333333-3333-7333-8333-333333333333"
BACKEND = "Requirements:\n- Python and PostgreSQL\n- 3+ years of experience"
CAKES = "Requirements:\n- Baking cakes, pastry"
READY, PENDING, NO_RESUME = (
    match_service_pb2.MATCH_STATE_READY,
    match_service_pb2.MATCH_STATE_PENDING,
    match_service_pb2.MATCH_STATE_NO_RESUME,
)


@pytest.fixture
async def running() -> AsyncIterator[RunningMatching]:
    async with running_matching() as service:
        yield service


async def judge(running: RunningMatching, job_id: str, verdict: match_pb2.Verdict.ValueType) -> None:
    request = match_service_pb2.GiveFeedbackRequest(job_id=job_id, verdict=verdict)
    answer = await running.matches.GiveFeedback(request, metadata=running.by(OWNER))
    assert answer.verdict == verdict
    await running.settle()


async def scores(running: RunningMatching) -> dict[str, float]:
    return {match.job.title: match.score for match in (await running.page()).matches}


# ---------------------------------------------------------------- what is listed


async def test_without_a_resume_there_is_nothing_to_match(running: RunningMatching) -> None:
    await running.post("Backend Engineer", BACKEND)
    listed = await running.page()
    assert (listed.state, len(listed.matches), listed.HasField("refresh_time")) == (NO_RESUME, 0, False)
    refreshed = await running.matches.RefreshMatches(
        match_service_pb2.RefreshMatchesRequest(), metadata=running.by(OWNER)
    )
    assert (refreshed.state, refreshed.matches) == (NO_RESUME, 0)


async def test_jobs_posted_before_and_after_the_resume_are_both_matched(running: RunningMatching) -> None:
    await running.post("Backend Engineer", BACKEND)
    await running.store("Python", "PostgreSQL")
    await running.post("Python Developer", BACKEND)
    assert sorted(await running.titles()) == ["Backend Engineer", "Python Developer"]


async def test_a_match_tells_why_in_parts_that_make_up_its_score(running: RunningMatching) -> None:
    job = await running.post("Backend Engineer", "Requirements:\n- Python and Kubernetes\n- 3+ years of experience")
    resume_id = await running.store("Python")
    (match,) = (await running.page()).matches
    assert (match.job.id, match.resume_id, match.job.description) == (job.id, resume_id, "")
    assert (list(match.matching_skills), list(match.missing_skills)) == (
        ["Back-end development", "Python"],
        ["Kubernetes"],
    )
    assert {part.name for part in match.components} == {"skills", "title", "semantic", "experience"}
    assert all(part.reason.endswith(".") for part in match.components)
    assert sum(part.weight for part in match.components) == pytest.approx(1, abs=0.001)
    assert sum(part.weight * part.score for part in match.components) == pytest.approx(match.score, abs=0.1)


async def test_the_best_come_first_and_the_worst_are_shown_too(running: RunningMatching) -> None:
    await running.store("Python", "PostgreSQL")
    await running.post("Pastry Chef", CAKES)
    await running.post("Backend Engineer", BACKEND)
    listed = (await running.page()).matches
    assert [match.job.title for match in listed] == ["Backend Engineer", "Pastry Chef"]
    assert listed[0].score > 80 > 20 > listed[1].score


async def test_lists_are_sorted_by_pay_place_and_time(running: RunningMatching) -> None:
    await running.store("Python", "PostgreSQL")
    await running.post("Backend Engineer", BACKEND, location="Utrecht", salary_max=50_000, currency="EUR")
    await running.post("Python Developer", BACKEND, location="berlin", salary_max=70_000, currency="EUR")
    await running.post("Pastry Chef", CAKES)
    by_pay = await running.titles(order=match_service_pb2.MATCH_ORDER_SALARY)
    by_place = await running.titles(order=match_service_pb2.MATCH_ORDER_LOCATION)
    by_time = await running.titles(order=match_service_pb2.MATCH_ORDER_NEWEST)
    assert by_pay == by_place == ["Python Developer", "Backend Engineer", "Pastry Chef"]
    assert by_time == ["Pastry Chef", "Python Developer", "Backend Engineer"]


@pytest.mark.parametrize(
    ("asked", "titles"),
    [
        ({"score_min": 60}, ["Backend Engineer"]),
        ({"location": "utrecht"}, ["Backend Engineer"]),
        ({"workplace": requirements_pb2.WORKPLACE_REMOTE}, ["Pastry Chef"]),
        ({"employment_type": requirements_pb2.EMPLOYMENT_TYPE_PART_TIME}, ["Pastry Chef"]),
        ({"seniority": requirements_pb2.SENIORITY_SENIOR}, ["Backend Engineer"]),
        ({"salary_min": 45_000}, ["Backend Engineer"]),
        ({"salary_min": 45_000, "currency": "EUR"}, ["Backend Engineer"]),
        ({"salary_min": 45_000, "currency": "USD"}, []),
        ({"location": "utrecht", "salary_min": 60_000}, []),
    ],
)
async def test_lists_are_filtered(running: RunningMatching, asked: dict[str, Any], titles: list[str]) -> None:
    await running.store("Python", "PostgreSQL")
    await running.post(
        "Backend Engineer",
        BACKEND,
        location="Utrecht",
        salary_max=50_000,
        currency="EUR",
        seniority=requirements_pb2.SENIORITY_SENIOR,
    )
    await running.post(
        "Pastry Chef",
        CAKES,
        workplace=requirements_pb2.WORKPLACE_REMOTE,
        employment_type=requirements_pb2.EMPLOYMENT_TYPE_PART_TIME,
    )
    assert await running.titles(**asked) == titles


async def test_lists_come_in_pages_whose_tokens_fit_no_other_list(running: RunningMatching) -> None:
    await running.store("Python", "PostgreSQL")
    await running.post("Pastry Chef", CAKES)
    await running.post("Backend Engineer", BACKEND)
    first = await running.page(page_size=1)
    assert await running.titles(page_size=1, page_token=first.next_page_token) == ["Pastry Chef"]
    assert not (await running.page(page_size=2)).next_page_token
    for other in ({"score_min": 1}, {"order": match_service_pb2.MATCH_ORDER_NEWEST}, {"user_id": STRANGER}):
        fault = await refusal(running.page(page_size=1, page_token=first.next_page_token, **other))
        assert fault.wire_reason == "INVALID_REQUEST"


async def test_matches_are_the_callers_own(running: RunningMatching) -> None:
    await running.store("Python")
    await running.post("Backend Engineer", BACKEND)
    assert await running.titles(STRANGER) == []


@pytest.mark.parametrize("order", [9, -1])
async def test_an_order_that_nobody_knows_is_refused(running: RunningMatching, order: int) -> None:
    fault = await refusal(running.page(order=order))
    assert [violation.field for violation in fault.violations] == ["order"]


# ---------------------------------------------------------------- what changes them


async def test_preferences_hide_jobs_and_show_them_again(running: RunningMatching) -> None:
    await running.store("Python", "PostgreSQL")
    await running.post("Backend Engineer", BACKEND, location="Utrecht, Netherlands")
    await running.post("Python Developer", BACKEND, location="Berlin", industry="gambling")
    await running.want(ignored_industries=["gambling"])
    assert await running.titles() == ["Backend Engineer"]
    await running.want(countries=["DE"])
    assert await running.titles() == ["Python Developer"]
    await running.want()
    assert len(await running.titles()) == 2


async def test_a_job_that_preferences_hide_does_not_come_in_by_its_own_event(running: RunningMatching) -> None:
    await running.store("Python", "PostgreSQL")
    await running.want(ignored_companies=["bet"])
    await running.post("Backend Engineer", BACKEND, company="BET Ltd")
    assert await running.titles() == []


async def test_a_list_says_that_it_is_behind_until_the_change_was_matched(running: RunningMatching) -> None:
    await running.store("Python")
    assert (await running.page()).state == READY
    running.clock.advance(timedelta(seconds=1))
    await running.want(countries=["NL"], settle=False)
    assert (await running.page()).state == PENDING
    await running.settle()
    assert (await running.page()).state == READY


async def test_a_newer_resume_takes_the_place_of_the_older_one(running: RunningMatching) -> None:
    await running.post("Backend Engineer", BACKEND)
    await running.post("Pastry Chef", CAKES)
    await running.store("Python", "PostgreSQL")
    newest = await running.store("Baking cakes", title="Pastry Chef")
    listed = (await running.page()).matches
    assert [match.job.title for match in listed] == ["Pastry Chef", "Backend Engineer"]
    assert {match.resume_id for match in listed} == {newest}


async def test_an_erased_resume_leaves_no_match_and_an_older_one_takes_over(running: RunningMatching) -> None:
    await running.post("Backend Engineer", BACKEND)
    older, newest = await running.store("Python"), await running.store("PostgreSQL")
    await running.matching.events(deleted_event(newest))
    assert [match.resume_id for match in (await running.page()).matches] == [older]
    await running.matching.events(deleted_event(older))
    assert (await running.page()).state == NO_RESUME


async def test_closed_and_expired_jobs_are_no_matches(running: RunningMatching) -> None:
    await running.store("Python")
    closed = await running.post("Backend Engineer", BACKEND)
    expires = timestamp_pb2.Timestamp()
    expires.FromDatetime(running.clock() + timedelta(hours=1))
    await running.post("Python Developer", BACKEND, expire_time=expires)
    await running.close(closed)
    assert await running.titles() == ["Python Developer"]
    running.clock.advance(timedelta(hours=2))
    await running.matching.sweep()
    await running.settle()
    assert await running.titles() == []


async def test_a_change_of_a_job_is_matched_anew(running: RunningMatching) -> None:
    await running.store("Python", "PostgreSQL")
    job = await running.post("Backend Engineer", BACKEND)
    before = await scores(running)
    await running.jobs.UpdateJob(
        job_service_pb2.UpdateJobRequest(id=job.id, description="Requirements:\n- Baking, pastry"),
        metadata=running.by(POSTER),
    )
    event = envelope_pb2.Envelope(id=str(uuid7()))
    event.job_updated.job_id = job.id
    await running.matching.events(event)
    assert (await scores(running))["Backend Engineer"] < before["Backend Engineer"] - 10


async def test_an_event_that_comes_again_changes_nothing(running: RunningMatching) -> None:
    await running.store("Python")
    job = await running.post("Backend Engineer", BACKEND)
    before = dict(running.transactions.engine.matches)
    running.clock.advance(timedelta(minutes=1))
    event = envelope_pb2.Envelope(id=str(uuid7()))
    event.job_posted.job_id = job.id
    for _ in range(2):
        await running.matching.events(event)
    assert running.transactions.engine.matches == before


async def test_everybody_is_matched_again_after_a_day(running: RunningMatching) -> None:
    await running.store("Python")
    assert await running.matching.sweep() == 0
    running.clock.advance(timedelta(days=1, minutes=1))
    assert await running.matching.sweep() == 1
    assert await running.matching.sweep() == 0
    await running.settle()
    assert (await running.page()).refresh_time.ToDatetime() == running.clock().replace(tzinfo=None)


async def test_jobs_and_resumes_that_are_older_than_the_index_get_into_it(running: RunningMatching) -> None:
    job = await running.post("Backend Engineer", BACKEND, settle=False)
    async with running.transactions() as tx:
        await tx.candidates.put(candidate(owner_id=OWNER))
    running.clock.advance(timedelta(hours=1))
    assert await running.matching.sweep() == 2
    assert (JobFact.DUE, job.id) in running.transactions.told
    event = envelope_pb2.Envelope(id=str(uuid7()))
    event.job_due.job_id = job.id
    await running.matching.events(event)
    await running.settle()
    assert await running.titles() == ["Backend Engineer"]


async def test_what_cannot_be_mended_is_asked_for_once_a_day(running: RunningMatching) -> None:
    await running.post("Backend Engineer", BACKEND, settle=False)
    asked = []
    for hours in (1, 1, 24):
        running.clock.advance(timedelta(hours=hours))
        asked.append(await running.matching.sweep())
    assert asked == [1, 0, 1]


async def test_what_is_young_is_not_missed_yet(running: RunningMatching) -> None:
    await running.post("Backend Engineer", BACKEND, settle=False)
    assert await running.matching.sweep() == 0


# ---------------------------------------------------------------- what people do with them


async def test_a_removed_match_stays_away_whatever_happens(running: RunningMatching) -> None:
    await running.store("Python")
    job = await running.post("Backend Engineer", BACKEND)
    request = match_service_pb2.RemoveMatchRequest(job_id=job.id)
    for _ in range(2):
        await running.matches.RemoveMatch(request, metadata=running.by(OWNER))
    assert await running.titles() == []
    await running.matches.RefreshMatches(match_service_pb2.RefreshMatchesRequest(), metadata=running.by(OWNER))
    event = envelope_pb2.Envelope(id=str(uuid7()))
    event.job_updated.job_id = job.id
    await running.matching.events(event)
    await running.store("Python", "PostgreSQL")
    assert await running.titles() == []


async def test_a_verdict_moves_the_job_and_those_like_it_and_can_be_taken_back(running: RunningMatching) -> None:
    await running.store("Python", "PostgreSQL", "Baking cakes")
    liked = await running.post("Backend Engineer", f"{BACKEND}\n- Finance")
    await running.post("Backend Engineer, payments", f"{BACKEND}\n- Finance, payments")
    await running.post("Pastry Chef", CAKES)
    before = await scores(running)
    await judge(running, liked.id, match_pb2.VERDICT_DOWN)
    down = await scores(running)
    await judge(running, liked.id, match_pb2.VERDICT_UP)
    up = await scores(running)
    for title in ("Backend Engineer", "Backend Engineer, payments"):
        assert down[title] < before[title] - 2
        assert up[title] > down[title] + 2
    assert down["Pastry Chef"] == up["Pastry Chef"] == before["Pastry Chef"]
    parts = {part.name: part for part in (await running.page()).matches[0].components}
    assert (parts["feedback"].weight, parts["feedback"].score > 0) == (0, True)
    await judge(running, liked.id, match_pb2.VERDICT_UNSPECIFIED)
    assert await scores(running) == before


async def test_a_verdict_is_listed_with_its_match(running: RunningMatching) -> None:
    await running.store("Python")
    job = await running.post("Backend Engineer", BACKEND)
    await judge(running, job.id, match_pb2.VERDICT_UP)
    assert [match.verdict for match in (await running.page()).matches] == [match_pb2.VERDICT_UP]


async def test_applying_tells_the_posters_page_and_keeps_when_that_was_first(running: RunningMatching) -> None:
    await running.store("Python")
    job = await running.post("Backend Engineer", BACKEND, apply_url="https://parcel.example/apply/1")
    request = match_service_pb2.ApplyToMatchRequest(job_id=job.id)
    first = await running.matches.ApplyToMatch(request, metadata=running.by(OWNER))
    running.clock.advance(timedelta(hours=1))
    again = await running.matches.ApplyToMatch(request, metadata=running.by(OWNER))
    assert first.url == "https://parcel.example/apply/1"
    assert again == first
    (match,) = (await running.page()).matches
    assert match.apply_time == first.apply_time


async def test_applying_without_a_page_of_the_poster_leads_to_the_job(running: RunningMatching) -> None:
    job = await running.post("Backend Engineer", BACKEND)
    answer = await running.matches.ApplyToMatch(
        match_service_pb2.ApplyToMatchRequest(job_id=job.id), metadata=running.by(OWNER)
    )
    assert answer.url == f"/api/v1/jobs/{job.id}"


async def test_a_job_that_never_was_is_not_found(running: RunningMatching) -> None:
    job_id, by = str(uuid7()), running.by(OWNER)
    calls: list[Awaitable[object]] = [
        running.matches.RemoveMatch(match_service_pb2.RemoveMatchRequest(job_id=job_id), metadata=by),
        running.matches.GiveFeedback(match_service_pb2.GiveFeedbackRequest(job_id=job_id), metadata=by),
        running.matches.ApplyToMatch(match_service_pb2.ApplyToMatchRequest(job_id=job_id), metadata=by),
        running.matches.ListCandidates(match_service_pb2.ListCandidatesRequest(job_id=job_id), metadata=by),
    ]
    assert [(await refusal(call)).wire_reason for call in calls] == ["NOT_FOUND"] * 4


async def test_ids_that_are_none_are_refused(running: RunningMatching) -> None:
    by = running.by(OWNER)
    calls: list[Awaitable[object]] = [
        running.matches.RemoveMatch(match_service_pb2.RemoveMatchRequest(job_id="7"), metadata=by),
        running.matches.GiveFeedback(match_service_pb2.GiveFeedbackRequest(), metadata=by),
        running.matches.ApplyToMatch(match_service_pb2.ApplyToMatchRequest(job_id="7"), metadata=by),
        running.matches.ListCandidates(match_service_pb2.ListCandidatesRequest(job_id="7"), metadata=by),
    ]
    assert [(await refusal(call)).wire_reason for call in calls] == ["INVALID_REQUEST"] * 4


async def test_nothing_of_it_is_for_callers_without_a_token(running: RunningMatching) -> None:
    job_id = str(uuid7())
    calls: list[Awaitable[object]] = [
        running.matches.ListMatches(match_service_pb2.ListMatchesRequest()),
        running.matches.RefreshMatches(match_service_pb2.RefreshMatchesRequest()),
        running.matches.RemoveMatch(match_service_pb2.RemoveMatchRequest(job_id=job_id)),
        running.matches.GiveFeedback(match_service_pb2.GiveFeedbackRequest(job_id=job_id)),
        running.matches.ApplyToMatch(match_service_pb2.ApplyToMatchRequest(job_id=job_id)),
        running.matches.ListCandidates(match_service_pb2.ListCandidatesRequest(job_id=job_id)),
        running.preferences.GetPreferences(preferences_service_pb2.GetPreferencesRequest()),
        running.preferences.UpdatePreferences(
            preferences_service_pb2.UpdatePreferencesRequest(preferences=preferences_pb2.Preferences())
        ),
    ]
    assert {(await refusal(call)).wire_reason for call in calls} == {"INVALID_TOKEN"}


# ---------------------------------------------------------------- people for a job


async def test_only_the_poster_sees_people_for_a_job(running: RunningMatching) -> None:
    job = await running.post("Backend Engineer", BACKEND)
    assert (await refusal(running.candidates(job, user_id=OWNER))).wire_reason == "PERMISSION_DENIED"
    assert not (await running.candidates(job)).candidates


async def test_people_appear_once_they_agreed_and_leave_when_they_take_it_back(running: RunningMatching) -> None:
    job = await running.post("Backend Engineer", BACKEND)
    await running.store("Python")
    assert not (await running.candidates(job)).candidates
    await running.want(visible_to_employers=True)
    assert len((await running.candidates(job)).candidates) == 1
    await running.want(visible_to_employers=False)
    assert not (await running.candidates(job)).candidates


async def test_somebody_who_agreed_before_the_first_resume_appears_with_it(running: RunningMatching) -> None:
    job = await running.post("Backend Engineer", BACKEND)
    await running.want(visible_to_employers=True)
    await running.store("Python")
    assert len((await running.candidates(job)).candidates) == 1


async def test_a_candidate_tells_fitness_and_nothing_of_who_it_is(running: RunningMatching) -> None:
    first, second = await running.post("Backend Engineer", BACKEND), await running.post("Python Developer", BACKEND)
    await running.want(visible_to_employers=True)
    resume_id = await running.store("Python", "Docker")
    (candidate,) = (await running.candidates(first)).candidates
    assert list(candidate.matching_skills) == ["Back-end development", "Python"]
    assert list(candidate.missing_skills) == ["PostgreSQL"]
    assert (candidate.total_years_experience, candidate.seniority) == (6.5, requirements_pb2.SENIORITY_MID)
    told = str(candidate)
    assert not any(word in told for word in (OWNER, resume_id, "Docker", "Computer Science"))
    # The same towards one job, another towards every other.
    assert (await running.candidates(first)).candidates[0].candidate_id == candidate.candidate_id
    assert (await running.candidates(second)).candidates[0].candidate_id != candidate.candidate_id


async def test_posters_do_not_learn_what_people_think_of_their_jobs(running: RunningMatching) -> None:
    job = await running.post("Backend Engineer", BACKEND)
    await running.want(visible_to_employers=True)
    await running.store("Python")
    before = (await running.candidates(job)).candidates
    await judge(running, job.id, match_pb2.VERDICT_DOWN)
    assert (await running.candidates(job)).candidates == before
    assert (await running.page()).matches[0].score < before[0].score - 2


async def test_people_come_best_first_and_in_pages(running: RunningMatching) -> None:
    job = await running.post("Backend Engineer", BACKEND)
    for user_id, skills in ((OWNER, ["Python", "PostgreSQL"]), (STRANGER, ["Baking cakes"])):
        await running.want(user_id, visible_to_employers=True)
        await running.store(*skills, user_id=user_id)
    first = await running.candidates(job, page_size=1)
    rest = await running.candidates(job, page_size=1, page_token=first.next_page_token)
    assert first.candidates[0].score > rest.candidates[0].score
    assert rest.next_page_token == ""


async def test_people_whose_preferences_hide_a_job_and_those_who_removed_it_do_not_appear(
    running: RunningMatching,
) -> None:
    job = await running.post("Backend Engineer", BACKEND, company="Bet Ltd")
    for user_id in (OWNER, STRANGER):
        await running.want(user_id, visible_to_employers=True)
        await running.store("Python", user_id=user_id)
    await running.want(visible_to_employers=True, ignored_companies=["Bet Ltd"])
    assert len((await running.candidates(job)).candidates) == 1
    request = match_service_pb2.RemoveMatchRequest(job_id=job.id)
    await running.matches.RemoveMatch(request, metadata=running.by(STRANGER))
    assert not (await running.candidates(job)).candidates


async def test_an_erased_resume_is_no_candidate(running: RunningMatching) -> None:
    job = await running.post("Backend Engineer", BACKEND)
    await running.want(visible_to_employers=True)
    await running.matching.events(deleted_event(await running.store("Python")))
    assert not (await running.candidates(job)).candidates


# ---------------------------------------------------------------- the log


async def test_every_score_that_somebody_sees_is_logged_once_with_what_it_rests_on(running: RunningMatching) -> None:
    job = await running.post("Backend Engineer", BACKEND)
    await running.want(visible_to_employers=True)
    resume_id = await running.store("Python")
    for _ in range(2):
        (match,) = (await running.page()).matches
        await running.candidates(job)
    log = running.transactions.engine.log
    assert [(one.viewer, one.audience) for one in log] == [(OWNER, Audience.PERSON), (POSTER, Audience.POSTER)]
    for one in log:
        assert (one.match.job_id, one.match.resume_id) == (job.id, resume_id)
        assert one.match.found.score == pytest.approx(match.score)
        assert one.match.scorer_version == match.scorer_version != ""
        assert len(one.match.digest) == 16
        assert [part.reason for part in one.match.found.components] == [part.reason for part in match.components]


async def test_a_score_of_other_inputs_is_logged_again(running: RunningMatching) -> None:
    await running.post("Backend Engineer", BACKEND)
    await running.store("Python")
    await running.page()
    await running.want(countries=["NL"])
    await running.page()
    first, second = running.transactions.engine.log
    assert first.match.digest != second.match.digest


async def test_what_was_not_shown_is_not_logged(running: RunningMatching) -> None:
    await running.store("Python")
    await running.post("Backend Engineer", BACKEND)
    await running.post("Pastry Chef", CAKES)
    await running.page(page_size=1)
    assert len(running.transactions.engine.log) == 1
