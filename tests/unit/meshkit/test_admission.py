from typing import Any, cast

import pytest

from meshkit.errors import Overloaded
from meshkit.interceptors.admission import RETRY_AFTER, admit
from meshkit.interceptors.call import Call

A_CALL = cast(Call, cast(Any, None))


async def test_a_call_beyond_the_limit_is_told_to_come_back() -> None:
    layer = admit(1)
    async with layer(A_CALL):
        with pytest.raises(Overloaded) as caught:
            await layer(A_CALL).__aenter__()
    assert caught.value.retry_after == RETRY_AFTER


async def test_a_call_that_ended_leaves_its_place_also_when_it_failed() -> None:
    layer = admit(1)
    with pytest.raises(ValueError, match="failed"):
        async with layer(A_CALL):
            raise ValueError("failed")
    async with layer(A_CALL):
        pass
