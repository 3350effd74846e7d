"""The outside of the service: Postgres, Argon2, the ciphers and signatures of `cryptography` and joserfc."""
