"""The use cases that rank, on the stores in memory."""

from datetime import UTC, datetime
from uuid import UUID

from uuid_utils import uuid7

import taxonomy
from matching_service.domain.posting import Draft
from matching_service.usecases.jobs import Poster, PostJob
from matching_service.usecases.ranking import IndexJob, RankJobs, Vocabularies, person_of
from matching_service.usecases.vectors import Vectors
from tests.support.builders.matching import profile
from tests.support.fakes.matching import InMemoryTransactions, WordEmbedder

OWNER, TENANT = "owner", "tenant"


class Replica:
    """One process of several that share the stores."""

    def __init__(self, transactions: InMemoryTransactions) -> None:
        self.transactions, self.vocabularies = transactions, Vocabularies()
        self.vectors = Vectors(transactions, WordEmbedder())
        self.rank = RankJobs(transactions, self.vocabularies, lambda: datetime.now(UTC))

    async def post(self, title: str, text: str) -> str:
        skills = taxonomy.skills()
        job = await PostJob(self.transactions, skills, lambda: datetime.now(UTC), lambda: str(uuid7()))(
            Draft(title, text), Poster("poster", TENANT), request_id=""
        )
        index = IndexJob(self.transactions, self.vectors, self.vocabularies, skills, lambda: datetime.now(UTC))
        await index(event_id=str(uuid7()), job_id=job.id)
        return job.id

    async def store(self, *skills: str) -> None:
        who = profile(*skills)
        embedded = await self.vectors.of_person(who, tenant=TENANT)
        person = person_of(OWNER, TENANT, str(UUID(int=1)), who, embedded, taxonomy.skills())
        async with self.transactions() as tx:
            await tx.people.put(person, embedded.chunks[0], visible=False, now=datetime.now(UTC))

    async def skills_shown(self) -> dict[str, tuple[str, ...]]:
        ranking = await self.rank(OWNER)
        assert ranking is not None
        return {one.job_id: one.found.matching_skills for one in ranking.matches(datetime.now(UTC))}


async def test_skills_that_another_process_met_first_count_at_once() -> None:
    transactions = InMemoryTransactions()
    one, other = Replica(transactions), Replica(transactions)
    await one.store("Python", "Terraform")
    before = await one.post("Developer", "Requirements:\n- Python")
    assert await one.skills_shown() == {before: ("Python",)}
    after = await other.post("Platform Engineer", "Requirements:\n- Terraform")
    assert await one.skills_shown() == {before: ("Python",), after: ("Terraform",)}
