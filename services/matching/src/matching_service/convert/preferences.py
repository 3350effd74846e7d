"""Preferences between messages, the domain and the store."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from hiremesh.matching.v1 import preferences_pb2, requirements_pb2
from matching_service.domain.preferences import Preferences, SalaryWish
from matching_service.domain.salary import PayPeriod
from matching_service.domain.terms import Employment, Seniority, Workplace

_PREFERENCES = TypeAdapter(Preferences)


def preferences_to_json(wanted: Preferences) -> Mapping[str, Any]:
    """As stored."""
    stored: dict[str, Any] = _PREFERENCES.dump_python(wanted, mode="json", exclude={"updated_at"})
    return stored


def preferences_from_json(stored: Mapping[str, Any], updated_at: datetime) -> Preferences:
    """From the store; fields that later versions add take their defaults."""
    return replace(_PREFERENCES.validate_python(stored), updated_at=updated_at)


def preferences_from_proto(message: preferences_pb2.Preferences) -> Preferences:
    """As the person sent them."""
    return Preferences(
        salary=_salary(message.salary) if message.HasField("salary") else None,
        countries=frozenset(message.countries),
        locations=tuple(place.strip() for place in message.locations if place.strip()),
        workplaces=frozenset(map(Workplace, message.workplaces)),
        remote_anywhere=message.remote_anywhere,
        employments=frozenset(map(Employment, message.employment_types)),
        seniorities=frozenset(map(Seniority, message.seniorities)),
        ignored_industries=frozenset(name.strip().lower() for name in message.ignored_industries if name.strip()),
        ignored_companies=tuple(name.strip() for name in message.ignored_companies if name.strip()),
        languages=frozenset(message.languages),
        hide_unknown=message.hide_unknown,
        visible_to_employers=message.visible_to_employers,
    )


def _salary(wish: preferences_pb2.SalaryWish) -> SalaryWish:
    return SalaryWish(wish.minimum, wish.maximum, wish.currency, PayPeriod(wish.period or PayPeriod.YEAR.value))


def preferences_to_proto(wanted: Preferences) -> preferences_pb2.Preferences:
    """As stored."""
    message = preferences_pb2.Preferences(
        countries=sorted(wanted.countries),
        locations=wanted.locations,
        workplaces=sorted(requirements_pb2.Workplace.ValueType(one.value) for one in wanted.workplaces),
        remote_anywhere=wanted.remote_anywhere,
        employment_types=sorted(requirements_pb2.EmploymentType.ValueType(one.value) for one in wanted.employments),
        seniorities=sorted(requirements_pb2.Seniority.ValueType(one.value) for one in wanted.seniorities),
        ignored_industries=sorted(wanted.ignored_industries),
        ignored_companies=wanted.ignored_companies,
        languages=sorted(wanted.languages),
        hide_unknown=wanted.hide_unknown,
        visible_to_employers=wanted.visible_to_employers,
    )
    if wanted.salary is not None:
        message.salary.CopyFrom(
            preferences_pb2.SalaryWish(
                minimum=wanted.salary.minimum,
                maximum=wanted.salary.maximum,
                currency=wanted.salary.currency,
                period=requirements_pb2.PayPeriod.ValueType(wanted.salary.period.value),
            )
        )
    if wanted.updated_at is not None:
        message.update_time.FromDatetime(wanted.updated_at)
    return message
