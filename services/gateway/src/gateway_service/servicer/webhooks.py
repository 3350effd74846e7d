"""WebhookService."""

from google.protobuf import empty_pb2

from gateway_service.convert import delivery_to_proto, webhook_to_proto
from gateway_service.servicer.call import Context
from gateway_service.usecases import KeepWebhooks
from hiremesh.gateway.v1 import webhook_service_pb2 as messages
from hiremesh.gateway.v1 import webhook_service_pb2_grpc
from meshkit.identity import current_principal
from meshkit.pages import PageTokens, page_size


class WebhookServicer(webhook_service_pb2_grpc.WebhookServiceServicer):
    """Webhooks of the caller."""

    def __init__(self, keep: KeepWebhooks, tokens: PageTokens) -> None:
        self._keep = keep
        self._tokens = tokens

    async def CreateWebhook(
        self, request: messages.CreateWebhookRequest, context: Context
    ) -> messages.CreateWebhookResponse:
        made = await self._keep.create(owner=_owner(), url=request.url, events=request.events)
        await context.send_initial_metadata((("x-http-code", "201"),))
        return messages.CreateWebhookResponse(webhook=webhook_to_proto(made), secret=made.secret)

    async def ListWebhooks(
        self, request: messages.ListWebhooksRequest, context: Context
    ) -> messages.ListWebhooksResponse:
        return messages.ListWebhooksResponse(webhooks=map(webhook_to_proto, await self._keep.all(owner=_owner())))

    async def GetWebhook(self, request: messages.GetWebhookRequest, context: Context) -> messages.GetWebhookResponse:
        webhook = await self._keep.get(request.webhook_id, owner=_owner())
        return messages.GetWebhookResponse(webhook=webhook_to_proto(webhook))

    async def UpdateWebhook(
        self, request: messages.UpdateWebhookRequest, context: Context
    ) -> messages.UpdateWebhookResponse:
        webhook = await self._keep.update(
            request.webhook_id,
            owner=_owner(),
            url=request.url,
            events=request.events,
            enabled=request.enabled if request.HasField("enabled") else None,
        )
        return messages.UpdateWebhookResponse(webhook=webhook_to_proto(webhook))

    async def DeleteWebhook(self, request: messages.DeleteWebhookRequest, context: Context) -> empty_pb2.Empty:
        await self._keep.delete(request.webhook_id, owner=_owner())
        return empty_pb2.Empty()

    async def RotateWebhookSecret(
        self, request: messages.RotateWebhookSecretRequest, context: Context
    ) -> messages.RotateWebhookSecretResponse:
        webhook = await self._keep.rotate_secret(request.webhook_id, owner=_owner())
        return messages.RotateWebhookSecretResponse(secret=webhook.secret)

    async def PingWebhook(self, request: messages.PingWebhookRequest, context: Context) -> messages.PingWebhookResponse:
        delivery = await self._keep.ping(request.webhook_id, owner=_owner())
        return messages.PingWebhookResponse(delivery=delivery_to_proto(delivery))

    async def ListWebhookDeliveries(
        self, request: messages.ListWebhookDeliveriesRequest, context: Context
    ) -> messages.ListWebhookDeliveriesResponse:
        scope = f"deliveries of {request.webhook_id} of {_owner()}"
        after = self._tokens.decode(request.page_token, scope=scope)
        page = await self._keep.page(request.webhook_id, owner=_owner(), after=after, size=page_size(request.page_size))
        return messages.ListWebhookDeliveriesResponse(
            deliveries=map(delivery_to_proto, page.deliveries),
            next_page_token=self._tokens.encode(page.next_cursor, scope=scope) if page.next_cursor else "",
        )

    async def RetryWebhookDelivery(
        self, request: messages.RetryWebhookDeliveryRequest, context: Context
    ) -> messages.RetryWebhookDeliveryResponse:
        delivery = await self._keep.retry(request.webhook_id, request.delivery_id, owner=_owner())
        return messages.RetryWebhookDeliveryResponse(delivery=delivery_to_proto(delivery))


def _owner() -> str:
    return current_principal().user_id
