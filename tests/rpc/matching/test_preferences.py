from collections.abc import AsyncIterator

import pytest

from hiremesh.matching.v1 import preferences_pb2, preferences_service_pb2, requirements_pb2
from tests.support.builders.matching import OWNER, SOMEBODY_ELSE
from tests.support.running_matching import RunningMatching, refusal, running_matching

EVERYTHING = preferences_pb2.Preferences(
    salary=preferences_pb2.SalaryWish(
        minimum=4_000, maximum=5_000, currency="EUR", period=requirements_pb2.PAY_PERIOD_MONTH
    ),
    countries=["BE", "NL"],
    locations=["Utrecht", "Gent"],
    workplaces=[requirements_pb2.WORKPLACE_REMOTE, requirements_pb2.WORKPLACE_HYBRID],
    remote_anywhere=True,
    employment_types=[requirements_pb2.EMPLOYMENT_TYPE_FULL_TIME],
    seniorities=[requirements_pb2.SENIORITY_SENIOR],
    ignored_industries=["gambling", "tobacco"],
    ignored_companies=["Bet Ltd"],
    languages=["en", "nl"],
    hide_unknown=True,
    visible_to_employers=True,
)


@pytest.fixture
async def running() -> AsyncIterator[RunningMatching]:
    async with running_matching() as service:
        yield service


async def get(running: RunningMatching, user_id: str = OWNER) -> preferences_pb2.Preferences:
    request = preferences_service_pb2.GetPreferencesRequest()
    return (await running.preferences.GetPreferences(request, metadata=running.by(user_id))).preferences


async def put(running: RunningMatching, message: preferences_pb2.Preferences) -> preferences_pb2.Preferences:
    request = preferences_service_pb2.UpdatePreferencesRequest(preferences=message)
    return (await running.preferences.UpdatePreferences(request, metadata=running.by(OWNER))).preferences


async def test_preferences_that_were_never_set_are_empty(running: RunningMatching) -> None:
    assert await get(running) == preferences_pb2.Preferences()


async def test_preferences_come_back_whole_and_only_to_their_owner(running: RunningMatching) -> None:
    stored = await put(running, EVERYTHING)
    assert await get(running) == stored
    assert await get(running, SOMEBODY_ELSE) == preferences_pb2.Preferences()
    assert stored.update_time.ToDatetime() == running.clock().replace(tzinfo=None)
    stored.ClearField("update_time")
    wanted = preferences_pb2.Preferences()
    wanted.CopyFrom(EVERYTHING)
    wanted.workplaces.sort()
    assert stored == wanted


async def test_what_is_left_out_is_no_longer_asked_for(running: RunningMatching) -> None:
    await put(running, EVERYTHING)
    await put(running, preferences_pb2.Preferences(countries=["DE"]))
    stored = await get(running)
    stored.ClearField("update_time")
    assert stored == preferences_pb2.Preferences(countries=["DE"])


async def test_spelling_of_industries_does_not_matter(running: RunningMatching) -> None:
    assert (await put(running, preferences_pb2.Preferences(ignored_industries=[" Gambling "]))).ignored_industries == [
        "gambling"
    ]


@pytest.mark.parametrize(
    ("message", "field"),
    [
        (preferences_pb2.Preferences(ignored_industries=["astrology"]), "preferences.ignored_industries"),
        (
            preferences_pb2.Preferences(
                salary=preferences_pb2.SalaryWish(minimum=50_000, maximum=40_000, currency="EUR")
            ),
            "preferences.salary.maximum",
        ),
        (preferences_pb2.Preferences(salary=preferences_pb2.SalaryWish(minimum=1)), "preferences.salary.currency"),
        (
            preferences_pb2.Preferences(salary=preferences_pb2.SalaryWish(minimum=-1, currency="EUR")),
            "preferences.salary.minimum",
        ),
        (preferences_pb2.Preferences(countries=["Netherlands"]), "preferences.countries[0]"),
        (preferences_pb2.Preferences(countries=["NL", "NL"]), "preferences.countries"),
        (preferences_pb2.Preferences(locations=["x"]), "preferences.locations[0]"),
        (preferences_pb2.Preferences(workplaces=[0]), "preferences.workplaces[0]"),  # type: ignore[list-item]
        (preferences_pb2.Preferences(languages=["english"]), "preferences.languages[0]"),
    ],
)
async def test_what_makes_no_sense_is_refused_by_its_field(
    running: RunningMatching, message: preferences_pb2.Preferences, field: str
) -> None:
    fault = await refusal(put(running, message))
    assert fault.wire_reason == "INVALID_REQUEST"
    assert [violation.field for violation in fault.violations] == [field]
    assert await get(running) == preferences_pb2.Preferences()


async def test_a_change_is_told_to_those_who_match(running: RunningMatching) -> None:
    await put(running, EVERYTHING)
    assert running.transactions.engine.told == [("preferences_changed", OWNER)]
