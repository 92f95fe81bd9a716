"""The window portal: one application in which institutions keep what they promise at a window."""
