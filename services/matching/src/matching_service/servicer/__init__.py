"""gRPC in: from messages to use cases and back; one module for each service of the contract."""
