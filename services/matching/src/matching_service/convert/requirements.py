"""What a job asks for, to messages."""

from hiremesh.matching.v1 import requirements_pb2 as messages
from hiremesh.profile.v1 import resume_pb2
from matching_service.domain.passages import Place
from matching_service.domain.requirements import AskedSkill, Requirements
from matching_service.domain.terms import Terms


def requirements_to_proto(requirements: Requirements) -> messages.JobRequirements:
    """Parts that the text says nothing about stay absent."""
    message = messages.JobRequirements(skills=map(_skill, requirements.skills), language=requirements.language)
    years, education = requirements.years, requirements.education
    if years is not None:
        message.years.CopyFrom(
            messages.YearsRequirement(minimum=years.least, maximum=years.most, place=span(years.place))
        )
    if education is not None:
        message.education.CopyFrom(
            messages.EducationRequirement(
                level=resume_pb2.EducationLevel.ValueType(education.level.value),
                or_equivalent=education.or_equivalent,
                place=span(education.place),
            )
        )
    _add_terms(message, requirements.terms)
    return message


def span(place: Place | None) -> messages.TextSpan:
    """Empty when the place is not known."""
    return messages.TextSpan(start=place.start, end=place.end, quote=place.quote) if place else messages.TextSpan()


def _skill(asked: AskedSkill) -> messages.RequiredSkill:
    return messages.RequiredSkill(
        name=asked.skill.name,
        id=asked.skill.id,
        taxonomy=asked.skill.taxonomy,
        required=asked.required,
        alternatives=sorted(asked.alternatives),
        place=span(asked.place),
    )


def _add_terms(message: messages.JobRequirements, terms: Terms) -> None:
    if terms.salary is not None:
        message.salary.CopyFrom(
            messages.SalaryRange(
                minimum=terms.salary.minimum,
                maximum=terms.salary.maximum,
                currency=terms.salary.currency,
                period=messages.PayPeriod.ValueType(terms.salary.period.value),
                place=span(terms.salary.place),
            )
        )
    message.locations.extend(messages.PlaceOfWork(name=one.value, place=span(one.place)) for one in terms.locations)
    message.languages.extend(
        messages.LanguageRequirement(code=one.code, required=one.required, place=span(one.place))
        for one in terms.languages
    )
    if terms.workplace is not None:
        message.workplace.value = messages.Workplace.ValueType(terms.workplace.value.value)
        message.workplace.place.CopyFrom(span(terms.workplace.place))
    if terms.seniority is not None:
        message.seniority.value = messages.Seniority.ValueType(terms.seniority.value.value)
        message.seniority.place.CopyFrom(span(terms.seniority.place))
    if terms.employment is not None:
        message.employment_type.value = messages.EmploymentType.ValueType(terms.employment.value.value)
        message.employment_type.place.CopyFrom(span(terms.employment.place))
