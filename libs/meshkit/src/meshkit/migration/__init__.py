"""Migrations of a service's schema, as a step of their own: `python -m meshkit.migration gateway_service`."""
