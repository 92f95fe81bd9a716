"""When institutions are open, which days work, and when a promised time ends."""
