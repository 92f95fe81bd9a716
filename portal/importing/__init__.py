"""Takes in what another register holds, to see what the rules make of it."""
