"""What happens around every RPC, in one declared order (`chain.SERVER_CHAIN`)."""
