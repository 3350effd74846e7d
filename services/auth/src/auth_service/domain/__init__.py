"""What accounts, sessions and keys are, without any I/O."""
