from uuid import UUID

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from hiremesh.auth.v1.auth_service_pb2 import GetJwksRequest, RegisterRequest
from meshkit.testing import AUDIENCE, ISSUER
from tests.rpc.auth.conftest import EMAIL, PASSWORD, Running, refusal


async def test_registering_answers_the_user_and_the_status_created(running: Running) -> None:
    call = running.stub.Register(RegisterRequest(email="Ada@Example.org", password=PASSWORD, name=" Ada Lovelace "))
    user = (await call).user
    assert (user.email, user.name) == (EMAIL, "Ada Lovelace")
    assert UUID(user.id).version == 7
    assert user.create_time.ToDatetime() == running.clock().replace(tzinfo=None)
    assert dict(await call.initial_metadata())["x-http-code"] == "201"


async def test_a_refused_registration_does_not_say_created(running: Running) -> None:
    await running.register()
    call = running.stub.Register(RegisterRequest(email=EMAIL, password=PASSWORD))
    await refusal(call)
    assert "x-http-code" not in dict(await call.initial_metadata())


async def test_an_email_is_taken_in_any_case(running: Running) -> None:
    await running.register()
    taken = await refusal(running.register("ADA@example.ORG"))
    assert taken.wire_reason == "EMAIL_TAKEN"
    assert "ada@" not in str(taken).lower()


@pytest.mark.parametrize("password", ["short", "password123", EMAIL, "ada lovelace"])
async def test_a_weak_password_is_refused(running: Running, password: str) -> None:
    weak = await refusal(running.register(password=password))
    assert (weak.wire_reason, weak.fields) == ("PASSWORD_TOO_WEAK", {"minimum_length": "10"})


async def test_a_malformed_email_is_named_as_the_field_at_fault(running: Running) -> None:
    invalid = await refusal(running.register("not an address"))
    assert invalid.wire_reason == "INVALID_REQUEST"
    assert [fault.field for fault in invalid.violations] == ["email"]


async def test_a_login_gives_a_bearer_token_of_the_user_for_fifteen_minutes(running: Running) -> None:
    user_id = await running.register()
    pair = await running.log_in("ADA@example.org")
    assert (pair.token_type, pair.expires_in) == ("bearer", 900)
    assert len(pair.refresh_token) >= 43  # 256 bits in base64url
    keys = KeySet.import_key_set(await running.key_set())
    claims = jwt.decode(pair.access_token, keys, algorithms=["ES256"]).claims
    now = int(running.clock().timestamp())
    assert claims.pop("jti")
    assert claims == {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": user_id,
        "tenant": user_id,
        "scope": "user",
        "iat": now,
        "exp": now + 900,
    }


async def test_wrong_password_and_unknown_email_get_the_same_answer(running: Running) -> None:
    await running.register()
    wrong = await refusal(running.log_in(password="wrong horse battery"))
    unknown = await refusal(running.log_in("eve@example.org"))
    malformed = await refusal(running.log_in("not an address"))
    assert wrong.wire_reason == unknown.wire_reason == malformed.wire_reason == "INVALID_CREDENTIALS"
    assert str(wrong) == str(unknown) == str(malformed)


async def test_a_password_typed_on_another_keyboard_is_the_same(running: Running) -> None:
    await running.register(password="caf\u00e9 au lait")
    assert (await running.log_in(password="cafe\u0301 au lait")).access_token


async def test_a_login_renews_a_hash_of_older_parameters(running: Running) -> None:
    await running.register()
    running.passwords.generation = 2
    await running.log_in()
    async with running.transactions() as tx:
        account = await tx.accounts.find_by_email(EMAIL)
    assert account is not None
    assert account.password_hash.startswith("2:")
    assert (await running.log_in()).access_token


async def test_published_keys_are_complete_and_public(running: Running) -> None:
    (key,) = (await running.stub.GetJwks(GetJwksRequest())).keys
    assert (key.kty, key.crv, key.alg, key.use) == ("EC", "P-256", "ES256", "sig")
    assert len(key.x) == len(key.y) == 43
    assert set(key.DESCRIPTOR.fields_by_name) == {"kty", "crv", "x", "y", "kid", "alg", "use"}


async def test_without_keys_there_are_no_tokens_and_no_empty_key_set(without_keys: Running) -> None:
    await without_keys.register()
    assert (await refusal(without_keys.log_in())).wire_reason == "SERVICE_UNAVAILABLE"
    assert (await refusal(without_keys.key_set())).wire_reason == "SERVICE_UNAVAILABLE"


async def test_neither_logs_nor_errors_tell_who_somebody_is(
    running: Running, capfd: pytest.CaptureFixture[str]
) -> None:
    await running.register()
    pair = await running.log_in()
    await running.refresh(pair.refresh_token)
    refusals = [
        await refusal(running.refresh(pair.refresh_token)),
        await refusal(running.register()),
        await refusal(running.log_in(password="wrong horse battery")),
    ]
    told = "".join(capfd.readouterr()) + "".join(f"{error}{error.fields}" for error in refusals)
    assert "refresh_token_reused" in told
    for secret in (EMAIL, "Lovelace", "horse", pair.access_token, pair.refresh_token):
        assert secret not in told
