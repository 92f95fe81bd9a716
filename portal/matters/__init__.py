"""首問責任: each thing that a citizen brings, who answers for it, until when, and the reply."""
